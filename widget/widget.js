// A page loads this with its one line. It waits until the page is loaded and the browser is idle, then loads the chat.
(() => {
  const chat = new URL("chat.js", document.currentScript.src).href;
  const load = () =>
    import(chat)
      .then(({ start }) => start())
      // What the page has inside <exosome-chat> stays: the clinic's phone number.
      .catch((error) => console.warn("The chat could not be loaded:", error.message));
  const wait = () => (window.requestIdleCallback ? requestIdleCallback(load, { timeout: 2000 }) : setTimeout(load, 200));
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait);
})();
