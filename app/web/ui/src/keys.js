import { actOnSelection, selectRow } from "./select.js";

// Single keys. They read data-key, data-go and data-rows; they never fire in a field, with a modifier, or when switched off.
const on = () => document.documentElement.dataset.keys !== "off";
const typing = (target) => target.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable]");
let going = 0;

function rows() {
  return [...document.querySelectorAll("[data-rows] tr.row")];
}

function cursor() {
  return document.querySelector("[data-rows] tr.cursor");
}

function moveCursor(step) {
  const all = rows();
  if (!all.length) return false;
  const at = all.indexOf(cursor());
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + step, 0), all.length - 1)];
  cursor()?.classList.remove("cursor");
  next.classList.add("cursor");
  next.querySelector("a.open")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function press(element) {
  if (element.matches("input, textarea, select")) element.focus();
  else if (element.matches("summary") && element.parentElement.open && !element.matches(".pop > *")) element.focus();
  else element.click();
  return true;
}

function decideOnRow(verb) {
  const row = cursor();
  if (!row?.dataset.decide) return false;
  document.querySelectorAll("tr.quick").forEach((one) => one.remove());
  window.htmx.ajax("GET", `${row.dataset.decide}?verb=${verb}`, { target: `#${row.id}`, swap: "afterend" });
  return true;
}

function close() {
  const quick = document.querySelector("tr.quick, .bulk-form");
  const open = document.querySelector("details.pop[open]");
  quick?.remove();
  open?.removeAttribute("open");
  open?.querySelector("summary").focus();
  if (quick) cursor()?.querySelector("a.open")?.focus();
  return Boolean(quick || open);
}

function handle(key) {
  if (key === "g") return (going = Date.now()) > 0;
  const target = Date.now() - going < 1200 && document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  going = 0;
  if (target) return press(target);
  if (key === "?") return document.querySelector("dialog#keys")?.showModal() ?? true;
  if (document.querySelector("[data-rows]")) {
    if (key === "j" || key === "k") return moveCursor(key === "j" ? 1 : -1);
    if (key === "o" && cursor()) return press(cursor().querySelector("a.open"));
    const verb = { a: "approve", r: "reject", d: "delegate" }[key];
    if (verb) return actOnSelection(verb) || decideOnRow(verb);
    if (key === "x" || key === "X") return selectRow(cursor(), key === "X");
  }
  if (key === "t" && document.getElementById("timeline")) return document.getElementById("timeline").scrollIntoView() ?? true;
  const named = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([inert] *)`);
  return named ? press(named) : false;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.key === "Escape") return void (close() && event.preventDefault());
  if (!on() || typing(event.target) || document.querySelector("dialog[open]")) return;
  if (handle(event.key)) event.preventDefault();
});
