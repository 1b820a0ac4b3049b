// The board keeps itself true: htmx asks every 20 seconds, the server says 304 while nothing has changed.
import { onArrival } from "./arrival.js";

const STALE = 5 * 60 * 1000;
const ALIVE = "[data-board], [data-pulse]";
let held = null;

const isBoard = (event) => event.target.matches?.("[data-board]");

function look() {
  for (const time of document.querySelectorAll("[data-pulse] time")) {
    // The server says how old its sign of life is; this machine's clock may be wrong.
    if (time.dataset.age) time.dateTime = new Date(Date.now() - time.dataset.age * 1000).toISOString();
    delete time.dataset.age;
    time.closest("[data-pulse]").classList.toggle("is-stale", Date.now() - new Date(time.dateTime) > STALE);
  }
}

// A page in the background asks for nothing, and catches up when somebody looks again.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches?.(ALIVE)) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const part of document.querySelectorAll(ALIVE)) window.htmx?.trigger(part, "refresh");
});

document.addEventListener("htmx:configRequest", (event) => {
  if (isBoard(event)) event.detail.headers["If-None-Match"] = event.target.dataset.etag;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!isBoard(event)) return;
  const { xhr } = event.detail;
  if (xhr.status === 304) event.detail.shouldSwap = false;
  if (xhr.status === 304 || xhr.status === 200) event.target.dataset.etag = xhr.getResponseHeader("ETag") ?? "";
  const link = document.activeElement?.closest?.("[data-board] a");
  held = link ? { href: link.getAttribute("href"), y: window.scrollY } : null;
});
// Whoever was at a link is there again, and nothing jumps.
document.addEventListener("htmx:afterSwap", (event) => {
  if (!isBoard(event) || !held) return;
  event.target.querySelector(`a[href="${CSS.escape(held.href)}"]`)?.focus({ preventScroll: true });
  window.scrollTo({ top: held.y });
});

onArrival(".pulse", look);
setInterval(look, 10000);
