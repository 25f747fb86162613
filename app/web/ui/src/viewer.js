// The diagram of one process instance: drawn by bpmn-js from data-bpmn, marked from the JSON that data-marks names.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

const WORDS = { active: "active", done: "completed", failed: "incident", cancelled: "cancelled" };

function readMarks(host) {
  return JSON.parse(document.getElementById(host.dataset.marks)?.textContent || "[]");
}

function inferTaken(registry, visited) {
  const started = (element) => visited.has(element.id);
  const left = (element) => visited.get(element.id) === "done" || element.businessObject.$type === "bpmn:BoundaryEvent";
  return registry.filter((flow) => {
    if (flow.type !== "bpmn:SequenceFlow" || !flow.source || !flow.target) return false;
    if (visited.has(flow.id)) return visited.get(flow.id) === "done";
    if (!started(flow.target) || !started(flow.source) || !left(flow.source)) return false;
    return flow.target.incoming.filter((other) => started(other.source) && left(other.source)).length === 1;
  });
}

// Editors measure labels in another font than ours: a label narrower than its longest word would break inside the word.
function widenLabels(viewer) {
  const registry = viewer.get("elementRegistry");
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = "11px Inter, sans-serif";
  for (const label of registry.filter((element) => element.labelTarget)) {
    const words = (label.businessObject.name || "").split(/\s+/);
    const needed = Math.ceil(Math.max(...words.map((word) => pen.measureText(word).width))) + 6;
    if (needed <= label.width) continue;
    label.x -= (needed - label.width) / 2;
    label.width = needed;
    viewer.get("graphicsFactory").update("shape", label, registry.getGraphics(label));
  }
}

function badgeText(mark) {
  if (mark.mark === "failed") return "!";
  if (mark.mark === "active") return String(mark.count);
  return (mark.mark === "done" ? "✓" : "–") + (mark.count > 1 ? ` ${mark.count}` : "");
}

function drawMarks(viewer, marks) {
  const canvas = viewer.get("canvas");
  const overlays = viewer.get("overlays");
  const registry = viewer.get("elementRegistry");
  overlays.remove({ type: "tally" });
  registry.forEach((element) => ["active", "done", "failed", "cancelled"].forEach((mark) => canvas.removeMarker(element, `mark-${mark}`)));
  const visited = new Map();
  for (const mark of marks) {
    const element = registry.get(mark.element);
    if (!element) continue;
    visited.set(mark.element, mark.mark);
    canvas.addMarker(element, `mark-${mark.mark}`);
    if (element.type.endsWith("Event") || element.type.endsWith("Gateway") || element.waypoints) continue;
    const tally = document.createElement("div");
    tally.className = `tally ${mark.mark}`;
    tally.textContent = badgeText(mark);
    tally.title = WORDS[mark.mark];
    overlays.add(element, "tally", { position: { top: -9, right: 14 }, scale: { min: 0.75, max: 1.1 }, html: tally });
  }
  for (const flow of inferTaken(registry, visited)) canvas.addMarker(flow, "mark-done");
}

function fit(viewer) {
  const canvas = viewer.get("canvas");
  canvas.zoom("fit-viewport", "auto");
  const { inner, outer } = canvas.viewbox();
  canvas.zoom(Math.min((outer.width - 24) / inner.width, (outer.height - 24) / inner.height, 1), { x: inner.x + inner.width / 2, y: inner.y + inner.height / 2 });
  const box = canvas.viewbox();
  canvas.viewbox({ x: inner.x + inner.width / 2 - box.width / 2, y: inner.y + inner.height / 2 - box.height / 2, width: box.width, height: box.height });
  const wide = canvas.getContainer().clientWidth >= 700;
  if (!wide && box.scale < 0.6) focusActive(viewer);
}

function focusActive(viewer) {
  const canvas = viewer.get("canvas");
  const active = viewer.get("elementRegistry").filter((element) => /mark-(failed|active)/.test([...(element.markers ?? [])].join(" ")))[0];
  canvas.zoom(0.75, active ? { x: active.x + active.width / 2, y: active.y + active.height / 2 } : "auto");
  if (!active) return;
  const box = canvas.viewbox();
  canvas.viewbox({ x: active.x + active.width / 2 - box.width / 2, y: active.y + active.height / 2 - box.height / 2, width: box.width, height: box.height });
}

function linkRows(viewer) {
  const canvas = viewer.get("canvas");
  for (const row of document.querySelectorAll("[data-element]")) {
    row.addEventListener("mouseenter", () => viewer.get("elementRegistry").get(row.dataset.element) && viewer.get("selection").select(row.dataset.element));
    row.addEventListener("mouseleave", () => viewer.get("selection").deselect(row.dataset.element));
  }
  viewer.on("selection.changed", ({ newSelection }) => {
    for (const row of document.querySelectorAll("[data-element]")) row.classList.toggle("cursor", newSelection.some((one) => one.id === row.dataset.element));
  });
  document.querySelectorAll("[data-zoom]").forEach((button) =>
    button.addEventListener("click", () => (button.dataset.zoom === "fit" ? fit(viewer) : canvas.zoom(canvas.zoom() * (button.dataset.zoom === "in" ? 1.25 : 0.8), "auto"))),
  );
}

async function show(host) {
  const viewer = new NavigatedViewer({
    container: host,
    bpmnRenderer: { defaultFillColor: "var(--dg-fill)", defaultStrokeColor: "var(--dg-stroke)", defaultLabelColor: "var(--dg-text)" },
    textRenderer: { defaultStyle: { fontFamily: "Inter, sans-serif" }, externalStyle: { fontFamily: "Inter, sans-serif" } },
  });
  const answer = await fetch(host.dataset.bpmn, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(`the diagram cannot be loaded (${answer.status})`);
  await viewer.importXML(await answer.text());
  await document.fonts.ready;
  widenLabels(viewer);
  drawMarks(viewer, readMarks(host));
  fit(viewer);
  linkRows(viewer);
  document.addEventListener("countersign:marks", () => drawMarks(viewer, readMarks(host)));
  host.dataset.ready = "yes";
}

for (const host of document.querySelectorAll(".canvas[data-bpmn]")) {
  show(host).catch((error) => {
    const note = document.createElement("p");
    note.className = "empty";
    note.textContent = `The diagram cannot be drawn: ${error.message}. The list of elements says the same.`;
    host.replaceChildren(note);
  });
}
