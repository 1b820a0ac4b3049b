// The visit form: a line of the diary that holds something stands open, also when a draft brought it back.
import { eachOnce } from "./arrival.js";

const LINE = "#visit-form .diary__line";
const hasWords = (line) => Boolean(line.querySelector("textarea").value);

function open(line) {
  if (hasWords(line)) line.open = true;
}

document.addEventListener("change", (event) => {
  const line = event.target.closest(LINE);
  if (line) open(line);
});
// "toggle" does not bubble: it is heard on its way down.
document.addEventListener(
  "toggle",
  (event) => {
    const line = event.target;
    if (line.matches(LINE) && line.open && !hasWords(line)) line.querySelector("textarea").focus();
  },
  true,
);
eachOnce(LINE, open);
