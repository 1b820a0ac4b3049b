// Shows only the fields that belong to the chosen kind; the server keeps no others.
const kind = document.querySelector("select[data-kind]");

const show = () => {
  for (const part of document.querySelectorAll("[data-kinds]")) {
    part.hidden = !part.dataset.kinds.split(" ").includes(kind.value);
  }
};

kind?.addEventListener("change", show);
if (kind) show();
