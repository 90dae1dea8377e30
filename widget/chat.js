// The chat on the page: <exosome-chat>, a button that opens a panel with the conversation.

import { assistantMessage, button, icon, isDanger, link, make, mark, paragraphs, phone, quickReplies, visitorMessage, wordsOf } from "./messages.js";
import { resultCard } from "./result.js";
import { newKey, Transport } from "./transport.js";

const NAME = "exosome-chat";
const MAX_LENGTH = 5000; // characters of a message, as the server counts them
const DOUBLE_CLICK = 300; // milliseconds
const NEAR_END = 60; // pixels
const ICONS = {
  chat: "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-6l-5 4v-4H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 20V5M5 12l7-7 7 7",
  phone: "M4 4h5l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v5A16 16 0 0 1 4 4Z",
};
const base = new URL(".", import.meta.url).href;
const small = matchMedia("(max-width: 30rem), (max-height: 30rem)");
const touch = matchMedia("(pointer: coarse)");

let page; // settings that every message needs; see messages.js

/** Adds the chat to the page once everything is loaded. Until then, and if loading fails, the page does not change. */
export async function start() {
  if (customElements.get(NAME)) return;
  const [config, css] = await Promise.all([get("config"), get("styles.css")]);
  const lang = language(document.querySelector(NAME), config.languages);
  const { default: strings } = await import(`./strings/${lang}.js`);
  const styleSheet = await new CSSStyleSheet().replace(css);
  page = { config, strings, styleSheet, lang, card: resultCard };
  customElements.define(NAME, ExosomeChat);
  if (!document.querySelector(NAME)) document.body.append(make(NAME));
}

async function get(name) {
  const answer = await fetch(base + name, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return name === "config" ? answer.json() : answer.text();
}

// The nearest `lang` decides. If the interface does not have that language, it is in English.
function language(element, known) {
  const wanted = (element?.closest("[lang]") || document.documentElement).lang.toLowerCase().split("-")[0];
  return known.includes(wanted) ? wanted : "en";
}

class ExosomeChat extends HTMLElement {
  #transport = new Transport(base, () => this.#removed());
  #page = { ...page, say: (shown, payload) => this.#press(shown, payload), rate: (...given) => this.#transport.feedback(...given) };
  #titles = new Map(); // of all buttons so far, by the quoted words in their payloads
  #launcher;
  #panel;
  #log;
  #newest; // button: scrolls to the end
  #unread = 0; // replies that came while the panel was closed
  #heard; // status for screen readers: what is too long to be read out whole
  #typing; // status: the assistant is typing
  #offline; // status: there is no network
  #input;
  #hint; // status: the text is too long
  #prompt; // a small dialog over the panel
  #restored; // a promise that resolves once the conversation so far is shown
  #conversation = 0; // counts conversations; we do not show replies to an earlier one
  #waiting = 0; // messages without an answer yet
  #failed = new Map(); // the failure notices, each with a function that tries again
  #byKeyboard = false; // whether the last button was pressed with the keyboard
  #pressed = -DOUBLE_CLICK; // when it was pressed, in milliseconds since the page loaded
  #opener; // gets the focus back when the panel closes

  connectedCallback() {
    if (this.shadowRoot) return;
    this.#build();
    // A link to #exosome-chat on the page opens the chat.
    document.addEventListener("click", (event) => {
      const opener = event.target.closest?.(`a[href="#${NAME}"]`);
      if (!opener) return;
      event.preventDefault();
      this.open(opener);
    });
    small.addEventListener("change", () => {
      if (!this.#panel.open) return;
      const focused = this.shadowRoot.activeElement || document.activeElement;
      this.#place();
      focused.focus({ preventScroll: true });
    });
    // Once somebody reads the page, the button needs less of it.
    addEventListener("scroll", () => this.#launcher.classList.add("slim"), { once: true, passive: true });
    addEventListener("offline", () => this.#showOffline());
    addEventListener("online", () => {
      this.#showOffline();
      for (const retry of [...this.#failed.values()]) retry();
    });
  }

  /** Opens the panel; `opener` gets the focus back when it closes. */
  open(opener = this.#launcher) {
    this.#opener = opener;
    if (!this.#panel.open) this.#place();
    this.#launcher.hidden = true;
    this.#unread = 0;
    this.#restored ??= this.#restore();
    this.#focusOnMessage();
  }

  /** Closes the panel. The conversation and the draft stay. */
  close() {
    this.#panel.close();
    this.#nameLauncher();
    this.#launcher.hidden = false;
    (this.#opener.isConnected ? this.#opener : this.#launcher).focus();
  }

  // The panel

  #build() {
    const { strings, config, styleSheet, lang } = this.#page;
    const number = config.emergency_number;
    const status = (id) => make("p", { id, role: "status" });
    this.#prompt = make("dialog", { id: "sheet", "aria-labelledby": "sheet-title" });
    this.#launcher = button(icon(ICONS.chat), "", () => this.open(), { id: "launcher", part: "launcher", "aria-haspopup": "dialog" });
    this.#launcher.append(make("span"), make("b"));
    this.#launcher.classList.toggle("slim", small.matches);
    this.#nameLauncher();
    const header = make(
      "header",
      { part: "header" },
      mark(config.clinic_name || strings.title),
      make("div", {}, make("h2", { id: "title", dir: "auto" }, config.clinic_name || strings.title), make("p", {}, strings.subtitle)),
      button(icon(ICONS.phone), "", () => this.#contact(), { id: "contact", "aria-label": strings.contact }),
      button(icon(ICONS.close), "", () => this.close(), { id: "close", "aria-label": strings.close }),
    );
    this.#input = make("textarea", {
      id: "input",
      part: "input",
      rows: 1,
      dir: "auto",
      "aria-label": strings.message,
      "aria-describedby": "hint",
      placeholder: strings.placeholder,
      input: () => this.#fits(),
    });
    const form = make(
      "form",
      { submit: (event) => this.#submit(event) },
      this.#input,
      make("button", { id: "send", "aria-label": strings.send }, icon(ICONS.send)),
      (this.#hint = status("hint")),
    );
    const footer = make(
      "footer",
      {},
      button(strings.remove, "small", () => this.#delete()), // far from where the launcher was
      button(strings.startOver, "small", () => this.#startOver()),
      config.privacy_notice && link(strings.privacy, config.privacy_notice, strings, { class: "small" }),
    );
    this.#log = make("div", { id: "log", role: "log", tabindex: 0, "aria-label": strings.conversation, "aria-live": "polite", scroll: () => this.#showNewest() });
    this.#newest = button(icon(ICONS.send), "", () => this.#log.lastElementChild.scrollIntoView({ block: "end" }), { id: "newest", "aria-label": strings.newest });
    new MutationObserver(() => this.#showNewest()).observe(this.#log, { childList: true });
    this.#panel = make(
      "dialog",
      {
        id: "panel",
        part: "panel",
        "aria-labelledby": "title",
        keydown: (event) => this.#keydown(event),
        cancel: () => this.close(), // a phone's back gesture
      },
      header,
      make("p", { id: "emergency" }, `${strings.emergency} `, phone(number, number) || number),
      this.#log,
      this.#newest,
      (this.#heard = make("p", { id: "heard", class: "hidden", role: "status" })),
      (this.#typing = status("typing")),
      (this.#offline = status("offline")),
      form,
      footer,
    );
    const frame = make("section", { id: "frame", lang, dir: strings.dir, "aria-label": strings.title }, this.#launcher, this.#panel, this.#prompt);
    if (config.color) frame.style.setProperty("--clinic-color", config.color);
    // Dark mode only if the page supports it too.
    const schemes = [getComputedStyle(this).colorScheme, document.querySelector("meta[name=color-scheme]")?.content];
    frame.classList.toggle("may-be-dark", schemes.some((scheme) => scheme?.includes("dark")));
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [styleSheet];
    root.append(frame);
    this.#showOffline();
  }

  #nameLauncher() {
    const { strings } = this.#page;
    const [, name, unread] = this.#launcher.children;
    name.textContent = strings[this.#transport.known ? "launcherAgain" : "launcher"];
    unread.textContent = this.#unread ? strings.unread(this.#unread) : "";
  }

  // The button that leads to the newest message is there while that is out of sight.
  #showNewest() {
    const { scrollTop, scrollHeight, clientHeight } = this.#log;
    this.#newest.hidden = scrollHeight - clientHeight - scrollTop < NEAR_END;
  }

  // On a small screen the panel covers the page and keeps the focus. Elsewhere you can still use the page next to it.
  #place() {
    this.#panel.close();
    if (small.matches) this.#panel.showModal();
    else this.#panel.show();
  }

  #keydown(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === this.#input && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.#input.form.requestSubmit();
    }
  }

  // On a touch screen, focusing the input would open a keyboard that covers the messages.
  #focusOnMessage() {
    (touch.matches ? this.#log : this.#input).focus({ preventScroll: true });
  }

  // Shows a small dialog over the panel. Resolves to whether the visitor agreed.
  #ask(title, content, agree) {
    const { strings } = this.#page;
    const prompt = this.#prompt;
    return new Promise((resolve) => {
      const end = (agreed) => {
        resolve(agreed);
        prompt.close();
      };
      const row = make("div", { class: "row" });
      if (agree) row.append(button(agree, "button danger", () => end(true)));
      row.append(button(agree ? strings.cancel : strings.back, "chip", () => end(false)));
      prompt.replaceChildren(make("h3", { id: "sheet-title" }, title), ...content, row);
      prompt.onclose = () => resolve(false);
      prompt.showModal();
    });
  }

  #contact() {
    const { strings, config } = this.#page;
    const look = { class: "button" };
    const known = config.clinic_phone || config.booking_link;
    const note = known ? config.hours && `${strings.hours}: ${config.hours}` : strings.noContact;
    const ways = make(
      "div",
      { class: "row" },
      phone(strings.call(config.clinic_phone), config.clinic_phone, look),
      config.booking_link && link(strings.book, config.booking_link, strings, look),
      !known && config.finder_url && link(strings.find, config.finder_url, strings, look),
    );
    this.#ask(config.clinic_name || strings.contact, [note && make("p", {}, note), ways].filter(Boolean));
  }

  async #startOver() {
    const { strings } = this.#page;
    if (!(await this.#ask(strings.startOver, [make("p", {}, strings.startOverAsk)], strings.startOver))) return;
    this.#transport.startOver();
    this.#clear();
    this.#focusOnMessage();
  }

  async #delete() {
    const { strings } = this.#page;
    if (await this.#ask(strings.remove, [make("p", {}, strings.removeAsk)], strings.remove)) await this.#forget();
  }

  async #forget() {
    try {
      await this.#transport.forget();
      this.#removed();
    } catch (failure) {
      this.#fail(failure, this.#page.strings.notRemoved, () => this.#forget());
    }
  }

  #removed() {
    this.#clear();
    this.#log.append(make("div", { class: "message notice" }, this.#page.strings.removed));
  }

  #clear() {
    this.#conversation += 1;
    this.#failed.clear();
    this.#log.replaceChildren();
    this.#log.setAttribute("aria-live", "polite");
    this.#greet();
    this.#nameLauncher();
    this.#restored = Promise.resolve();
  }

  #showOffline() {
    this.#offline.textContent = navigator.onLine ? "" : this.#page.strings.offline;
  }

  // The conversation

  #greet() {
    const { strings, config } = this.#page;
    const starters = strings.starters.map((title) => ({ title }));
    this.#log.append(this.#draw({ text: config.greeting, metadata: { kind: "greeting" } }), quickReplies(starters, this.#page));
    if (config.consent_to_store && !this.#transport.agreed) this.#log.append(this.#askForConsent());
  }

  #askForConsent() {
    const { strings, config } = this.#page;
    const agree = () => {
      this.#transport.agree();
      this.#retire(); // the new session has not offered these buttons
      notice.replaceChildren(strings.agreed);
      this.#focusOnMessage();
    };
    const notice = make(
      "div",
      { class: "message notice consent" },
      make("p", {}, strings.consent(config.retention_hours)),
      make("div", { class: "row" }, button(strings.agree, "chip", agree)),
    );
    return notice;
  }

  // Shows the conversation so far, from an earlier page or another tab.
  async #restore() {
    const conversation = this.#conversation;
    this.#log.setAttribute("aria-live", "off"); // do not announce it again
    this.#greet();
    const earlier = make("div", { class: "earlier" }); // stays above anything said in the meantime
    this.#log.append(earlier);
    await this.#showEarlier(earlier, conversation);
    if (this.#transport.agreed) this.#log.querySelector(".consent")?.remove(); // in another tab
    this.#log.setAttribute("aria-live", "polite");
  }

  async #showEarlier(earlier, conversation) {
    try {
      const lines = await this.#transport.history();
      if (conversation !== this.#conversation || !lines.length) return;
      const last = this.#waiting ? lines.length : lines.findLastIndex(({ from }) => from === "visitor");
      this.#retire();
      lines.forEach((line, place) => {
        earlier.append(line.from === "visitor" ? visitorMessage(this.#asShown(line.text), this.#page) : this.#draw(line, place > last));
      });
      earlier.lastChild.scrollIntoView({ block: "end" });
    } catch (failure) {
      if (conversation === this.#conversation) this.#fail(failure, this.#page.strings.historyMissing, () => this.#showEarlier(earlier, conversation), earlier);
    }
  }

  // The titles of the buttons for a stored payload.
  #asShown(text) {
    if (!text.startsWith("/")) return text;
    const [first, ...values] = wordsOf(text);
    return values.length ? values.map((value) => this.#titles.get(first + value)).join("; ") : this.#titles.get(first);
  }

  #draw(message, live = true, time) {
    const { buttons = [], metadata = {} } = message;
    for (const { payload, title } of buttons) if (payload) this.#titles.set(wordsOf(payload).join(""), title);
    // A result is only valid until an answer changes.
    if (metadata.kind === "assessment" || metadata.step || isDanger(message)) {
      for (const card of this.#log.querySelectorAll(".card")) card.replaceWith(...paragraphs(this.#page.strings.resultReplaced));
    }
    return assistantMessage(message, this.#page, live, time);
  }

  // Removes the buttons that are useless once the visitor says something else.
  #retire() {
    for (const row of this.#log.querySelectorAll(".once")) {
      if (row.contains(this.shadowRoot.activeElement)) this.#focusOnMessage();
      row.remove();
    }
  }

  #fits() {
    const { strings } = this.#page;
    if (!CSS.supports("field-sizing", "content")) {
      this.#input.style.height = 0; // so that it can shrink
      this.#input.style.height = `${this.#input.scrollHeight + 2}px`;
    }
    const count = [...this.#input.value].length;
    this.#hint.textContent = count > MAX_LENGTH ? strings.tooLong(count, MAX_LENGTH) : "";
    return count <= MAX_LENGTH;
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#input.value;
    if (!text.trim() || !this.#fits()) return;
    this.#input.value = "";
    this.#byKeyboard = false; // the focus stays where the next message is typed
    this.#say(text, text);
  }

  #press(shown, payload = shown) {
    // The second half of a double click, or a held key, must not press a button that has just appeared.
    const since = performance.now() - this.#pressed;
    this.#pressed += since;
    if (since < DOUBLE_CLICK) return;
    this.#byKeyboard = this.shadowRoot.activeElement?.matches(":focus-visible");
    this.#focusOnMessage(); // the pressed button may be about to disappear
    this.#say(shown, payload);
  }

  #say(shown, payload) {
    this.#retire();
    this.#log.setAttribute("aria-live", "polite");
    const bubble = visitorMessage(shown, this.#page, new Date());
    this.#log.append(bubble);
    this.#deliver({ shown, payload, bubble, key: newKey() });
    bubble.scrollIntoView();
  }

  async #deliver(turn) {
    const conversation = this.#conversation;
    this.#wait(1);
    try {
      await this.#restored;
      if (conversation !== this.#conversation) return;
      const replies = await this.#transport.send(turn);
      if (conversation === this.#conversation) this.#receive(replies, turn);
    } catch (failure) {
      if (conversation === this.#conversation) this.#fail(failure, "", () => this.#deliver(turn));
    } finally {
      this.#wait(-1);
    }
  }

  #wait(change) {
    this.#waiting += change;
    this.#typing.textContent = this.#waiting ? this.#page.strings.typing : "";
  }

  #receive(replies, { bubble }) {
    this.#retire();
    const now = new Date();
    const drawn = replies.map((message) => this.#draw(message, true, now));
    const result = replies.find(({ metadata = {} }) => metadata.kind === "assessment");
    this.#heard.textContent = result && !isDanger(result) ? `${this.#page.strings.result}: ${result.metadata.headline}` : "";
    if (!this.#panel.open) {
      this.#unread += drawn.length;
      this.#nameLauncher();
    }
    const answers = drawn.length === 1 && drawn[0].querySelector(".choices:not(.typed) :is(button, input)");
    const stayed = [this.#log, this.#input].includes(this.shadowRoot.activeElement) && !this.#input.value;
    // If the visitor uses the keyboard in the check, focus the next answers. A screen reader reads the question as their label.
    const lead = answers && this.#byKeyboard && stayed;
    this.#log.setAttribute("aria-live", lead || this.#heard.textContent ? "off" : replies.some(isDanger) ? "assertive" : "polite");
    this.#log.append(...drawn);
    if (lead) answers.focus({ preventScroll: true });
    // Scroll to the start of the reply, below the visitor's own message if there is room.
    const long = bubble.offsetHeight > this.#log.clientHeight / 3;
    (long || replies.some(isDanger) ? drawn[0] : bubble).scrollIntoView();
  }

  // Says that something failed, and shows the emergency number, since the message may have been about an emergency.
  #fail(failure, sentence, retry, before) {
    const { strings, config } = this.#page;
    const again = () => {
      this.#failed.delete(notice);
      notice.remove();
      retry();
    };
    const press = () => {
      this.#focusOnMessage();
      again();
    };
    const notice = make(
      "div",
      { class: "message failure" },
      make("p", {}, failure.sentence || sentence || strings[failure.reason] || strings.unreachable),
      make("p", {}, `${strings.emergency} ${config.emergency_number}.`),
      make(
        "div",
        { class: "row" },
        !failure.final && button(strings.retry, "chip", press),
        phone(strings.call(config.emergency_number), config.emergency_number, { class: "chip" }),
        phone(strings.callClinic, config.clinic_phone, { class: "chip" }),
      ),
    );
    if (!failure.final) this.#failed.set(notice, again);
    this.#log.setAttribute("aria-live", "polite");
    if (before) before.after(notice);
    else this.#log.append(notice);
    notice.scrollIntoView({ block: "end" });
  }
}
