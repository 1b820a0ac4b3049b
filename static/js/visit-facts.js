// The visit form: with a fact changed, "all as it was" is not said; what was changed stands open.
import { onArrival } from "./arrival.js";

const isWritten = (field) => field.value.trim() !== field.defaultValue.trim();

function follow() {
  const part = document.querySelector("#visit-form [data-facts]");
  const said = part?.closest("form").elements.is_unchanged;
  if (!said) return;
  const changed = [...part.querySelectorAll("[data-fact]:not([type=hidden])")].some(isWritten);
  if (changed) part.open = true;
  if (changed === part.classList.contains("is-changed")) return;
  part.classList.toggle("is-changed", changed);
  said.checked = !changed;
}

for (const kind of ["input", "change"]) document.addEventListener(kind, (event) => event.target.matches?.("[data-fact]") && follow());
onArrival("[data-fact]", follow);
