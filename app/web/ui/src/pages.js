import { showSelection } from "./select.js";

// What plain HTML cannot do: focus after a swap, group counts, drafts, filters that apply at once.
const STORE = "countersign-draft-";

// Taken before htmx settles, in the moment the content is in: whoever goes on to a field after that is not called back.
function takeFocus(content) {
  const wanted = content.flatMap((node) => (node.matches ? [node, ...node.querySelectorAll("[autofocus]")] : [])).filter((one) => one.matches("[autofocus]"));
  for (const one of wanted) one.removeAttribute("autofocus");
  wanted[0]?.focus();
}

function countGroups() {
  for (const group of document.querySelectorAll("tbody.group")) {
    const before = group.previousElementSibling;
    if (group.querySelector("tr.again") && before?.dataset.group === group.dataset.group) {
      before.append(...group.querySelectorAll("tr.row"));
      group.remove();
      countGroup(before);
    } else countGroup(group);
  }
}

function countGroup(group) {
  const number = group.querySelectorAll("tr.row").length;
  const shown = group.querySelector(".n");
  if (number === 0) group.remove();
  else if (shown) shown.textContent = number;
}

function countRows() {
  const table = document.querySelector("table.inbox");
  if (!table) return;
  const number = table.querySelectorAll("tr.row").length;
  const more = table.querySelector(".foot-line a");
  const shown = table.querySelector(".foot-line .n");
  if (shown) shown.textContent = number === 1 ? "1 task" : `${number} tasks`;
  if (number === 0 && more) more.click();
  else if (number === 0 && !table.querySelector("tr.quick")) {
    const empty = document.createElement("p");
    empty.className = "empty";
    empty.textContent = table.dataset.empty;
    table.replaceWith(empty);
  }
}

function keepCursor(row) {
  const all = [...document.querySelectorAll("[data-rows] tr.row")];
  const next = all[all.indexOf(row) + 1] ?? all[all.indexOf(row) - 1];
  return () => {
    if (row.isConnected || !next?.isConnected) return;
    document.querySelector("tr.cursor")?.classList.remove("cursor");
    next.classList.add("cursor");
    next.querySelector("a.open")?.focus();
  };
}

function loadDrafts(scope) {
  for (const field of scope.querySelectorAll("[data-draft]")) {
    const kept = localStorage.getItem(STORE + field.dataset.draft);
    if (kept && !field.value) field.value = kept;
  }
}

let moveOn = null;
document.addEventListener("htmx:before:swap", () => {
  const row = document.querySelector("tr.quick")?.previousElementSibling;
  moveOn = row ? keepCursor(row) : null;
});
document.addEventListener("htmx:before:settle", (event) => takeFocus(event.detail.newContent));
document.addEventListener("htmx:after:swap", () => {
  moveOn?.();
  countGroups();
  countRows();
  const lost = document.querySelector(".decide.lost");
  if (lost) document.querySelector(".columns")?.setAttribute("inert", "");
  loadDrafts(document);
  showSelection();
});
document.addEventListener("htmx:after:request", (event) => {
  const form = event.detail.ctx?.sourceElement;
  if (event.detail.ctx?.response?.status !== 200 || !form?.matches?.("form")) return;
  for (const field of form.elements) if (field.dataset?.draft) localStorage.removeItem(STORE + field.dataset.draft);
});
document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.sourceElement?.id === "count-nav") return;
  const note = document.createElement("p");
  note.className = "note no";
  note.setAttribute("role", "alert");
  note.textContent = "The server did not answer. Try again: the same decision is never counted twice.";
  document.querySelector("#main > .note.no")?.remove();
  document.getElementById("main")?.prepend(note);
  scrollTo(0, 0);
});
document.addEventListener("input", (event) => {
  const name = event.target.dataset?.draft;
  if (name) event.target.value ? localStorage.setItem(STORE + name, event.target.value) : localStorage.removeItem(STORE + name);
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-autosubmit]");
  if (form && event.target.matches("select:not(.panel *)")) form.requestSubmit();
});
document.addEventListener("click", (event) => {
  const close = event.target.closest("[data-close]")?.closest("tr.quick, .bulk-form");
  if (close?.closest("#bulk-ask, tr.quick")) {
    event.preventDefault();
    close.remove();
  }
  const row = event.target.closest?.("[data-rows] tr.row");
  if (row && !event.target.closest("td.pick")) {
    document.querySelector("tr.cursor")?.classList.remove("cursor");
    row.classList.add("cursor");
  }
  for (const open of document.querySelectorAll("details.pop[open]")) if (!open.contains(event.target)) open.removeAttribute("open");
});
document.addEventListener("submit", (event) => {
  const chosen = event.submitter;
  if (!chosen?.closest("[data-preferences]")) return;
  const root = document.documentElement;
  if (chosen.name === "theme") {
    root.dataset.theme = chosen.value;
    for (const one of chosen.parentElement.children) one.setAttribute("aria-pressed", String(one === chosen));
  } else {
    root.dataset.keys = chosen.value;
    chosen.setAttribute("aria-checked", String(chosen.value === "on"));
    setTimeout(() => (chosen.value = chosen.value === "on" ? "off" : "on"));
  }
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.pop[open], #ask[open]")) event.target.querySelector("textarea, select, input:not([type=hidden]), .panel button")?.focus();
}, true);
loadDrafts(document);
