// Shows only the fields that belong to the chosen kind; the server keeps no others.
import { onArrival } from "./arrival.js";

const KIND = "select[data-kind]";

function show() {
  const kind = document.querySelector(KIND);
  if (!kind) return;
  for (const part of document.querySelectorAll("[data-kinds]")) {
    part.hidden = !part.dataset.kinds.split(" ").includes(kind.value);
  }
}

document.addEventListener("change", (event) => event.target.matches(KIND) && show());
onArrival(`${KIND}, [data-kinds]`, show);
