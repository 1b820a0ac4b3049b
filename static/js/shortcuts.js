// Keys for people at a desk: / search, j and k or the arrows through a list, Enter opens, g then a digit goes to a page, ? explains.
const typing = (target) => target.closest?.("input, textarea, select, [contenteditable]");
let leader = 0;

const rows = () =>
  [...document.querySelectorAll(".rows a.row, .table tbody tr > :first-child > a:first-child")].filter(
    (link) => link.offsetParent,
  );
const searchBox = () => {
  const boxes = [...document.querySelectorAll('input[type="search"]')].filter((input) => input.offsetParent);
  return boxes.find((input) => input.closest("main")) || boxes[0];
};

function step(by) {
  const links = rows();
  if (!links.length) return;
  const at = links.indexOf(document.activeElement);
  const next = links[Math.min(links.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

// The arrows go from the search box down into its finds, through them, and back up into the box.
function arrow(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const at = rows().indexOf(document.activeElement);
  const box = searchBox();
  // After a search nothing has the focus: the arrow down goes from the box into what it found.
  const isBox =
    event.target.matches?.('input[type="search"]') || (event.target === document.body && box?.value && box.closest("main"));
  if (!by || event.shiftKey || (at < 0 && !(isBox && by > 0))) return false;
  event.preventDefault();
  if (at === 0 && by < 0 && box) box.select();
  else step(by);
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (!document.querySelector("dialog[open]") && arrow(event)) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (Date.now() - leader < 1500 && /^[1-9]$/.test(event.key)) {
    document.querySelectorAll(".sidebar .nav a, .tabbar a")[event.key - 1]?.click();
    leader = 0;
    return;
  }
  const keys = {
    "/": () => {
      if (searchBox()) searchBox().select();
      else document.querySelector("[data-search-link]")?.click();
    },
    j: () => step(1),
    k: () => step(-1),
    g: () => (leader = Date.now()),
    "?": () => document.getElementById("shortcuts")?.showModal(),
  };
  if (keys[event.key]) {
    event.preventDefault();
    keys[event.key]();
  }
});

// A row of a table opens where it is clicked, not only on its first word.
document.addEventListener("click", (event) => {
  const row = event.target.closest(".table tbody tr");
  if (!row || event.target.closest("a, button, input, label, summary, select") || String(getSelection())) return;
  const link = row.querySelector(":scope > :first-child > a:first-child");
  if (!link) return;
  if (event.ctrlKey || event.metaKey) window.open(link.href);
  else link.click();
});
