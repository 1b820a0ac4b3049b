{% load static %}// Keeps the shell of the app, and the pages of one person's day, for when there is no signal.
// Pages come from the network first; a copy is used only when there is none, and says so (data-kept).
// The copies are sealed, and readable only as long as somebody is logged in (sealing.js), wherever the browser can.
importScripts("{% static 'js/sealing.js' %}");
const VERSION = "{{ version }}";
const SHELL = [{% for url in shell %}"{{ url|escapejs }}",{% endfor %}];
const OFFLINE = "{{ offline|escapejs }}";
const STATIC = `shell-${VERSION}`;
const PATIENCE = 8000; // ms; then the copy
const FRESH = 20 * 60 * 1000;
const NO_ANSWER = [502, 503, 504];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(STATIC)
      .then((cache) => Promise.all(SHELL.map((url) => cache.add(url).catch(() => undefined))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name.startsWith("shell-") && name !== STATIC) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

// The day of the office, not of the phone's own clock zone.
const today = () => new Intl.DateTimeFormat("sv-SE", { timeZone: "{{ TIME_ZONE|default:'Asia/Shanghai' }}" }).format(new Date());

async function dayCache() {
  let found = null;
  for (const name of await caches.keys()) {
    if (!name.startsWith("day:")) continue;
    if (name.endsWith(`:${today()}`)) found = name;
    else await caches.delete(name); // the day is over
  }
  return found && caches.open(found);
}

self.addEventListener("message", (event) => {
  const { type, user, day, pages } = event.data ?? {};
  if (type === "keep") event.waitUntil(keep(user, day, pages));
});

let keeping = null;
function keep(user, day, pages) {
  keeping ??= fill(user, day, pages).finally(() => (keeping = null));
  return keeping;
}

async function fill(user, day, pages) {
  for (const name of await caches.keys()) if (name.startsWith("day:") && name !== `day:${user}:${day}`) await caches.delete(name);
  const cache = await caches.open(`day:${user}:${day}`);
  const wanted = new Set(pages.map((path) => new URL(path, location.origin).href));
  for (const request of await cache.keys()) if (!wanted.has(request.url)) await cache.delete(request);
  for (const url of wanted) {
    const held = await cache.match(url);
    if (held && Date.now() - Number(held.headers.get("x-kept")) < FRESH) continue;
    try {
      const answer = await fetch(url, { credentials: "same-origin", headers: { "X-Keep": "1" } });
      if (!answer.ok || answer.redirected) {
        if (answer.redirected) return; // the session has ended
        continue;
      }
      await put(cache, url, answer);
    } catch {
      return; // the signal is gone; what is here stays
    }
  }
  for (const client of await self.clients.matchAll()) client.postMessage({ type: "kept", pages: wanted.size });
}

async function put(cache, url, answer) {
  const words = await answer.text();
  const headers = new Headers(answer.headers);
  headers.set("x-kept", String(Date.now()));
  const sealed = await sealing.seal(words);
  if (sealed) headers.set("x-sealed", "1");
  await cache.put(url, new Response(sealed ?? words, { headers }));
}

async function copyOf(request) {
  const cache = await dayCache();
  if (!cache) return null;
  const url = new URL(request.url);
  const held = (await cache.match(request.url)) ?? (await cache.match(url.origin + url.pathname)) ?? (await cache.match(request.url, { ignoreSearch: true }));
  const said = held && (await held.text());
  const page = held?.headers.has("x-sealed") ? await sealing.open(said) : said;
  if (!page) return null;
  const words = page.replace("<html ", `<html data-kept="${held.headers.get("x-kept")}" `);
  return new Response(words, { headers: held.headers });
}

async function page(request) {
  let timer;
  const patience = new Promise((done) => (timer = setTimeout(done, PATIENCE)));
  const network = fetch(request).then(
    (answer) => answer,
    () => null,
  );
  const first = await Promise.race([network, patience]);
  clearTimeout(timer);
  if (first && !NO_ANSWER.includes(first.status)) return first;
  const copy = await copyOf(request);
  if (copy) return copy;
  return (await network) ?? (await caches.match(OFFLINE)) ?? Response.error();
}

async function file(request) {
  const held = await caches.match(request);
  if (held) return held;
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic") (await caches.open(STATIC)).put(request, answer.clone());
  return answer;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith("{{ STATIC_URL }}")) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(request));
});
