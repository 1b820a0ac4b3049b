// <details class="menu"> opens by itself; this closes it again: a click beside it, Escape, or another menu.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
// <form data-auto>: a filter applies when it is changed; its button stays for those without scripts.
document.addEventListener("change", (event) => event.target.closest("form[data-auto]")?.requestSubmit());
// <button data-print>
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
