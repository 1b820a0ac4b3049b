// What was typed is put down on the phone first and then sent; sent again as often as need be, kept by the server once.
// The server knows each report by its client_uuid; the header X-Queue says who typed it. See gridmgmt.offline.middleware.
import "./sealing.js";
import { openDB } from "../vendor/idb-8.0.4/index.js";

const PATIENCE = 30000; // ms for one sending,
const SLOWEST = 10; // and one more for each 10 bytes of its photos
const WAITS = [5, 15, 30, 60, 120, 300]; // s between tries
const UNREAD = [400, 413]; // not read at all: it can be put right
const LOCK = "gridmgmt-queue";

let opened = null;
const database = () =>
  (opened ??= openDB("gridmgmt", 1, {
    upgrade: (db) => db.createObjectStore("queue", { keyPath: "key" }),
  }));

export const me = document.documentElement.dataset.user ?? "";

export const cookie = (name) => document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1] ?? "";

// What it says, and its photos, lie sealed: only whoever typed it reads them, while logged in.
async function sealed(item) {
  if (!(await self.sealing.isReady())) return item;
  const { key, user, at, next, tries, state, fields, ...rest } = item;
  const photos = [];
  const words = fields.map(([name, value]) => [name, typeof value === "string" ? value : { ...value, bytes: photos.push(value.bytes) - 1 }]);
  const box = await self.sealing.seal(JSON.stringify({ ...rest, fields: words }));
  return { key, user, at, next, tries, state, sealed: box, photos: await Promise.all(photos.map(self.sealing.sealBytes)) };
}

// null: it cannot be read now. It stays.
async function unsealed(item) {
  if (!item?.sealed) return item;
  const { sealed: box, photos, ...known } = item;
  const said = await self.sealing.open(box);
  const bytes = await Promise.all(photos.map(self.sealing.openBytes));
  if (said === null || bytes.includes(null)) return null;
  const { fields, ...rest } = JSON.parse(said);
  return { ...known, ...rest, fields: fields.map(([name, value]) => [name, typeof value === "string" ? value : { ...value, bytes: bytes[value.bytes] }]) };
}

const one = async (key) => (await database()).get("queue", key);

export async function mine() {
  const every = (await (await database()).getAll("queue")).filter((item) => item.user === me);
  const readable = await Promise.all(every.map(unsealed));
  return readable.filter(Boolean).sort((a, b) => a.at - b.at);
}

export async function put(item) {
  const kept = await sealed(item);
  // On the disk when this returns, not only on its way there: a phone runs out of power.
  const writing = (await database()).transaction("queue", "readwrite", { durability: "strict" });
  await Promise.all([writing.store.put(kept), writing.done]);
  changed();
}

export async function forget(key) {
  await (await database()).delete("queue", key);
  changed();
}

const told = typeof BroadcastChannel === "function" ? new BroadcastChannel(LOCK) : null;
const listeners = new Set();
const tell = () => listeners.forEach((listener) => listener());
if (told) told.onmessage = tell;

function changed() {
  tell();
  told?.postMessage("changed");
}

export const onChange = (listener) => listeners.add(listener);

// The words and files of a form, as they can be put down. The token of the page is left out: it may be old when it is sent.
// `files`: fields with photos that were taken before and that the form does not hold.
export async function pack(form, submitter, files = []) {
  const data = new FormData(form, submitter ?? undefined);
  data.delete("csrfmiddlewaretoken");
  const fields = [];
  for (const [name, value] of data) {
    if (!(value instanceof File)) fields.push([name, value]);
    // A copy: the file of an input may be gone when it is sent.
    else if (value.size) fields.push([name, { name: value.name, type: value.type, bytes: await value.arrayBuffer() }]);
  }
  fields.push(...files);
  return {
    key: data.get("client_uuid") || form.dataset.fixes || crypto.randomUUID(),
    user: me,
    url: new URL(form.action, location.href).pathname + new URL(form.action, location.href).search,
    what: form.dataset.queue,
    of: form.dataset.queueOf ?? "",
    name: form.dataset.queueName ?? "",
    isOfCopy: Boolean(document.documentElement.dataset.kept),
    fields,
    at: Date.now(),
    tries: 0,
    next: 0,
    state: "waiting",
  };
}

const weight = (item) => item.fields.reduce((sum, [, value]) => sum + (value.bytes?.byteLength ?? 0), 0);

// What a report came from: the visit or the patrol has to be there first.
const originOf = (item) => item.fields.find(([name, value]) => (name === "visit_key" || name === "patrol_key") && value)?.[1];

function body(item) {
  const data = new FormData();
  for (const [name, value] of item.fields) {
    if (typeof value === "string") data.append(name, value);
    else data.append(name, new Blob([value.bytes], { type: value.type }), value.name);
  }
  // Whether it is the same as another report is asked while somebody is there to answer.
  if (item.what === "case" && (item.tries || item.isOfCopy)) data.set("seen", "1");
  return data;
}

// {state: "kept", url, undecided} | {state: "refused", html} (or a question) | {state: "login"} | {state: "later", again} | {state: "forbidden"}
async function send(item) {
  let answer;
  try {
    answer = await fetch(item.url, {
      method: "POST",
      body: body(item),
      credentials: "same-origin",
      headers: { "X-Queue": item.user, "X-CSRFToken": cookie("csrftoken") },
      signal: AbortSignal.timeout(PATIENCE + weight(item) / SLOWEST),
    });
    if (answer.status === 201) return { state: "kept", ...(await answer.json()) };
    if (answer.status === 401) return { state: "login" };
    if (answer.status === 200 || answer.status === 422 || answer.status === 409) return { state: "refused", html: await answer.text() };
  } catch {
    return { state: "later" };
  }
  if (answer.status === 403 || answer.status === 404 || answer.status === 410 || UNREAD.includes(answer.status)) return { state: "forbidden", status: answer.status };
  return { state: "later", again: Number(answer.headers.get("Retry-After")) || 0 }; // 429: too much at once
}

// Nothing more is sent of it by itself: it was not accepted, or is there and only asks something.
export const isAsking = (item) => item.state === "asking";
const isStill = (item) => item.state === "refused" || isAsking(item);

// The address after a decision names the visit of which nothing is asked any more.
export async function settle(address) {
  const key = address?.match(/#settled=([\w-]+)$/)?.[1];
  const item = key && (await one(key));
  if (item?.user === me && isAsking(item)) await forget(key);
}

const alone = (work) => (navigator.locks ? navigator.locks.request(LOCK, work) : work());

// One thing, now. What came of it; a thing that is kept is forgotten here.
export function sendOne(key) {
  return alone(async () => {
    const found = await one(key);
    if (!found || found.user !== me) return { state: "kept", url: "" }; // another page was quicker
    const item = await unsealed(found);
    if (!item) return { state: "login" };
    const origin = originOf(item) && (await unsealed(await one(originOf(item))));
    if (origin?.user === me && !isStill(origin)) {
      const { state, again } = await attempt(origin);
      if (state === "login" || state === "later") return { state, again };
    }
    return attempt(item);
  });
}

function whyNot(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  return [...page.querySelectorAll("#main .error-summary li")].map((one) => one.textContent.trim()).join(" ");
}

export const filesOf = (item) => item.fields.filter(([, value]) => typeof value !== "string");

async function attempt(item) {
  if (isAsking(item)) return { state: "kept", url: item.answer };
  const outcome = await send(item);
  if (outcome.state === "kept") {
    // Its words are there; the question stays here until it is answered.
    if (outcome.undecided) await put({ ...item, fields: [], state: "asking", answer: outcome.url, undecided: outcome.undecided });
    else await forget(item.key);
    await settle(outcome.url);
    return outcome;
  }
  item.tries += 1;
  item.next = Date.now() + (outcome.again || WAITS[Math.min(item.tries, WAITS.length) - 1]) * 1000;
  item.state = { refused: "refused", forbidden: "refused", login: "login" }[outcome.state] ?? "waiting";
  item.why = outcome.html ? whyNot(outcome.html) : "";
  item.isGone = outcome.state === "forbidden" && !UNREAD.includes(outcome.status);
  await put(item);
  return outcome;
}

// Everything that waits, in the order in which it was typed. `now`: also what is to be tried later.
export async function sendAll({ now = false } = {}) {
  for (const item of await mine()) {
    if (isStill(item) || (!now && item.next > Date.now())) continue;
    const { state } = await sendOne(item.key);
    if (state === "login" || state === "later") return state; // the next one would fare no better
  }
  return "kept";
}
