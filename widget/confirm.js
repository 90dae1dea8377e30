// The question before something is thrown away.

import { button, make } from "./messages.js";

const PAUSE = 700; // milliseconds, longer than a double tap

/**
 * Asks in a dialog.
 *
 * @param page `strings` and `later`, with the words
 * @param dialog a <dialog> to fill, named by the element `sheet-title`
 * @param what "startOver" or "remove"
 * @param act is called when the visitor agrees
 */
export function showLater({ strings, later }, dialog, what, act) {
  const agree = () => {
    dialog.close();
    act();
  };
  if (dialog.open) return; // pressed twice before this was loaded
  // The second tap of a double tap must not agree, nor must a second Enter: at first only the way back can be pressed.
  const agreeing = button(strings[what], "button danger", agree, { disabled: true });
  setTimeout(() => (agreeing.disabled = false), PAUSE);
  dialog.replaceChildren(
    make("h3", { id: "sheet-title" }, strings[what]),
    make("p", {}, later.confirm[what]),
    make("div", { class: "row" }, agreeing, button(later.cancel, "chip", () => dialog.close(), { autofocus: true })),
  );
  dialog.showModal();
}
