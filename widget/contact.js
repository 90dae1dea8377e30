// How to reach the clinic. Where this can't be loaded, the chat shows the phone number by itself.

import { button, link, make, phone } from "./messages.js";
import { asked } from "./transport.js";

/** Creates the links to the clinic's booking page and phone number, as far as it has them. */
export const clinicLinks = ({ strings, config }, title = strings.callClinic) =>
  [
    config.booking_link && link(strings.book, config.booking_link, strings, { class: "button" }),
    phone(title, config.clinic_phone, { class: "button" }),
  ].filter(Boolean);

/**
 * Shows it in a dialog.
 *
 * @param page `strings` and `config`; `later` has the words
 * @param dialog a <dialog> to fill, named by the element `sheet-title`
 */
export function showLater(page, dialog) {
  const { strings, config, later, settings } = page;
  const ways = clinicLinks(page, strings.call(config.clinic_phone));
  const note = ways.length ? config.hours && `${later.hours}: ${config.hours}` : later.noContact;
  if (!ways.length && config.finder_url) ways.push(link(later.find, config.finder_url, strings, { class: "button" }));
  const open = make("p", { role: "status", lang: config.language });
  openNow(config, settings).then((sentence) => open.append(sentence), () => {}); // the hours are there anyway
  dialog.replaceChildren(
    make("h3", { id: "sheet-title" }, config.clinic_name || strings.contact),
    open,
    make("p", {}, note),
    make("div", { class: "row" }, ...ways, button(later.back, "chip", () => dialog.close())),
  );
  dialog.showModal();
}

// The server knows the clinic's time zone. The page may have been open since yesterday, so it is asked each time.
async function openNow({ language }, { clinic }) {
  const address = new URL(asked("hours", language, clinic), import.meta.url);
  const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
  return (await answer.json()).open_now || "";
}
