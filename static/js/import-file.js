// Says at once that a file is too large or of the wrong type, before it travels.
const form = document.querySelector("form[data-import-file]");
const input = form?.querySelector('input[type="file"]');

input?.addEventListener("change", () => {
  const [file] = input.files;
  const known = !file || input.accept.split(",").some((end) => file.name.toLowerCase().endsWith(end));
  input.setCustomValidity(known ? "" : form.dataset.importFile);
  input.reportValidity();
});
