// What htmx needs to know about this site: the CSRF token, the log-in page, and what to say when the line is dead.
import { eachOnce } from "./arrival.js";

const text = (key) => document.getElementById("ui-text")?.dataset[key] ?? "";

document.addEventListener("htmx:configRequest", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]')?.content;
  if (token && event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token;
});

// A session that ended answers with the log-in page: go there instead of putting it into a corner of this page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const login = document.documentElement.dataset.login;
  const url = event.detail.xhr?.responseURL;
  if (!login || !url || location.pathname === login) return;
  if (new URL(url).pathname === login) {
    event.detail.shouldSwap = false;
    location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  }
});

function say(message) {
  const list = document.getElementById("messages");
  if (!list || !message) return;
  const item = document.createElement("li");
  item.className = "message message--error";
  item.setAttribute("role", "alert");
  item.textContent = message;
  list.replaceChildren(item);
}

document.addEventListener("htmx:sendError", () => say(text("offline")));
document.addEventListener("htmx:timeout", () => say(text("offline")));
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (status === 429) return say(event.detail.xhr.responseText); // it says until when
  say(text(status === 403 ? "forbidden" : status === 404 ? "gone" : "failed"));
});

// A form that came back with errors: put the reader at the summary.
eachOnce(".error-summary", (summary) => summary.focus());
