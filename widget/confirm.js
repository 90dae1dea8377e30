// The question before something is thrown away.

import { button, make } from "./messages.js";

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
  dialog.replaceChildren(
    make("h3", { id: "sheet-title" }, strings[what]),
    make("p", {}, later.confirm[what]),
    make("div", { class: "row" }, button(strings[what], "button danger", agree), button(later.cancel, "chip", () => dialog.close())),
  );
  dialog.showModal();
}
