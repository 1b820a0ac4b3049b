// Anything over a second shows that it is under way; nothing is sent twice by an impatient thumb.
import { onArrival } from "./arrival.js";

const root = document.documentElement;
let timer = 0;
let running = 0;

function begin() {
  running += 1;
  clearTimeout(timer);
  timer = setTimeout(() => root.classList.add("is-loading"), 600);
}

function end() {
  running = Math.max(0, running - 1);
  if (running) return;
  clearTimeout(timer);
  root.classList.remove("is-loading");
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  const form = event.target;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  if (form.method === "dialog" || form.target) return;
  if (form.matches("[hx-post], [hx-get], [hx-put], [hx-delete]")) return; // htmx events say when those end
  const button = event.submitter ?? form.querySelector('[type="submit"]');
  if (form.method === "post") form.dataset.sending = "1";
  setTimeout(() => button?.setAttribute("aria-busy", "true"), 400);
  begin();
});

// Its end is heard at the request itself: the part that asked may be gone from the page by then.
document.addEventListener("htmx:beforeSend", (event) => {
  if (event.detail.elt.matches('[hx-trigger*="every"]')) return;
  begin();
  event.detail.xhr.addEventListener("loadend", end, { once: true });
});

// Back to a page from the browser's memory: let it be sent again. Downloads never leave the page: free the button after a while.
function release() {
  running = 0;
  end();
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
  for (const button of document.querySelectorAll('[aria-busy="true"]')) button.removeAttribute("aria-busy");
}
window.addEventListener("pageshow", release);
document.addEventListener("submit", (event) => {
  if (event.target.hasAttribute("data-download")) setTimeout(release, 3000);
});

// <time datetime="..." data-ago>: "20 seconds ago" keeps true while the page stays open.
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const relative = "RelativeTimeFormat" in Intl ? new Intl.RelativeTimeFormat(root.lang || "zh-Hans", { numeric: "auto" }) : null;
function tick() {
  if (!relative) return;
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const seconds = Math.round((new Date(time.dateTime) - Date.now()) / 1000);
    const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[3];
    time.textContent = relative.format(Math.trunc(seconds / size), unit);
  }
}
onArrival("time[data-ago]", tick);
setInterval(tick, 10000);
