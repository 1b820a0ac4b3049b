// <ol data-column-order>: the arrows move a column without a round trip; without scripts the server does it.
document.addEventListener("click", (event) => {
  const button = event.target.closest('[data-column-order] [name="move"]');
  if (!button) return;
  event.preventDefault();
  const item = button.closest("li");
  const isUp = button.value.startsWith("up:");
  const other = isUp ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  if (isUp) other.before(item);
  else other.after(item);
  // At either end one arrow is hidden: the keyboard goes on with the other.
  button.focus();
  if (document.activeElement !== button) item.querySelector(`[name="move"]:not([value="${button.value}"])`)?.focus();
});
