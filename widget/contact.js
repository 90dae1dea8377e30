// How to reach the clinic. Where this can't be loaded, the chat shows the phone number by itself.

import { button, clinicLinks, link, make } from "./messages.js";

/**
 * Shows it in a dialog.
 *
 * @param page `strings` and `config`; `later` has the words
 * @param dialog a <dialog> to fill, named by the element `sheet-title`
 */
export function showLater(page, dialog) {
  const { strings, config, later } = page;
  const ways = clinicLinks(page, strings.call(config.clinic_phone));
  const note = ways.length ? config.hours && `${later.hours}: ${config.hours}` : later.noContact;
  if (!ways.length && config.finder_url) ways.push(link(later.find, config.finder_url, strings, { class: "button" }));
  dialog.replaceChildren(
    make("h3", { id: "sheet-title" }, config.clinic_name || strings.contact),
    make("p", {}, note),
    make("div", { class: "row" }, ...ways, button(later.back, "chip", () => dialog.close())),
  );
  dialog.showModal();
}
