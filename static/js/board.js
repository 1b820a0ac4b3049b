// The board keeps itself true: htmx asks every 20 seconds, the server says 304 while nothing has changed.
const board = document.querySelector("[data-board]");
const pulse = document.querySelector("[data-pulse]");
const STALE = 5 * 60 * 1000;
let held = null;

// The server says how old its sign of life is; this machine's clock may be wrong.
function date() {
  const time = pulse?.querySelector("time[data-age]");
  if (!time) return;
  time.dateTime = new Date(Date.now() - time.dataset.age * 1000).toISOString();
  delete time.dataset.age;
  look();
}

function look() {
  const time = pulse?.querySelector("time");
  if (time && Date.now() - new Date(time.dateTime) > STALE) pulse.classList.add("is-stale");
  else if (time) pulse.classList.remove("is-stale");
}

// A page in the background asks for nothing, and catches up when somebody looks again.
function sleepWhenHidden(part) {
  part.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) window.htmx?.trigger(part, "refresh");
  });
}

if (board) {
  sleepWhenHidden(board);
  board.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["If-None-Match"] = board.dataset.etag;
  });
  board.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 304) event.detail.shouldSwap = false;
    if (xhr.status === 304 || xhr.status === 200) board.dataset.etag = xhr.getResponseHeader("ETag") ?? "";
    const link = document.activeElement?.closest?.("[data-board] a");
    held = link ? { href: link.getAttribute("href"), y: window.scrollY } : null;
  });
  // Whoever was at a link is there again, and nothing jumps.
  board.addEventListener("htmx:afterSwap", () => {
    if (!held) return;
    board.querySelector(`a[href="${CSS.escape(held.href)}"]`)?.focus({ preventScroll: true });
    window.scrollTo({ top: held.y });
  });
}

if (pulse) {
  sleepWhenHidden(pulse);
  pulse.addEventListener("htmx:afterSwap", date);
  date();
  setInterval(look, 10000);
}
