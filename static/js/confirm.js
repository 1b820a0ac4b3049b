// <form data-confirm="What will happen"> or <button data-confirm="..."> asks in a real dialog first.
// data-confirm-title and data-confirm-yes change the heading and the button. Without scripts the form is simply sent.
let waiting = null;

document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.confirm ? event.submitter : form;
    const dialog = document.getElementById("confirm");
    if (!source.dataset.confirm || !dialog?.showModal) return;
    if (form.dataset.confirmed) {
      delete form.dataset.confirmed;
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    waiting = { form, submitter: event.submitter };
    const yes = dialog.querySelector("[data-yes]");
    const title = dialog.querySelector("[data-title]");
    yes.dataset.usual ??= yes.textContent;
    title.dataset.usual ??= title.textContent;
    yes.textContent = source.dataset.confirmYes ?? yes.dataset.usual;
    title.textContent = source.dataset.confirmTitle ?? title.dataset.usual;
    dialog.querySelector("[data-question]").textContent = source.dataset.confirm;
    dialog.returnValue = "";
    dialog.showModal();
  },
  true,
);

// "close" does not bubble: it is heard on its way down.
document.addEventListener(
  "close",
  (event) => {
    if (event.target.id !== "confirm") return;
    if (event.target.returnValue === "yes" && waiting) {
      waiting.form.dataset.confirmed = "1";
      waiting.form.requestSubmit(waiting.submitter ?? undefined);
    }
    waiting = null;
  },
  true,
);

// <button data-dialog="id"> opens any other <dialog>.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog)?.showModal();
  }
  if (event.target.matches("dialog")) event.target.close(); // a click beside the dialog
});
