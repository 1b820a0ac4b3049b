/* The grid map: cells of the place, by the worst light of their cases, or by the share of the
   households that were not visited; a click shows who answers, or opens the households. */
import { eachOnce } from "./arrival.js";

const { L } = window;
let shown = null;

function draw(box) {
  const words = box.dataset;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const map = L.map(box, { zoomControl: true, attributionControl: false, zoomSnap: 0.25 });
  if (words.tiles) L.tileLayer(words.tiles).addTo(map);

  const writer = (body) => (text, tag = "p") => {
    const element = document.createElement(tag);
    element.textContent = text;
    body.append(element);
    return element;
  };
  const linker = (line) => (href, text) => {
    const link = line("").appendChild(document.createElement("a"));
    link.href = href;
    link.textContent = text;
  };

  const shape = { red: "■", yellow: "▲", green: "●" };
  const lights = {
    style: ({ light }) => ({
      fillColor: { red: token("--red"), yellow: token("--yellow"), green: token("--on-green") }[light] || token("--grey-300"),
      fillOpacity: { red: 0.55, yellow: 0.55, green: 0.3 }[light] || 0.25,
    }),
    /* The light's shape in the middle of the cell: the map can be read without colour. */
    mark: ({ light }) => ["red", "yellow"].includes(light) && { className: `map__mark map__mark--${light}`, html: shape[light] },
    hint: (cell) => `${shape[cell.light] || ""} ${cell.name}`.trim(),
    tell: (cell, line) => {
      const open = ["red", "yellow", "green"].filter((light) => cell[light]);
      const word = { red: words.wordRed, yellow: words.wordYellow, green: words.wordGreen };
      if (!open.length) line(words.wordNone).className = "muted";
      for (const light of open) {
        line(`${shape[light]} ${word[light]} ${cell[light]}`).className = `light light--${light}`;
      }
    },
  };

  const level = (cell) => document.querySelector(`[data-level="${cell.level}"]`)?.textContent.trim() || "";
  const absences = {
    style: ({ level }) => ({ fillColor: level ? token("--accent") : token("--grey-300"), fillOpacity: [0.2, 0.2, 0.5, 0.8][level] ?? 0.1 }),
    mark: ({ level }) => level !== "" && { className: `map__pie map__pie--${level}` },
    hint: (cell) => [cell.name, level(cell), cell.households && `${words.wordLate} ${cell.households} / ${cell.all}`].filter(Boolean).join(" · "),
    opens: (cell) => !cell.opens && cell.households && `${words.list}?grid=${cell.id}`,
    tell: (cell, line, link) => {
      line(level(cell));
      line(`${words.wordAll} ${cell.all}`);
      if (!cell.households) return;
      line(`${words.wordLate} ${cell.households} (${cell.percent}%) · ${words.wordNever} ${cell.never} · ${words.wordAttempts} ${cell.attempts}`);
      link(`${words.list}?grid=${cell.id}`, words.wordHouseholds);
    },
  };
  const show = words.show === "unseen" ? absences : lights;

  const card = (cell) => {
    const body = document.createElement("div");
    const line = writer(body), link = linker(line);
    line(cell.name, "strong");
    line(cell.code).className = "mono small muted";
    if (cell.people.length) for (const person of cell.people) line(`${person.role} ${person.name}`);
    else line(words.wordNobody).className = "muted";
    show.tell(cell, line, link);
    if (cell.opens) link(`${words.page}?grid=${cell.id}&show=${words.show}`, words.wordOpen);
    return body;
  };

  const marks = L.layerGroup().addTo(map);
  const mark = (cell, options) => {
    const icon = L.divIcon({ iconSize: [20, 20], ...options });
    L.marker(cell.getBounds().getCenter(), { icon, interactive: false, keyboard: false }).addTo(marks);
  };

  fetch(words.layer, { credentials: "same-origin" })
    .then((answer) => answer.json())
    .then((collection) => {
      if (!box.isConnected) return;
      const layer = L.geoJSON(collection, {
        style: ({ properties }) => ({ color: token("--grey-800"), weight: 1, ...show.style(properties) }),
        onEachFeature: ({ properties }, cell) => {
          cell.bindTooltip(show.hint(properties), { sticky: true });
          const address = show.opens?.(properties);
          if (address) cell.on("click", () => location.assign(address));
          else cell.bindPopup(() => card(properties), { minWidth: 200 });
          const sign = show.mark(properties);
          if (sign) mark(cell, sign);
          cell.on("mouseover", () => cell.setStyle({ weight: 3 }));
          cell.on("mouseout", () => cell.setStyle({ weight: 1 }));
        },
      }).addTo(map);
      if (collection.features.length) map.fitBounds(layer.getBounds(), { padding: [12, 12] });
      else map.setView([34.86, 117.56], 12);
      box.dataset.ready = collection.features.length;
    });
  return map;
}

if (L) {
  eachOnce("#map", (box) => {
    shown?.remove();
    shown = draw(box);
  });
}
