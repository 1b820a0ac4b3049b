/* The grid map: cells of the place, coloured by their worst light; a click shows who answers. */
(() => {
  const box = document.getElementById("map");
  if (!box || !window.L) return;
  const words = box.dataset;
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const fill = {
    red: token("--red"),
    yellow: token("--yellow"),
    green: token("--on-green"),
    "": token("--grey-300"),
  };
  const shape = { red: "■", yellow: "▲", green: "●" };
  const map = L.map(box, { zoomControl: true, attributionControl: false, zoomSnap: 0.25 });
  if (words.tiles) L.tileLayer(words.tiles).addTo(map);

  const marks = L.layerGroup().addTo(map);
  /* The light's shape in the middle of the cell: the map can be read without colour. */
  const mark = (cell, light) => {
    const icon = L.divIcon({ className: `map__mark map__mark--${light}`, html: shape[light], iconSize: [20, 20] });
    L.marker(cell.getBounds().getCenter(), { icon, interactive: false, keyboard: false }).addTo(marks);
  };

  const card = (cell) => {
    const body = document.createElement("div");
    const line = (text, tag = "p") => {
      const element = document.createElement(tag);
      element.textContent = text;
      body.append(element);
      return element;
    };
    line(cell.name, "strong");
    line(cell.code).className = "mono small muted";
    if (cell.people.length) for (const person of cell.people) line(`${person.role} ${person.name}`);
    else line(words.wordNobody).className = "muted";
    const open = ["red", "yellow", "green"].filter((light) => cell[light]);
    const word = { red: words.wordRed, yellow: words.wordYellow, green: words.wordGreen };
    if (!open.length) line(words.wordNone).className = "muted";
    for (const light of open) {
      line(`${shape[light]} ${word[light]} ${cell[light]}`).className = `light light--${light}`;
    }
    if (cell.opens) {
      const link = line("", "p").appendChild(document.createElement("a"));
      link.href = `${words.page}?grid=${cell.id}`;
      link.textContent = words.wordOpen;
    }
    return body;
  };

  fetch(words.layer, { credentials: "same-origin" })
    .then((answer) => answer.json())
    .then((collection) => {
      const layer = L.geoJSON(collection, {
        style: ({ properties }) => ({
          color: token("--grey-800"),
          weight: 1,
          fillColor: fill[properties.light],
          fillOpacity: { red: 0.55, yellow: 0.55, green: 0.3 }[properties.light] || 0.25,
        }),
        onEachFeature: ({ properties }, cell) => {
          const light = shape[properties.light] || "";
          cell.bindTooltip(`${light} ${properties.name}`.trim(), { sticky: true });
          cell.bindPopup(() => card(properties), { minWidth: 200 });
          if (["red", "yellow"].includes(properties.light)) mark(cell, properties.light);
          cell.on("mouseover", () => cell.setStyle({ weight: 3 }));
          cell.on("mouseout", () => cell.setStyle({ weight: 1 }));
        },
      }).addTo(map);
      if (collection.features.length) map.fitBounds(layer.getBounds(), { padding: [12, 12] });
      else map.setView([34.86, 117.56], 12);
      box.dataset.ready = collection.features.length;
    });
})();
