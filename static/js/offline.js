// Every page: the service worker, the sign of what waits, forms that are put down before they are sent (<form data-queue>).
import { eachOnce, onArrival } from "./arrival.js";
import { cookie, filesOf, forget, isAsking, me, mine, onChange, pack, put, sendAll, sendOne, settle } from "./queue.js";

const text = (key) => document.getElementById("offline-text")?.dataset[key] ?? "";
const root = document.documentElement;
const NOTE = "queue-note";
const KEPT_AT = "day-kept";
const NO_ANSWER = [502, 503, 504];
const OFTEN = 20 * 60 * 1000;
let carried = []; // photos of a report that was not accepted: nobody takes them twice

// --- the sign in the top bar
async function show() {
  const sign = document.querySelector("[data-sync]");
  if (!sign || !me) return;
  const items = await mine();
  const asking = items.filter(isAsking).length;
  const waiting = items.length - asking;
  const dead = !navigator.onLine || Boolean(root.dataset.kept);
  sign.hidden = !items.length && !dead;
  sign.dataset.state = waiting ? "waiting" : asking ? "asking" : "offline";
  sign.querySelector("[data-sync-text]").textContent = text(sign.dataset.state).replace("{number}", waiting || asking);
  askBeforeLeaving(waiting);
  markRound();
}

// Logging out with something unsent is asked about; see confirm.js.
function askBeforeLeaving(waiting) {
  for (const form of document.querySelectorAll("form[data-leave]")) {
    if (!waiting) delete form.dataset.confirm;
    else Object.assign(form.dataset, { confirm: text("leave").replace("{number}", waiting), confirmTitle: text("leaveTitle"), confirmYes: text("leaveYes") });
  }
}

// A copy of the round does not know what was typed since: the doors that are done say so.
async function markRound() {
  const typed = (await mine()).filter((item) => !isAsking(item));
  const done = new Map(typed.map((item) => [item.url.split("?")[0], item]));
  for (const row of document.querySelectorAll(".stop a.row, .beats a.row")) {
    const is = done.has(row.pathname);
    row.classList.toggle("is-put-down", is);
    const mark = row.querySelector("[data-put-down]");
    if (!is) mark?.remove();
    else if (!mark) {
      const tag = Object.assign(document.createElement("span"), { className: "tag tag--line", textContent: text("typed") });
      tag.dataset.putDown = "1";
      row.querySelector(".row__note, .row__title")?.prepend(tag, " ");
    }
  }
}

// --- the app on the phone
async function keepDay() {
  const registration = await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  const day = document.querySelector("[data-day]")?.dataset.day;
  if (!day || root.dataset.kept) return;
  if (Date.now() - Number(sessionStorage.getItem(KEPT_AT) ?? 0) < OFTEN) return;
  const answer = await fetch(day, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected) return;
  const worker = (await navigator.serviceWorker.ready).active ?? registration.active;
  worker.postMessage({ type: "keep", ...(await answer.json()) });
  sessionStorage.setItem(KEPT_AT, String(Date.now()));
}

// Of the day nothing stays; what is typed and not sent does, for the person who typed it.
async function wipe() {
  sessionStorage.removeItem(KEPT_AT);
  if (!window.caches) return;
  for (const name of await caches.keys()) if (name.startsWith("day:")) await caches.delete(name);
}

// --- forms
function say(message, kind = "info") {
  const list = document.getElementById("messages");
  if (!list || !message) return;
  const item = document.createElement("li");
  item.className = `message message--${kind}`;
  item.textContent = message;
  list.replaceChildren(item);
  item.scrollIntoView({ block: "nearest" });
}

function showRefusal(html, item) {
  const answer = new DOMParser().parseFromString(html, "text/html").getElementById("main");
  const main = document.getElementById("main");
  if (!answer || !main) return say(text("refused"), "error");
  main.replaceChildren(...answer.childNodes);
  for (const script of main.querySelectorAll("script")) script.remove();
  window.htmx?.process(main);
  main.dispatchEvent(new CustomEvent("htmx:load", { bubbles: true, detail: { elt: main } }));
  carried = main.querySelector("[data-photos].field--error") ? [] : filesOf(item);
  if (carried.length) main.querySelector("[data-photos] .field__error")?.remove();
}

async function take(form, submitter) {
  form.dataset.busy = "1";
  for (const button of document.querySelectorAll(`button[form="${form.id}"], #${CSS.escape(form.id)} button`)) button.setAttribute("aria-busy", "true");
  let item;
  try {
    item = await pack(form, submitter, carried);
    await put(item);
    navigator.storage?.persist?.(); // do not throw it away when the phone is full
  } catch {
    return form.submit(); // a browser that keeps nothing sends as ever
  }
  sessionStorage.setItem("draft-sent", `draft:${me}:${form.dataset.draft}`);
  localStorage.removeItem(`report-uuid:${me}`);
  const outcome = await sendOne(item.key);
  if (outcome.state === "kept") return location.assign(outcome.url || form.dataset.queueNext || "/");
  if (outcome.state === "refused") {
    await forget(item.key);
    delete form.dataset.busy;
    sessionStorage.removeItem("draft-sent");
    return showRefusal(outcome.html, item);
  }
  if (outcome.state === "login") return location.assign(`${root.dataset.login}?next=${encodeURIComponent(text("waitingUrl"))}`);
  if (outcome.state === "forbidden") return location.assign(text("waitingUrl"));
  sessionStorage.setItem(NOTE, text(outcome.again ? "putDownBusy" : "putDown"));
  location.assign(onwards(form, item));
}

// After a visit or a patrol without a signal: the case that was to be raised, else back to the round.
function onwards(form, item) {
  const again = form.dataset.queueNext || "/";
  if (item.what === "patrol") {
    const found = item.fields.some(([name, value]) => name === "found" && value === "something");
    const query = new URLSearchParams({ grid: form.dataset.queueOf, source: "patrol", patrol_key: item.key });
    return found ? `${form.dataset.queueCase}?${query}` : again;
  }
  const given = new Map(item.fields);
  const lines = [...given.keys()].filter((name) => /^diary-\d+-text$/.test(name) && given.get(name).trim());
  const line = lines.findIndex((name) => given.get(name.replace("-text", "-then")) === "case");
  if (item.what !== "visit" || line < 0) return again;
  const { queueOf: household, queueGrid: grid = "", queueAddress: address = "" } = form.dataset;
  const query = new URLSearchParams({ household, grid, address, source: "visit", visit_key: item.key, line, description: given.get(lines[line]) });
  return `${form.dataset.queueCase}?${query}`;
}

// A page that came from the phone does not know why it was opened; the address does.
function fillFromAddress(form) {
  if (!root.dataset.kept || form.dataset.queue !== "case") return;
  for (const [name, value] of new URLSearchParams(location.search)) {
    const field = form.elements[name];
    if (field && "value" in field && !field.value) field.value = value;
    else if (name === "source" && field) field.value = value;
  }
}

// On a copy of a page nothing can be looked up: no need to try, or to say each time that it failed.
document.addEventListener("htmx:beforeRequest", (event) => root.dataset.kept && event.preventDefault());

const isWritten = (field) => field.type !== "hidden" && "defaultValue" in field && !/^(radio|checkbox|file)$/.test(field.type) && field.value !== field.defaultValue;

// /visits/log/7/#fix=KEY: what was not accepted, back in its form to be put right.
async function refill(form) {
  const key = location.hash.match(/^#fix=(.+)/)?.[1];
  const item = key && (await mine()).find((one) => one.key === key);
  if (!item || item.url.split("?")[0] !== new URL(form.action, location.href).pathname) return;
  form.dataset.fixes = key;
  carried = filesOf(item);
  for (const box of form.querySelectorAll('input[type="checkbox"]')) box.checked = false;
  for (const [name, value] of item.fields) {
    const field = form.elements[name];
    if (!field || typeof value !== "string") continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = value;
    if (name === "quick" && field.value !== value) form.elements.category.value = value;
  }
  for (const part of form.querySelectorAll("details")) part.open ||= [...part.querySelectorAll("input, textarea, select")].some(isWritten);
  say([item.why || text("refused"), carried.length && text("carried").replace("{number}", carried.length)].filter(Boolean).join(" "));
}

function startForm(form) {
  if (!me || !window.indexedDB) return;
  // A copy of a page is opened more than once: each opening is a thing of its own.
  if (root.dataset.kept && form.elements.client_uuid && crypto.randomUUID) form.elements.client_uuid.value = crypto.randomUUID();
  fillFromAddress(form);
  refill(form).catch(() => {});
  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.submitter?.hasAttribute("formaction")) return;
    event.preventDefault();
    if (!form.dataset.busy) take(form, event.submitter);
  });
}

// --- leaving
function wipeDrafts() {
  for (const store of [localStorage, sessionStorage])
    for (const key of Object.keys(store)) if (key.startsWith("draft:")) store.removeItem(key);
}

async function leave(form) {
  await wipe().catch(() => {});
  let answer = null;
  try {
    const headers = { "X-CSRFToken": cookie("csrftoken") };
    answer = await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual", headers });
  } catch {
    // no signal
  }
  // Without an answer of the site nobody is logged out: a page of the browser would say nothing of that.
  if (!answer || NO_ANSWER.includes(answer.status)) return say(text("stillIn"), "error");
  wipeDrafts();
  if (answer.type === "opaqueredirect") return location.assign(root.dataset.login);
  form.submit(); // whatever it is, the site says it
}

// Before progress.js hears of it on the document: a log-out that fails can be tried again.
function startLeaving(form) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    leave(form);
  });
}

// --- sending
async function trySending({ now = false } = {}) {
  if (me && (await mine()).length) await sendAll({ now });
}

// The page before this one left word.
function begin() {
  if (navigator.serviceWorker) keepDay().catch(() => {});
  if (!me) return;
  settle(location.hash).catch(() => {});
  const note = sessionStorage.getItem(NOTE);
  sessionStorage.removeItem(NOTE);
  if (note) say(note);
  trySending({ now: !root.dataset.kept }).catch(() => {}); // this page came over the line: it is there
}

const showNow = () => show().catch(() => {});

eachOnce("[data-wipe]", () => wipe().catch(() => {}));
eachOnce("[data-settled]", (part) => settle(`#settled=${part.dataset.settled}`).catch(() => {}));
eachOnce("form[data-leave]", startLeaving);
eachOnce("form[data-queue]", startForm);
onArrival("[data-sync], form[data-leave], .stop a.row, .beats a.row", showNow);
onChange(showNow);
window.addEventListener("online", () => {
  showNow();
  if (me) sendAll({ now: true });
});
window.addEventListener("offline", showNow);
document.addEventListener("visibilitychange", () => document.hidden || trySending());
setInterval(trySending, 15000);
eachOnce("html", begin);
