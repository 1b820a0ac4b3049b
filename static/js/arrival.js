// A part of a page may come with the page, later, or again: htmx swaps it in, and its event htmx:load says so.
// Scripts listen on the document, or take hold of their parts here; none keeps a part that it found when it was loaded.
const within = (part, selector) => [...(part.matches?.(selector) ? [part] : []), ...part.querySelectorAll(selector)];

// look([parts]), now and whenever such parts arrive; to be safe when it is called again.
export function onArrival(selector, look) {
  const take = (part) => {
    const found = within(part, selector);
    if (found.length) look(found);
  };
  take(document);
  document.addEventListener("htmx:load", (event) => take(event.detail.elt));
}

// start(part), once for each of them.
export function eachOnce(selector, start) {
  const started = new WeakSet();
  onArrival(selector, (found) => {
    for (const part of found) {
      if (started.has(part)) continue;
      started.add(part);
      start(part);
    }
  });
}
