// The visit form: a line of the diary that holds something stands open, also when a draft brought it back.
const form = document.getElementById("visit-form");

function open(line) {
  if (line.querySelector("textarea").value) line.open = true;
}

form?.addEventListener("change", (event) => {
  const line = event.target.closest(".diary__line");
  if (line) open(line);
});
form?.addEventListener("toggle", (event) => {
  if (event.target.matches(".diary__line[open]") && !event.target.querySelector("textarea").value) {
    event.target.querySelector("textarea").focus();
  }
}, true);
for (const line of form?.querySelectorAll(".diary__line") ?? []) open(line);
