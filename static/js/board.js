// The board keeps itself true: htmx asks every 20 seconds, the server says 304 while nothing has changed.
const board = document.querySelector("[data-board]");
const stamp = document.querySelector("[data-stamp]");
const clock = document.querySelector("[data-clock]");
const STALE = 5 * 60 * 1000;

function fresh() {
  const time = stamp?.querySelector("time");
  if (!time) return;
  time.dateTime = new Date().toISOString();
  stamp.classList.remove("is-stale");
}

function look() {
  const time = stamp?.querySelector("time");
  if (time) stamp.classList.toggle("is-stale", Date.now() - new Date(time.dateTime) > STALE);
  if (clock) {
    const words = { month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false };
    clock.textContent = new Date().toLocaleString(document.documentElement.lang, words);
  }
}

if (board) {
  board.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["If-None-Match"] = board.dataset.etag;
  });
  board.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 304) event.detail.shouldSwap = false;
    else if (xhr.status === 200) board.dataset.etag = xhr.getResponseHeader("ETag") ?? "";
    if (xhr.status === 304 || xhr.status === 200) fresh();
  });
  // A page in the background asks for nothing, and catches up when somebody looks again.
  board.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) window.htmx?.trigger(board, "refresh");
  });
  setInterval(look, 10000);
}
