// What waits on this phone, drawn by the phone: nobody else has it.
import { eachOnce } from "./arrival.js";
import { forget, isAsking, mine, onChange, put, sendAll, sendOne } from "./queue.js";

const time = (at) => new Date(at).toLocaleString(document.documentElement.lang, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit" });

async function draw() {
  const items = await mine();
  const list = document.getElementById("waiting-list");
  if (!list) return;
  const text = (key) => list.dataset[key] ?? "";
  const line = document.getElementById("waiting-line");
  const all = document.getElementById("waiting-send");
  document.getElementById("waiting-none").hidden = items.length > 0;
  all.hidden = all.closest(".action-bar").hidden = items.every(isAsking);
  list.replaceChildren(
    ...items.map((item) => {
      const row = line.content.cloneNode(true);
      row.querySelector("[data-what]").textContent = [text(item.what) || text("other"), item.name].filter(Boolean).join(" ");
      row.querySelector("[data-when]").textContent = time(item.at);
      const photos = item.fields.filter(([, value]) => typeof value !== "string").length;
      row.querySelector("[data-photos]").textContent = photos ? text("photos").replace("{number}", photos) : "";
      row.querySelector("[data-state]").dataset.state = item.state;
      row.querySelector("[data-why]").textContent = item.isGone ? text("gone") : item.why ?? "";
      const fix = row.querySelector("[data-fix]");
      fix.hidden = item.state !== "refused" || Boolean(item.isGone);
      fix.href = `${item.url}#fix=${item.key}`;
      const decide = row.querySelector("[data-decide]");
      decide.hidden = !isAsking(item);
      if (isAsking(item)) decide.href = item.answer;
      for (const door of row.querySelectorAll("[data-again], [data-drop]")) door.hidden = isAsking(item);
      row.querySelector("[data-state]").textContent = text(`state${item.state[0].toUpperCase()}${item.state.slice(1)}`).replace("{number}", item.undecided ?? 0);
      row.querySelector("[data-said]").textContent = item.fields
        .filter(([name, value]) => typeof value === "string" && value && /text|note|description|address/.test(name) && !name.startsWith("fact-"))
        .map(([, value]) => value)
        .join(" · ");
      row.querySelector("[data-again]").addEventListener("click", async () => {
        await put({ ...item, state: "waiting", next: 0 });
        const outcome = await sendOne(item.key);
        if (outcome.state === "login") location.assign(`${document.documentElement.dataset.login}?next=${location.pathname}`);
      });
      // confirm.js has asked by now
      row.querySelector("[data-drop]").addEventListener("submit", (event) => {
        event.preventDefault();
        forget(item.key);
      });
      return row;
    }),
  );
}

document.addEventListener("click", async (event) => {
  const all = event.target.closest("#waiting-send");
  if (!all) return;
  all.setAttribute("aria-busy", "true");
  const state = await sendAll({ now: true });
  all.removeAttribute("aria-busy");
  if (state === "login") location.assign(`${document.documentElement.dataset.login}?next=${location.pathname}`);
});
onChange(draw);
eachOnce("#waiting-list", draw);
