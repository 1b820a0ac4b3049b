// The report form on a phone: search for a category, find the grid I stand in, one case however often I tap.
import { eachOnce } from "./arrival.js";

const text = (key) => document.getElementById("report-text")?.dataset[key] ?? "";
const user = document.documentElement.dataset.user ?? "";
const KEY = `report-uuid:${user}`;

// Until the server has answered, the report keeps its name: sent again, it is the same report.
function keepName(form) {
  const name = form.elements.client_uuid;
  const kept = localStorage.getItem(KEY);
  if (kept && !form.querySelector(".error-summary")) name.value = kept;
  form.addEventListener("submit", () => localStorage.setItem(KEY, name.value));
  form.addEventListener("reset", () => {
    localStorage.removeItem(KEY);
    if (crypto.randomUUID) setTimeout(() => (name.value = crypto.randomUUID()));
  });
}

function searchCategories(box) {
  const form = box.closest("form");
  const picks = form.querySelector("[data-picks]");
  const select = box.querySelector("select");
  if (!select || !picks) return;
  const options = [...select.options].filter((option) => option.value);
  const search = document.createElement("input");
  search.type = "search";
  search.className = "input";
  search.autocomplete = "off";
  search.dataset.noDraft = "1";
  search.placeholder = text("search");
  search.setAttribute("aria-label", text("search"));
  const found = document.createElement("div");
  found.className = "picks";
  found.setAttribute("aria-live", "polite");
  box.prepend(search, found);

  const pick = (value, label) => {
    let radio = [...picks.querySelectorAll("input")].find((input) => input.value === value);
    if (!radio) {
      const choice = document.createElement("label");
      choice.className = "choice";
      radio = Object.assign(document.createElement("input"), { type: "radio", name: "quick", value });
      const words = document.createElement("span");
      words.textContent = label;
      choice.append(radio, words);
      picks.prepend(choice);
    }
    radio.checked = true;
    radio.focus({ preventScroll: true });
    picks.scrollIntoView({ block: "nearest" });
  };

  const choose = (option) => {
    pick(option.value, option.textContent);
    search.value = "";
    found.replaceChildren();
    form.dispatchEvent(new Event("input"));
    form.dispatchEvent(new Event("alike"));
  };

  search.addEventListener("input", () => {
    const words = search.value.trim().toLowerCase();
    const hits = words ? options.filter((option) => option.textContent.toLowerCase().includes(words)).slice(0, 8) : [];
    found.replaceChildren(
      ...hits.map((option) => {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "btn";
        button.textContent = option.textContent;
        button.addEventListener("click", () => choose(option));
        return button;
      }),
    );
    if (words && !hits.length) found.textContent = text("none");
  });
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    found.querySelector("button")?.click();
  });
  // The long list stays for those who want to leaf through it; a choice there is a pick too.
  const take = () => {
    const option = select.selectedOptions[0];
    if (!option?.value) return;
    pick(option.value, option.textContent);
    select.value = "";
  };
  select.addEventListener("change", take);
  take();

  // A draft may hold a category that was searched for: it is no quick pick of this page yet.
  form.addEventListener("draft", ({ detail }) => {
    const option = options.find((one) => one.value === detail.quick?.[0]);
    if (option && !picks.querySelector(":checked")) pick(option.value, option.textContent);
  });
}

// A grid that is not one of mine is not offered; a problem there is reported all the same.
function stand(form, key, name) {
  const select = form.querySelector('select[name="grid"]');
  if (select) {
    if (![...select.options].some((option) => option.value === key)) select.add(new Option(name, key));
    select.value = key;
    return;
  }
  const radios = [...form.querySelectorAll('input[name="grid"]')];
  let radio = radios.find((input) => input.value === key);
  if (!radio) {
    const choice = radios[0].closest("div").cloneNode(true);
    radio = choice.querySelector("input");
    radio.value = key;
    radio.id = "";
    choice.querySelector("label").replaceChildren(radio, ` ${name}`);
    choice.querySelector("label").removeAttribute("for");
    radios[0].closest("div").parentNode.append(choice);
  }
  radio.checked = true;
}

function findPlace(button) {
  const form = button.closest("form");
  const here = form.querySelector("[data-here]");
  const { lon, lat } = form.elements;
  if (!navigator.geolocation) return;
  button.hidden = false;
  const say = (words) => {
    here.hidden = !words;
    here.textContent = words;
  };

  async function take(position) {
    lon.value = position.coords.longitude.toFixed(6);
    lat.value = position.coords.latitude.toFixed(6);
    const answer = await fetch(`${form.dataset.placeUrl}?lon=${lon.value}&lat=${lat.value}`);
    if (!answer.ok) return say("");
    const place = await answer.json();
    if (place.grid) stand(form, String(place.grid), place.name);
    form.dispatchEvent(new Event("alike"));
    say(text(!place.grid ? "nowhere" : place.is_mine ? "found" : "elsewhere").replace("{name}", place.name));
  }

  function ask() {
    say(text("searching"));
    button.setAttribute("aria-busy", "true");
    const done = () => button.removeAttribute("aria-busy");
    navigator.geolocation.getCurrentPosition(
      (position) => take(position).catch(() => say("")).finally(done),
      () => {
        say(text("denied"));
        done();
      },
      { enableHighAccuracy: true, timeout: 10000, maximumAge: 60000 },
    );
  }

  button.addEventListener("click", ask);
  // Allowed before: find it without being asked.
  if (!form.elements.grid.value && !lon.value) {
    navigator.permissions
      ?.query({ name: "geolocation" })
      .then((state) => state.state === "granted" && ask())
      .catch(() => {});
  }
}

// A browser that forbids storage still reports.
const quietly = (work) => (part) => {
  try {
    work(part);
  } catch {
    // The report has the name that the server gave it.
  }
};

eachOnce('[data-draft-done="case-report"]', quietly(() => localStorage.removeItem(KEY)));
eachOnce("form[data-report]", (form) => {
  form.elements.seen.value = "1"; // what was reported nearby is shown while one writes: no need to ask
});
eachOnce("form[data-report]", quietly(keepName));
eachOnce("form[data-report] [data-search-select]", searchCategories);
eachOnce("form[data-report] [data-locate]", findPlace);
