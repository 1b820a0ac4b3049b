// Selecting cases: x ticks the row in focus, Shift+x (or Shift and a click) everything since the last one ticked.
import { eachOnce, onArrival } from "./arrival.js";

const BOX = 'input[name="pk"][form="bulk"]';
const EVERY = '[data-bulk] input[name="all"]';
const PAGE = "[data-bulk-page] input";
let last = null;

const boxes = () => [...document.querySelectorAll(BOX)];
const every = () => document.querySelector(EVERY);

function show() {
  const form = document.querySelector("[data-bulk]");
  if (!form) return;
  const all = boxes();
  const isAll = Boolean(every()?.checked);
  const ticked = all.filter((box) => box.checked).length;
  const count = form.querySelector("[data-bulk-count]");
  count.textContent = isAll ? "" : count.dataset.text.replace("{n}", ticked);
  form.hidden = !ticked && !isAll;
  form.querySelector("[data-bulk-page]").hidden = false;
  const page = form.querySelector(PAGE);
  page.checked = ticked === all.length;
  page.indeterminate = ticked > 0 && !page.checked;
  for (const box of all) box.closest("li").classList.toggle("is-picked", box.checked || isAll);
}

function untickEvery() {
  const box = every();
  if (box) box.checked = false;
}

function tick(box, { isChecked = !box.checked, isRange = false } = {}) {
  const all = boxes();
  const to = all.indexOf(box);
  const from = isRange && all.includes(last) ? all.indexOf(last) : to;
  for (const one of all.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = isChecked;
  untickEvery();
  last = box;
  show();
}

document.addEventListener("click", (event) => {
  if (event.target.matches(BOX)) tick(event.target, { isChecked: event.target.checked, isRange: event.shiftKey });
});
document.addEventListener("change", (event) => {
  if (event.target.matches(PAGE)) {
    for (const box of boxes()) box.checked = event.target.checked;
    untickEvery();
    show();
  }
  if (event.target.matches(EVERY)) show();
});
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (document.querySelector("dialog[open]") || event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
  const box = document.activeElement?.closest("li.pick")?.querySelector(BOX);
  if (!box) return;
  event.preventDefault();
  tick(box, event.shiftKey ? { isChecked: true, isRange: true } : {});
});
// Back from another page the browser may have kept the ticks.
window.addEventListener("pageshow", show);
onArrival(`[data-bulk], ${BOX}`, show);

// On a phone the tabs run out of sight: begin at the one that is open.
eachOnce('.tabs a[aria-current="page"]', (tab) => tab.scrollIntoView({ block: "nearest", inline: "center" }));
