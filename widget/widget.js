// The one line of a page loads this; it waits until the page is there and the browser is idle, then fetches the chat beside it.
(() => {
  const chat = new URL("chat.js", document.currentScript.src).href;
  const load = () =>
    import(chat)
      .then(({ start }) => start())
      // What stands inside <exosome-chat> stays, which is the clinic's phone number.
      .catch((error) => console.warn("The chat could not be loaded:", error.message));
  const wait = () => (window.requestIdleCallback ? requestIdleCallback(load, { timeout: 2000 }) : setTimeout(load, 200));
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait);
})();
