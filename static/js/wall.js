// The wall: one face after the other, by itself for months. Space pauses, the arrows go on and back.
import { eachOnce } from "./arrival.js";

const STEP = 250;
const BACK = 20;
const FRESH_PAGE = 6 * 60 * 60 * 1000;

let wall = null;
let here = "";
let behind = [];
let spent = 0;
let isPaused = false;
let isAsking = false;
let wanted = null;

const next = () => wall.querySelector("[data-next]")?.dataset.next || here;

async function show(url, { goesBack = false } = {}) {
  if (isAsking) return;
  isAsking = true;
  try {
    const headers = { "HX-Request": "true" };
    if (url === here && wall.dataset.etag) headers["If-None-Match"] = wall.dataset.etag;
    const answer = await fetch(url, { headers, cache: "no-store" });
    // The session ended, or another place was given: begin anew, with the log-in page if need be.
    if (answer.redirected || [401, 403, 404].includes(answer.status)) location.reload();
    if (answer.status === 200) {
      const face = document.createRange().createContextualFragment(await answer.text());
      if (goesBack) behind.pop();
      else if (url !== here) behind = [...behind, here].slice(-BACK);
      wall.replaceChildren(face);
      here = url;
      clock();
    }
    if (answer.ok || answer.status === 304) wall.dataset.etag = answer.headers.get("ETag") ?? "";
    if (answer.ok && performance.now() > FRESH_PAGE && !isPaused) location.reload();
  } catch {
    // The line is dead: what is on the wall stays, the foot says how old it is.
  } finally {
    isAsking = false;
    spent = 0;
    const move = wanted;
    wanted = null;
    move?.();
  }
}

// A key that is pressed while a face is on its way is not lost.
function go(move) {
  if (isAsking) wanted = move;
  else move();
}

function pause() {
  isPaused = !isPaused;
  const keys = document.querySelector("[data-keys]");
  keys.textContent = isPaused ? keys.dataset.paused : keys.dataset.running;
  document.body.classList.toggle("is-paused", isPaused);
}

function clock() {
  const place = wall?.querySelector("[data-clock]");
  if (!place) return;
  const words = {
    month: "long", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit", hour12: false, timeZone: wall.dataset.zone,
  };
  place.textContent = new Date().toLocaleString(document.documentElement.lang, words);
}

function tick() {
  if (!wall?.isConnected || document.hidden || isAsking) return;
  spent += STEP;
  const whole = wall.dataset.seconds * 1000;
  if (!isPaused) document.querySelector("[data-progress]").value = Math.min(100, (spent / whole) * 100);
  if (spent >= whole) show(isPaused ? here : next());
}

function begin(place) {
  wall = place;
  here = wall.dataset.here;
  behind = [];
  spent = 0;
  if (isPaused) pause(); // a new wall goes round
  clock();
}

document.addEventListener(
  "keydown",
  (event) => {
    const does = {
      " ": pause,
      ArrowRight: () => go(() => show(next())),
      ArrowLeft: () => go(() => behind.length && show(behind.at(-1), { goesBack: true })),
    }[event.key];
    if (!wall?.isConnected || !does || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does();
  },
  true,
);
eachOnce("[data-wall]", begin);
setInterval(clock, 10000);
setInterval(tick, STEP);
