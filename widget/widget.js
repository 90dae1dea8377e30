// The one line of a page loads this; it waits until the browser is idle and then fetches the chat beside it.
(() => {
  const chat = new URL("chat.js", document.currentScript.src).href;
  const load = () =>
    import(chat)
      .then(({ start }) => start())
      // What stands inside <exosome-chat> stays, which is the clinic's phone number.
      .catch((error) => console.warn("The chat could not be loaded:", error.message));
  if (window.requestIdleCallback) requestIdleCallback(load, { timeout: 2000 });
  else setTimeout(load, 200);
})();
