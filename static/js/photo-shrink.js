// [data-photos]: photos are made small on the phone (1600 px, JPEG: no place, no device inside), shown, and can be taken back.
// Several inputs of a group fill one bag, so a second shot does not replace the first. Without this script files go as they are.
import { eachOnce } from "./arrival.js";

const LONGEST = 1600;
const AT_MOST = 6;
const text = (key) => document.getElementById("photo-text")?.dataset[key] ?? "";

async function shrink(file) {
  if (!file.type.startsWith("image/")) return file; // the server says what is wrong with it
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    const context = canvas.getContext("2d");
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    const name = file.name.replace(/\.[^.]*$/, "") || "photo";
    return blob ? new File([blob], `${name}.jpg`, { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}

function start(group) {
  const inputs = [...group.querySelectorAll('input[type="file"]')];
  const name = inputs[0]?.name;
  if (!name) return;
  try {
    new DataTransfer();
  } catch {
    return;
  }
  group.dataset.ready = "1";
  const bag = document.createElement("input");
  bag.type = "file";
  bag.multiple = true;
  bag.name = name;
  bag.hidden = true;
  const list = document.createElement("ul");
  list.className = "thumbs";
  group.append(bag, list);
  let files = [];

  function show() {
    const carrier = new DataTransfer();
    for (const file of files) carrier.items.add(file);
    bag.files = carrier.files;
    list.replaceChildren(
      ...files.map((file) => {
        const item = document.createElement("li");
        const picture = document.createElement("img");
        picture.src = URL.createObjectURL(file);
        picture.alt = file.name;
        picture.onload = picture.onerror = () => URL.revokeObjectURL(picture.src);
        const drop = document.createElement("button");
        drop.type = "button";
        drop.className = "thumbs__drop";
        drop.setAttribute("aria-label", text("remove"));
        drop.textContent = "×";
        drop.addEventListener("click", () => {
          files = files.filter((other) => other !== file);
          show();
        });
        item.append(picture, drop);
        return item;
      }),
    );
  }

  for (const input of inputs) {
    input.removeAttribute("name");
    input.required = false;
    input.addEventListener("change", async () => {
      const chosen = [...input.files];
      input.value = "";
      group.setAttribute("aria-busy", "true");
      for (const file of chosen) {
        if (files.length < AT_MOST) files.push(await shrink(file));
      }
      group.removeAttribute("aria-busy");
      show();
      group.dispatchEvent(new CustomEvent("photos", { bubbles: true }));
    });
  }
  group.closest("form")?.addEventListener("reset", () => {
    files = [];
    show();
  });
}

eachOnce("[data-photos]", start);
