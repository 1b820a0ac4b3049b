// Says at once that a file is of the wrong type, before it travels; takes files dropped anywhere on the page.
const form = document.querySelector("form[data-import-file]");
const input = form?.querySelector('input[type="file"]');
const list = form?.querySelector("[data-file-list]");

function check() {
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

if (input) {
  input.addEventListener("change", check);
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) form.classList.remove("is-dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.files.length) return;
    event.preventDefault();
    form.classList.remove("is-dropping");
    input.files = event.dataTransfer.files;
    check();
  });
}
