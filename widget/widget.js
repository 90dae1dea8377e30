// The script that pages embed. It waits until the page is shown, loaded and idle, then loads the chat.
(() => {
  const HOST = "//exosome-chat.invalid"; // the server writes its own address here, for scripts that were joined or fetched
  const script = document.currentScript || document.querySelector('script[src*="/webhooks/web/widget.js"]');
  const known = /\/widget\.js(\?|$)/.test(script?.src) ? script.src : `${HOST}/webhooks/web/widget.js`;
  const base = new URL(".", new URL(known, location.href)).href;
  const MAX_WAIT = 3000; // milliseconds for the rest of the page, such as an image that never comes

  const load = () =>
    import(`${base}chat.js`)
      .then(({ start }) => start({ ...script?.dataset }))
      // The page's own content inside <exosome-chat>, such as the clinic's phone number, stays visible.
      .catch((error) => {
        console.warn("Could not load the chat:", error.message);
        return showPhone();
      });

  // Any page may read the clinic's phone number, even one that may not show the chat.
  async function showPhone() {
    const clinic = script?.dataset.clinic || "";
    const asked = `clinic=${clinic}&language=${document.documentElement.lang.slice(0, 2)}`;
    const answer = await fetch(`${base}contact?${asked}`, { credentials: "omit" });
    const { message, allowed, clinic_name: name, clinic_phone: phone, emergency } = await answer.json();
    // The message says that there is no such clinic.
    if (!allowed) console.error(message || `Add "${location.origin}" under "websites" in ${clinic ? `clinics/${clinic}` : "clinic"}.yml, and restart.`);
    if (!phone || document.querySelector("exosome-chat")) return;
    const element = document.createElement("exosome-chat");
    const link = document.createElement("a");
    link.href = `tel:${phone.replace(/[^\d+]/g, "")}`;
    link.textContent = phone;
    element.append(`${name} `, link, ` ${emergency}`);
    element.style = "position:fixed;bottom:1em;right:1em;z-index:2147483000;padding:1em;border:1px solid;background:#fff;color:#000";
    document.body.append(element);
  }

  const when = (event, target, met) => (met ? Promise.resolve() : new Promise((resolve) => target.addEventListener(event, resolve, { once: true })));
  const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const idle = () => new Promise((resolve) => window.requestIdleCallback?.(resolve, { timeout: 2000 }) || setTimeout(resolve, 200));

  (async () => {
    // A page that the browser renders in advance must not touch the visit of the page on screen.
    await when("prerenderingchange", document, !document.prerendering);
    await when("DOMContentLoaded", document, document.readyState !== "loading");
    await Promise.race([when("load", window, document.readyState === "complete"), sleep(MAX_WAIT)]);
    await idle();
    await load();
  })().catch(() => {}); // the server is down, and the page stays as it is
})();
