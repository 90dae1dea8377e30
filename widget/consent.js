// The question whether the clinic's server may store the chat, for clinics that ask first.

import { button, make } from "./messages.js";

/**
 * Fills the message `notice` with the question.
 *
 * @param page `config`; `later` has the words
 * @param agree is called when the visitor agrees
 */
export function showLater({ later, config }, notice, agree) {
  const press = () => {
    agree();
    notice.replaceChildren(later.agreed);
  };
  const row = make("div", { class: "row" }, button(later.agree, "chip", press));
  notice.append(make("p", {}, later.consent(config.retention_hours)), row);
}
