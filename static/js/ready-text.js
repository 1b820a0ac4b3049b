// Ready texts: a tap puts the text into the note, behind what is there. Without this script the link opens the form with it.
document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-ready-text]");
  const field = chip && document.querySelector(`#step-form [name="${chip.dataset.readyFor}"]`);
  if (!field) return;
  event.preventDefault();
  const text = chip.dataset.readyText;
  if (!field.value.includes(text)) field.value = [field.value.trimEnd(), text].filter(Boolean).join("\n");
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
});
