// Says at once that a file is of the wrong type, before it travels; takes files dropped anywhere on the page.
const FORM = "form[data-import-file]";

function check(input) {
  const form = input.closest(FORM);
  const list = form.querySelector("[data-file-list]");
  const ends = input.accept.split(",");
  const wrong = [...input.files].find((file) => !ends.some((end) => file.name.toLowerCase().endsWith(end)));
  input.setCustomValidity(wrong ? `${wrong.name}: ${form.dataset.importFile}` : "");
  input.reportValidity();
  if (!list) return;
  list.hidden = input.files.length < 2;
  list.replaceChildren(
    ...[...input.files].map((file) => {
      const item = document.createElement("li");
      item.className = "tag tag--line";
      item.textContent = file.name;
      return item;
    }),
  );
}

document.addEventListener("change", (event) => {
  if (event.target.matches(`${FORM} input[type="file"]`)) check(event.target);
});
document.addEventListener("dragover", (event) => {
  const form = document.querySelector(FORM);
  if (!form || !event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  form.classList.add("is-dropping");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.querySelector(FORM)?.classList.remove("is-dropping");
});
document.addEventListener("drop", (event) => {
  const input = document.querySelector(`${FORM} input[type="file"]`);
  if (!input || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  input.closest(FORM).classList.remove("is-dropping");
  input.files = event.dataTransfer.files;
  check(input);
});
