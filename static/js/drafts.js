// <form data-draft="visit-123">: what is typed stays in this browser until it is sent, sealed (see sealing.js); where
// nothing can be sealed, as long as the tab is open.
// Of the facts of the register (data-fact) only what was changed, with the mark of what it was.
// Never kept: passwords, files, hidden fields, [data-no-draft], ID numbers (by name or by look). Kept for 7 days, per user.
import "./sealing.js";
import { eachOnce } from "./arrival.js";

const WEEK = 7 * 24 * 3600 * 1000;
const PRIVATE_NAME = /passw|id_?number|id_?card|document|identity|otp|token/i;
const ID_NUMBER = /\d{14}(\d|\d{3}[\dXx])/;
const SENT = "draft-sent";
const user = document.documentElement.dataset.user ?? "";
const text = (key) => document.getElementById("ui-text")?.dataset[key] ?? "";
const keyOf = (form) => `draft:${user}:${form.dataset.draft}`;

// One after the other, as they were asked for: {at, sealed}, or {at, values} in the tab alone.
let last = Promise.resolve();
const next = (work) => (last = last.then(work).catch(() => {})); // storage is full or closed: typing must go on

const keep = (key, at, values) =>
  next(async () => {
    const sealed = await self.sealing.seal(JSON.stringify(values));
    if (sealed) localStorage.setItem(key, JSON.stringify({ at, sealed }));
    else sessionStorage.setItem(key, JSON.stringify({ at, values }));
  });

const drop = (key) => next(() => [localStorage, sessionStorage].forEach((store) => store.removeItem(key)));

async function kept(key) {
  const found = JSON.parse((await self.sealing.isReady()) ? localStorage.getItem(key) : sessionStorage.getItem(key));
  if (!found || Date.now() - found.at > WEEK) return null;
  const values = found.sealed ? JSON.parse(await self.sealing.open(found.sealed)) : found.values;
  return values && { at: found.at, values };
}

function fields(form) {
  return [...form.elements].filter(
    (field) =>
      field.name &&
      (field.type !== "hidden" || "fact" in field.dataset) &&
      !["password", "file", "submit", "button", "reset", "image"].includes(field.type) &&
      !field.closest("[data-no-draft]") &&
      !PRIVATE_NAME.test(field.name),
  );
}

const isChanged = (field) => field.value !== field.defaultValue;

function read(form) {
  const values = {};
  const hasChangedFact = [...form.querySelectorAll("[data-fact]")].some(isChanged);
  for (const field of fields(form)) {
    if ("fact" in field.dataset && !(field.type === "hidden" ? hasChangedFact : isChanged(field))) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else if (field.multiple) {
      values[field.name] = [...field.selectedOptions].map((option) => option.value);
    } else if (!ID_NUMBER.test(field.value)) {
      values[field.name] = field.value;
    }
  }
  return values;
}

function write(form, values) {
  let changed = false;
  for (const field of fields(form)) {
    const value = values[field.name];
    if (value === undefined) continue;
    if (field.type === "checkbox" || field.type === "radio") {
      const checked = value.includes(field.value);
      changed ||= field.checked !== checked;
      field.checked = checked;
    } else if (field.multiple) {
      for (const option of field.options) option.selected = value.includes(option.value);
    } else if (field.value !== value) {
      field.value = value;
      changed = true;
    }
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  return changed;
}

function note(form, at) {
  const box = document.createElement("div");
  box.className = "draft-note";
  box.setAttribute("role", "status");
  const words = document.createElement("span");
  const time = new Date(at).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
  words.textContent = text("draftRestored").replace("{time}", time);
  const discard = document.createElement("button");
  discard.type = "button";
  discard.className = "btn btn--quiet";
  discard.textContent = text("draftDiscard");
  discard.addEventListener("click", () => {
    drop(keyOf(form));
    form.reset();
    box.remove();
  });
  box.append(words, discard);
  form.prepend(box);
}

function start(form) {
  restore(form).catch(() => drop(keyOf(form)));
  form.addEventListener("input", () => save(form));
  form.addEventListener("change", (event) => event.isTrusted && save(form));
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, keyOf(form)));
}

// Every script of the page listens by then.
const ready = new Promise((done) => {
  if (document.readyState === "complete") done();
  document.addEventListener("DOMContentLoaded", done, { once: true });
  window.addEventListener("load", done, { once: true });
});

async function restore(form) {
  await ready;
  // The server's answer to a bad form already holds what was typed; so does what comes back to be put right.
  if (form.querySelector('[aria-invalid="true"], .error-summary') || location.hash.startsWith("#fix=")) return;
  const found = await kept(keyOf(form));
  if (found) form.dispatchEvent(new CustomEvent("draft", { detail: found.values }));
  if (found && write(form, found.values)) note(form, found.at);
}

const save = (form) => keep(keyOf(form), Date.now(), read(form));

function sweep() {
  const sent = sessionStorage.getItem(SENT);
  // A page without that form follows a form that was accepted, unless it is an error or the log-in.
  if (sent && !document.querySelector("main[data-failed], [data-wipe]") && ![...document.querySelectorAll("form[data-draft]")].some((form) => keyOf(form) === sent)) {
    drop(sent);
  }
  sessionStorage.removeItem(SENT);
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("draft:")) continue;
    try {
      const { at, sealed } = JSON.parse(localStorage.getItem(key));
      if (!sealed || Date.now() - at > WEEK) localStorage.removeItem(key);
    } catch {
      localStorage.removeItem(key);
    }
  }
}

// A browser that forbids storage still has working forms.
const quietly = (work) => (part) => {
  try {
    work(part);
  } catch {
    // Nothing is kept then.
  }
};

eachOnce("[data-draft-done]", quietly((done) => drop(`draft:${user}:${done.dataset.draftDone}`)));
eachOnce("html", quietly(sweep));
eachOnce("form[data-draft]", quietly(start));
