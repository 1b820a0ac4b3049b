// <form data-draft="visit-123">: what is typed stays in this browser until it is sent.
// Of the facts of the register (data-fact) only what was changed, with the mark of what it was.
// Never kept: passwords, files, hidden fields, [data-no-draft], ID numbers (by name or by look). Kept for 7 days, per user.
import { eachOnce } from "./arrival.js";

const WEEK = 7 * 24 * 3600 * 1000;
const PRIVATE_NAME = /passw|id_?number|id_?card|document|identity|otp|token/i;
const ID_NUMBER = /\d{14}(\d|\d{3}[\dXx])/;
const SENT = "draft-sent";
const user = document.documentElement.dataset.user ?? "";
const text = (key) => document.getElementById("ui-text")?.dataset[key] ?? "";
const keyOf = (form) => `draft:${user}:${form.dataset.draft}`;

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
  const drop = document.createElement("button");
  drop.type = "button";
  drop.className = "btn btn--quiet";
  drop.textContent = text("draftDiscard");
  drop.addEventListener("click", () => {
    localStorage.removeItem(keyOf(form));
    form.reset();
    box.remove();
  });
  box.append(words, drop);
  form.prepend(box);
}

function start(form) {
  let kept = null;
  try {
    kept = JSON.parse(localStorage.getItem(keyOf(form)));
  } catch {
    localStorage.removeItem(keyOf(form));
  }
  // The server's answer to a bad form already holds what was typed.
  if (kept && Date.now() - kept.at < WEEK && !form.querySelector('[aria-invalid="true"], .error-summary')) {
    if (write(form, kept.values)) note(form, kept.at);
  }
  form.addEventListener("input", () => save(form));
  form.addEventListener("change", (event) => event.isTrusted && save(form));
  form.addEventListener("submit", () => sessionStorage.setItem(SENT, keyOf(form)));
}

function save(form) {
  try {
    localStorage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values: read(form) }));
  } catch {
    // Storage is full or closed: typing must go on.
  }
}

function sweep() {
  const sent = sessionStorage.getItem(SENT);
  // A page without that form follows a form that was accepted, unless the page is an error.
  if (sent && !document.querySelector("[data-failed]") && ![...document.querySelectorAll("form[data-draft]")].some((form) => keyOf(form) === sent)) {
    localStorage.removeItem(sent);
  }
  sessionStorage.removeItem(SENT);
  for (const key of Object.keys(localStorage)) {
    if (!key.startsWith("draft:")) continue;
    try {
      if (Date.now() - JSON.parse(localStorage.getItem(key)).at > WEEK) localStorage.removeItem(key);
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

eachOnce("[data-draft-done]", quietly((done) => localStorage.removeItem(`draft:${user}:${done.dataset.draftDone}`)));
eachOnce("html", quietly(sweep));
eachOnce("form[data-draft]", quietly(start));
