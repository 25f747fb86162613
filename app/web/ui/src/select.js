// Selecting rows: the bar with their number and the total of each currency, ranges, and the row that a range begins at.
const boxes = () => [...document.querySelectorAll("td.pick input")];
let last = null;

// Amounts are exact: whole ten-thousandths in a BigInt. Different currencies are never added up.
function totals(chosen) {
  const sums = new Map();
  for (const box of chosen) {
    const cell = box.closest("tr").querySelector(".amt");
    const currency = cell?.querySelector("small")?.textContent;
    const parts = cell?.firstChild?.textContent.trim().replaceAll(",", "").match(/^(−?)(\d+)(?:\.(\d{1,4}))?$/);
    if (!currency || !parts) continue;
    const value = BigInt(parts[2] + (parts[3] ?? "").padEnd(4, "0"));
    sums.set(currency, (sums.get(currency) ?? 0n) + (parts[1] ? -value : value));
  }
  const texts = [...sums].sort().map(([currency, value]) => `${currency} ${write(value)}`);
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

function write(value) {
  const digits = String(value < 0n ? -value : value).padStart(5, "0");
  const whole = digits.slice(0, -4).replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0n ? "−" : ""}${whole}.${digits.slice(-4).replace(/0{1,2}$/, "")}`;
}

export function showSelection() {
  const bar = document.getElementById("bulk");
  const all = document.querySelector("[data-all]"); // gone with the table once the last row is
  if (!bar || !all) return;
  const chosen = boxes().filter((box) => box.checked);
  for (const box of boxes()) box.closest("tr").classList.toggle("on", box.checked);
  all.checked = chosen.length > 0 && chosen.length === boxes().length;
  all.indeterminate = chosen.length > 0 && !all.checked;
  bar.querySelector(".n").textContent = `${chosen.length} selected`;
  bar.querySelector(".sums").textContent = totals(chosen);
  bar.querySelector(".many").textContent = ` ${chosen.length}`;
}

function forget() {
  document.getElementById("bulk-ask")?.replaceChildren();
  showSelection();
}

export function selectRow(row, range) {
  const box = row?.querySelector("td.pick input");
  if (!box) return false;
  const all = boxes();
  const from = range && last?.isConnected ? all.indexOf(last) : -1;
  if (from < 0) box.checked = !box.checked;
  else {
    const to = all.indexOf(box);
    for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = true;
  }
  last = box;
  forget();
  return true;
}

export function actOnSelection(action) {
  const bar = document.getElementById("bulk");
  if (!bar || !boxes().some((box) => box.checked)) return false;
  bar.querySelector(`[value=${action}]`).click();
  return true;
}

document.addEventListener("click", (event) => {
  const box = event.target.closest?.("td.pick input");
  if (box && event.shiftKey && last?.isConnected && last !== box) selectRow(box.closest("tr"), true);
  else if (box) last = box;
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("td.pick input, [data-all]")) forget();
});
document.addEventListener("reset", (event) => event.target.id === "bulk" && setTimeout(forget));
showSelection(); // a browser that comes back keeps the ticks
