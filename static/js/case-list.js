// Selecting cases: x ticks the row in focus, Shift+x (or Shift and a click) everything since the last one ticked.
const form = document.querySelector("[data-bulk]");
const boxes = form ? [...document.querySelectorAll('input[name="pk"][form="bulk"]')] : [];
const every = form?.querySelector('input[name="all"]');
const page = form?.querySelector("[data-bulk-page] input");
let last = null;

function show() {
  const ticked = boxes.filter((box) => box.checked).length;
  const isOn = ticked > 0 || every?.checked;
  const count = form.querySelector("[data-bulk-count]");
  count.textContent = every?.checked ? "" : count.dataset.text.replace("{n}", ticked);
  form.hidden = !isOn;
  page.checked = ticked === boxes.length;
  page.indeterminate = ticked > 0 && !page.checked;
  for (const box of boxes) box.closest("li").classList.toggle("is-picked", box.checked || Boolean(every?.checked));
}

function tick(box, { isChecked = !box.checked, isRange = false } = {}) {
  const from = isRange && last ? boxes.indexOf(last) : boxes.indexOf(box);
  const to = boxes.indexOf(box);
  for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = isChecked;
  if (every) every.checked = false;
  last = box;
  show();
}

if (form) {
  form.querySelector("[data-bulk-page]").hidden = false;
  for (const box of boxes) {
    box.addEventListener("click", (event) => tick(box, { isChecked: box.checked, isRange: event.shiftKey }));
  }
  page.addEventListener("change", () => {
    for (const box of boxes) box.checked = page.checked;
    if (every) every.checked = false;
    show();
  });
  every?.addEventListener("change", show);
  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "x" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]") || event.target.closest?.("input:not([type=checkbox]), textarea, select")) return;
    const box = document.activeElement?.closest("li.pick")?.querySelector('input[name="pk"]');
    if (!box) return;
    event.preventDefault();
    tick(box, event.shiftKey ? { isChecked: true, isRange: true } : {});
  });
  // Back from another page the browser may have kept the ticks.
  window.addEventListener("pageshow", show);
  show();
}

// On a phone the tabs run out of sight: begin at the one that is open.
document.querySelector('.tabs a[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "center" });
