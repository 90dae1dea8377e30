// The script that pages embed. It waits until the page is loaded and the browser is idle, then loads the chat.
(() => {
  const chat = new URL("chat.js", document.currentScript.src).href;
  const load = () =>
    import(chat)
      .then(({ start }) => start())
      // The page's own content inside <exosome-chat>, such as the clinic's phone number, stays visible.
      .catch((error) => console.warn("Could not load the chat:", error.message));
  const wait = () => (window.requestIdleCallback ? requestIdleCallback(load, { timeout: 2000 }) : setTimeout(load, 200));
  if (document.readyState === "complete") wait();
  else addEventListener("load", wait);
})();
