// What this device keeps is sealed with a key that the site gives to whoever is logged in, as a cookie.
// The cookie goes with the session: then nothing can be read any more, until the same person logs in again.
// Loaded by pages and by the service worker. Without a key or without WebCrypto (plain http) nothing is sealed: null.
self.sealing = (() => {
  const COOKIE = /(?:^|; )seal=([0-9a-f.]+)/;
  let known = { given: null, keys: [] };

  async function cookie() {
    if (self.document) return document.cookie.match(COOKIE)?.[1];
    return (await self.cookieStore?.get("seal"))?.value;
  }

  function imported(hex) {
    const raw = Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
    return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
  }

  // The first one seals, all of them open: the site may have changed its own.
  async function keys() {
    const given = self.crypto?.subtle && (await cookie());
    if (!given) return [];
    if (known.given !== given) known = { given, keys: await Promise.all(given.split(".").map(imported)) };
    return known.keys;
  }

  const isReady = async () => (await keys()).length > 0;

  async function sealBytes(bytes) {
    const [key] = await keys();
    if (!key) return null;
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const box = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, bytes));
    const sealed = new Uint8Array(iv.length + box.length);
    sealed.set(iv);
    sealed.set(box, iv.length);
    return sealed;
  }

  async function openBytes(sealed) {
    for (const key of await keys()) {
      try {
        return await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, 12) }, key, sealed.slice(12));
      } catch {
        // another key, somebody else's, or damaged
      }
    }
    return null;
  }

  async function seal(words) {
    const sealed = await sealBytes(new TextEncoder().encode(words));
    return sealed && btoa(Array.from(sealed, (byte) => String.fromCharCode(byte)).join(""));
  }

  async function open(sealed) {
    const bytes = await openBytes(Uint8Array.from(atob(sealed), (letter) => letter.charCodeAt(0)));
    return bytes && new TextDecoder().decode(bytes);
  }

  return { isReady, seal, open, sealBytes, openBytes };
})();
