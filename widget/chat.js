// The chat on the page: <exosome-chat>, a button that opens a panel with the conversation.

import { assistantMessage, button, hidden, icon, isDanger, link, make, mark, paragraphs, phone, quickReplies, visitorMessage, wordsOf } from "./messages.js";
import { asked, newKey, Transport } from "./transport.js";

const NAME = "exosome-chat";
const MAX_LENGTH = 5000; // characters of a message, as the server counts them
const DOUBLE_CLICK = 300; // milliseconds
const NEAR_END = 60; // pixels
const ROOM_FOR_QUESTION = 0.11; // of the window's height; above a reply, a longer question is not kept in view
const ICONS = {
  chat: "M4 5h16v12h-7l-5 4v-4H4Z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M12 20V5M5 12l7-7 7 7",
  phone: "M4 4h5l2 5-3 2a12 12 0 0 0 5 5l2-3 5 2v5A16 16 0 0 1 4 4Z",
};
const MIN_KEYBOARD = 60; // pixels; less than this at the lower edge is no keyboard on the screen
const LOW = 300; // pixels; a keyboard that leaves less leaves no room for the foot of the panel
// What the page must not hear from inside the chat: it may have shortcuts, scroll by itself, or keep the focus somewhere.
const PRIVATE_EVENTS = "keydown keypress keyup wheel touchstart touchmove focusout copy cut paste contextmenu selectstart".split(" ");
const base = new URL(".", import.meta.url).href;
const small = matchMedia("(max-width: 30rem), (max-height: 30rem)");
const touch = matchMedia("(pointer: coarse)");

let page; // settings that every message needs; see messages.js
let loading; // a promise, because pages may run the script several times

/**
 * Adds the chat to the page once everything is loaded. Until then, and if loading fails, the page does not change.
 *
 * @param settings the data attributes of the script; docs/widget.md has them
 */
export async function start(settings) {
  loading ??= load(settings);
  try {
    await loading;
  } catch (error) {
    loading = null; // the next start tries again
    throw error;
  }
  keepOnPage();
}

async function load(settings) {
  if (customElements.get(NAME)) return;
  const wanted = language(settings, document.querySelector(NAME));
  const [config, styles] = await Promise.all([get(asked("config", wanted, settings.clinic)), styleSheet("styles.css")]);
  const lang = config.languages.includes(wanted) ? wanted : "en"; // of the interface
  const { default: strings } = await import(`./strings/${lang}.js`);
  page = { config, strings, styles: [styles], lang, settings };
  customElements.define(NAME, ExosomeChat);
}

// Adds the chat if the page has none of its own: at the start, and when the page has replaced its content.
function keepOnPage(element = make(NAME, { "data-added": true })) {
  if (!document.querySelector(NAME)) document.body.append(element);
}

async function get(name) {
  const answer = await fetch(base + name, { credentials: "omit" });
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  return name.endsWith(".css") ? answer.text() : answer.json();
}

const styleSheet = async (name) => new CSSStyleSheet().replace(await get(name));

// `data-language` decides, else the nearest `lang`.
function language(settings, element) {
  const nearest = (element?.closest("[lang]") || document.documentElement).lang;
  return ({ ...settings, ...element?.dataset }.language || nearest || "en").toLowerCase().split("-")[0];
}

// What few visitors need is loaded for those who do, with its words and styles.
async function loadLater(name) {
  const parts = [import(`./${name}.js`), import(`./strings/later/${page.lang}.js`), page.styles[1] || styleSheet("later.css")];
  const [{ showLater }, { default: later }, styles] = await Promise.all(parts);
  page.styles[1] = styles;
  return (...given) => showLater({ ...page, later }, ...given);
}

// Whether a list of paths, such as "/checkout, /portal/*", has this page.
const isListed = (paths = "") =>
  paths.split(/[\s,]+/).some((path) => {
    const [start, ...rest] = path.split("*");
    return path && (rest.length ? location.pathname.startsWith(start) : location.pathname === path);
  });

// Whether an input method uses this key, for example to choose a word. In WebKit only the code says so.
const isComposing = (event) => event.isComposing || event.keyCode === 229;

const isResult = ({ metadata }) => metadata?.kind === "assessment";

// Whether the visitor wrote this, or pressed a button.
const isTyped = (text) => text[0] !== "/";

// Visitors write in the language of the answer that they get.
const nameLanguage = (bubble, answer) => bubble && answer && (bubble.lastChild.lang = answer.lang);

const wasReloaded = () => performance.getEntriesByType("navigation")[0]?.type === "reload";

class ExosomeChat extends HTMLElement {
  #settings; // the data attributes of the script and of this element
  #transport;
  #page = {
    ...page,
    say: (shown, payload) => this.#press(shown, payload),
    rate: (...given) => this.#transport.feedback(...given),
    callBack: () => this.#callBack(),
    card: (message) => this.#card?.(message, (...given) => this.#showLater("save_result", ...given)),
  };
  #titles = new Map(); // of all buttons so far, by the quoted words in their payloads
  #frame;
  #launcher;
  #panel;
  #log;
  #newest; // button: scrolls to the end
  #heard; // status for screen readers: what is too long to be read out whole
  #typing; // status: the assistant is typing
  #offline; // status: there is no network
  #input;
  #hint; // status: the text is too long
  #prompt; // a small dialog over the panel
  #restored; // a promise that resolves once the conversation so far is shown
  #turns = []; // messages without an answer yet, in order; a new array for each conversation
  #delivering; // the conversation, as its `#turns`, whose messages are on their way
  #loadingHistory; // a promise, while the conversation so far is on its way
  #recent = []; // what this page showed since then, to be replaced by the history
  #behind = false; // whether another tab went on with the conversation
  #failed = new Map(); // the failure notices, each with a function that tries again
  #byKeyboard = false; // whether the last button was pressed with the keyboard
  #position; // pixels that the conversation is scrolled
  #scrolled = false; // whether the visitor scrolled since the last message
  #pressed = -DOUBLE_CLICK; // when a button was pressed that changes what is shown, in milliseconds since the page loaded
  #card; // draws a result, once that is loaded
  #opener; // gets the focus back when the panel closes
  #listening; // ends all listeners outside this element

  connectedCallback() {
    if (!this.shadowRoot) this.#build();
    this.#listening = new AbortController();
    this.#transport.connect();
    this.#listen(this.#listening.signal);
    this.#hideOnSomePages();
    this.#showOffline();
    this.#frame.showPopover?.(); // over everything, whatever the page does to its layers
    if (this.#panel.open) this.#place();
    else this.#resume();
    // A new place on the page takes it back to the top. Only one of the two scrolls: the panel, if large text leaves little room.
    for (const part of [this.#log, this.#panel]) part.scrollTo({ top: this.#position, behavior: "instant" });
    this.#follow();
  }

  disconnectedCallback() {
    this.#listening.abort();
    this.#transport.disconnect();
    // A page that replaces its whole content removes the chat too, without meaning it.
    if ("added" in this.dataset) setTimeout(() => this.isConnected || keepOnPage(this));
  }

  #listen(signal) {
    const on = (target, type, listener, capture) => target?.addEventListener(type, listener, { signal, capture });
    // A link to #exosome-chat opens the chat, on this page or from another one.
    on(document, "click", (event) => {
      const opener = event.composedPath().find((node) => node.hash === `#${NAME}`);
      if (!opener || opener.href.split("#")[0] !== location.href.split("#")[0]) return;
      event.preventDefault();
      this.open(opener);
    });
    on(window, "hashchange", () => location.hash === `#${NAME}` && this.open());
    // An open dialog of the page may want the focus back. First in line, so that it doesn't hear of it.
    const keepFocus = (event) => event.composedPath().includes(this) && event.stopImmediatePropagation();
    for (const type of ["focusin", "focus"]) on(window, type, keepFocus, true);
    on(small, "change", () => {
      if (!this.#panel.open) return;
      const focused = this.shadowRoot.activeElement || document.activeElement;
      this.#place();
      focused.focus({ preventScroll: true });
    });
    // Once somebody reads the page, the button needs less of it.
    on(window, "scroll", () => this.#launcher.classList.add("slim"));
    on(window, "offline", () => this.#showOffline());
    on(window, "online", () => {
      this.#showOffline();
      for (const retry of [...this.#failed.values()]) retry();
    });
    on(window, "popstate", () => this.#hideOnSomePages());
    on(window.navigation, "currententrychange", () => this.#hideOnSomePages());
    // The visitor came back to a page that the browser had put aside: meanwhile the conversation continued elsewhere.
    on(window, "pageshow", ({ persisted }) => persisted && this.#catchUp());
    on(document, "visibilitychange", () => this.#refresh());
    for (const type of ["resize", "scroll"]) on(window.visualViewport, type, () => this.#avoidKeyboard());
    on(document, "toggle", ({ target }) => this.#follow(target), true);
  }

  // While a modal dialog of the page is open, nothing outside it can be used. So the chat goes along into the dialog, and back.
  #follow(newest) {
    const modal = [newest, ...document.querySelectorAll("dialog")].find((dialog) => dialog?.matches("dialog:modal"));
    const isAway = "added" in this.dataset && this.closest("dialog");
    if (modal ? modal.contains(this) : !isAway) return;
    this.dataset.added = true; // from now on, we care for its place
    (modal || document.body).append(this);
  }

  /** Opens the panel; `opener` gets the focus back when it closes. */
  open(opener = this.#launcher) {
    this.#opener = opener;
    this.#show();
    this.#transport.keep({ open: true });
    this.#pressed = performance.now();
    this.#focusOnMessage();
    this.#tell("opened");
  }

  /** Closes the panel. The conversation and the draft stay. */
  close() {
    this.#hide();
    this.#transport.keep({ open: false });
    (this.#opener?.isConnected ? this.#opener : this.#launcher).focus();
  }

  // For the page's own scripts, such as its statistics. They learn that something happened, not what was said.
  #tell(what, detail) {
    document.dispatchEvent(new CustomEvent(`${NAME}:${what}`, { detail }));
  }

  // Continues where the visitor was on the last page.
  #resume() {
    const { open = "open" in this.#settings, unsent, draft } = this.#transport.visit;
    this.#write(draft);
    if (location.hash === `#${NAME}`) this.open();
    else if (open && (!small.matches || wasReloaded())) this.#show(); // on a small screen it would cover the new page
    else if (unsent) this.#restored ??= this.#restore();
  }

  #catchUp() {
    const { open, draft } = this.#transport.visit;
    this.#write(draft);
    if (!open) this.#hide();
    this.#behind = true;
    this.#refresh();
  }

  // Loads the conversation again if it went on elsewhere, once somebody looks and nothing is on its way.
  #refresh() {
    if (!this.#behind || document.hidden || this.#delivering || !this.#restored) return;
    this.#behind = false;
    if (this.#log.contains(this.shadowRoot.activeElement)) this.#focusOnMessage();
    this.#empty();
    this.#restored = this.#restore();
  }

  #hideOnSomePages() {
    this.hidden = isListed(this.#settings.hiddenOn);
  }

  // The panel

  #build() {
    const { strings, config, styles, lang } = this.#page;
    this.#settings = { ...page.settings, ...this.dataset };
    this.#transport = new Transport(base, lang, this.#settings.clinic, {
      forgotten: () => this.#removed(),
      continued: () => {
        this.#behind = true;
        this.#refresh();
      },
    });
    const number = config.emergency_number;
    const status = (id) => make("p", { id, role: "status" });
    const name = config.clinic_name || strings.title;
    this.#prompt = make("dialog", { id: "sheet", "aria-labelledby": "sheet-title" });
    this.#launcher = button(icon(ICONS.chat), "", () => this.open(), { id: "launcher", part: "launcher", "aria-haspopup": "dialog" });
    this.#launcher.append(make("span"), make("b"));
    this.#launcher.classList.toggle("slim", small.matches);
    this.#nameLauncher();
    const header = make(
      "header",
      { part: "header" },
      mark(name),
      make("div", {}, make("h2", { id: "title", dir: "auto" }, name), make("p", {}, strings.subtitle)),
      make("p", { id: "emergency" }, `${strings.emergency} `, phone(number, number) || number),
      button(icon(ICONS.phone), "", () => this.#showLater("contact", this.#prompt), { id: "contact", "aria-label": strings.contact }),
      button(icon(ICONS.close), "", () => this.close(), { id: "close", "aria-label": strings.close }),
      (this.#offline = status("offline")),
    );
    this.#input = make("textarea", {
      id: "input",
      part: "input",
      rows: 1,
      dir: "auto",
      "aria-label": strings.message,
      "aria-describedby": "hint",
      placeholder: strings.placeholder,
      input: () => {
        this.#fits();
        this.#transport.write({ draft: this.#input.value });
      },
    });
    this.#log = make("div", { id: "log", role: "log", tabindex: 0, "aria-label": strings.conversation });
    for (const type of ["wheel", "touchmove", "keydown"]) this.#log.addEventListener(type, () => (this.#scrolled = true));
    new MutationObserver(() => this.#showNewest()).observe(this.#log, { childList: true });
    this.#newest = button(icon(ICONS.send), "", () => this.#log.lastElementChild.scrollIntoView({ block: "end" }), { id: "newest", "aria-label": strings.newest });
    const form = make(
      "form",
      { submit: (event) => this.#submit(event) },
      this.#newest,
      this.#input,
      make("button", { id: "send", "aria-label": strings.send }, icon(ICONS.send)),
      (this.#hint = status("hint")),
    );
    // Asks before something is thrown away.
    const asking = (what, act) => button(strings[what], "small", () => this.#showLater("confirm", this.#prompt, what, act));
    const footer = make(
      "footer",
      {},
      asking("remove", () => this.#forget()), // far from where the launcher was
      asking("startOver", () => this.#startOver()),
      config.privacy_notice && link(strings.privacy, config.privacy_notice, strings, { class: "small" }),
    );
    this.#panel = make(
      "dialog",
      {
        id: "panel",
        tabindex: -1,
        part: "panel",
        "aria-labelledby": "title",
        keydown: (event) => this.#keydown(event),
        cancel: () => this.close(), // a phone's back gesture
      },
      header,
      this.#log,
      (this.#heard = make("p", { class: "hidden", role: "status" })),
      (this.#typing = status("typing")),
      form,
      footer,
    );
    this.#panel.addEventListener("scroll", () => this.#showNewest(), true);
    const { position, offset } = this.#settings;
    const frame = make(
      "section",
      { id: "frame", class: position, popover: "manual", lang, dir: strings.dir, "aria-label": strings.title, click: (event) => this.#noteContact(event) },
      this.#launcher,
      this.#panel,
      this.#prompt,
    );
    for (const type of PRIVATE_EVENTS) frame.addEventListener(type, (event) => event.stopPropagation());
    frame.addEventListener("click", (event) => this.#ignoreDoubleClick(event), true);
    const [bottom, side = ""] = (offset || "").split(" ");
    frame.style.setProperty("--clinic-color", config.color);
    frame.style.setProperty("--bottom", bottom);
    frame.style.setProperty("--side", side);
    // Dark mode only if the page supports it too.
    const schemes = [getComputedStyle(this).colorScheme, document.querySelector("meta[name=color-scheme]")?.content];
    frame.classList.toggle("may-be-dark", schemes.some((scheme) => scheme?.includes("dark")));
    const root = this.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = styles;
    root.append((this.#frame = frame));
  }

  #nameLauncher() {
    const { strings } = this.#page;
    const [, name, unread] = this.#launcher.children;
    name.textContent = strings[this.#transport.known ? "launcherAgain" : "launcher"];
    const count = this.#transport.visit.unread;
    unread.replaceChildren(...(count ? [count, hidden(strings.unread)] : []));
  }

  // The button that leads to the newest message is there while that is out of sight.
  #showNewest() {
    this.#position = this.#log.scrollTop + this.#panel.scrollTop;
    // The bar of a long list is in view with any part of that list.
    const end = (this.#log.querySelector(".bar") || this.#log.lastElementChild)?.getBoundingClientRect().bottom;
    this.#newest.hidden = !(end > this.#input.getBoundingClientRect().top + NEAR_END);
  }

  #show() {
    if (!this.#panel.open) this.#place();
    this.#launcher.hidden = true;
    this.#transport.keep({ unread: undefined });
    this.#restored ??= this.#restore();
  }

  #hide() {
    this.#panel.close();
    this.#nameLauncher();
    this.#launcher.hidden = false;
  }

  // On a small screen the panel covers the page and keeps the focus. Elsewhere you can still use the page next to it.
  #place() {
    this.#panel.close();
    if (small.matches) {
      this.#panel.showModal();
      this.#panel.focus(); // not a button in it
    } else this.#panel.open = true; // show() would move the focus
    this.#avoidKeyboard();
  }

  // A keyboard on the screen covers the page without making it smaller.
  #avoidKeyboard() {
    const { scale, height, offsetTop } = window.visualViewport || { scale: 2 };
    const hidden = innerHeight - height;
    const isOpen = scale < 1.1 && hidden > MIN_KEYBOARD; // not when the visitor has zoomed in
    this.#frame.style.setProperty("--above", `${isOpen ? offsetTop : 0}px`);
    this.#frame.style.setProperty("--below", `${isOpen ? Math.max(0, hidden - offsetTop) : 0}px`);
    this.#frame.classList.toggle("low", isOpen && height < LOW);
  }

  // The second half of a double click must not press what has just appeared under the pointer.
  #ignoreDoubleClick(event) {
    if (event.detail < 2 || performance.now() - this.#pressed > 2 * DOUBLE_CLICK) return;
    event.preventDefault();
    event.stopPropagation();
  }

  #noteContact({ target }) {
    const { clinic_phone: number, booking_link: booking, finder_url: finder } = this.#page.config;
    const url = target.closest("a")?.getAttribute("href");
    const ways = { phone: phone("", number)?.getAttribute("href"), booking, finder };
    const way = url && Object.keys(ways).find((name) => ways[name] === url);
    if (way) this.#count(way);
  }

  #count(way) {
    this.#tell("contact", { way });
    if (way !== "finder") this.#transport.pressed(way);
  }

  #keydown(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.key === "Enter" && event.target === this.#input && !event.shiftKey && !isComposing(event)) {
      event.preventDefault();
      this.#input.form.requestSubmit();
    }
  }

  // On a touch screen, focusing the input would open a keyboard that covers the messages.
  #focusOnMessage() {
    (touch.matches ? this.#log : this.#input).focus({ preventScroll: true });
  }

  #callBack() {
    this.#count("callback");
    this.#showLater("callback", this.#prompt, (...request) => this.#transport.callBack(...request));
  }

  async #load(name) {
    const show = await loadLater(name);
    this.shadowRoot.adoptedStyleSheets = this.#page.styles;
    return show;
  }

  async #showLater(name, ...given) {
    try {
      (await this.#load(name))(...given);
    } catch (failure) {
      const notice = this.#fail(failure, this.#page.strings.notLoaded, () => this.#showLater(name, ...given));
      // A dialog that opened by itself would take the keys of somebody who is writing.
      if (name !== "consent") this.#failed.delete(notice);
    }
  }

  #startOver() {
    this.#transport.startOver();
    this.#clear();
    this.#focusOnMessage();
  }

  async #forget() {
    try {
      this.#removed(await this.#transport.forget());
    } catch (failure) {
      this.#fail(failure, this.#page.strings.notRemoved, () => this.#forget());
    }
  }

  // The server may say more about it than usual.
  #removed(notice = this.#page.strings.removed) {
    this.#write();
    this.#clear();
    this.#log.append(make("div", { class: "message notice" }, notice));
  }

  #clear() {
    this.#empty();
    this.#log.ariaLive = "polite";
    this.#greet();
    this.#nameLauncher();
    this.#restored = Promise.resolve();
  }

  #empty() {
    this.#turns = [];
    this.#recent = [];
    this.#delivering = null;
    this.#typing.textContent = "";
    this.#failed.clear();
    this.#log.replaceChildren();
  }

  #showOffline() {
    this.#offline.textContent = navigator.onLine ? "" : this.#page.strings.offline;
  }

  // The conversation

  #greet() {
    const { strings, config } = this.#page;
    const starters = strings.starters.map((title) => ({ title }));
    this.#log.append(this.#draw({ text: config.greeting, metadata: { kind: "greeting" } }), quickReplies(starters, this.#page));
    if (config.consent_to_store && !this.#transport.agreed) this.#askForConsent();
  }

  #askForConsent() {
    const notice = make("div", { class: "message notice consent" });
    this.#log.append(notice);
    this.#showLater("consent", notice, () => {
      this.#transport.agree();
      this.#retire(); // the new session has not offered these buttons
      this.#focusOnMessage();
    });
  }

  // Shows the conversation so far, from an earlier page or another tab, and sends what could not be sent there.
  async #restore() {
    const turns = this.#turns;
    this.#log.ariaLive = "off"; // do not announce it again
    this.#greet();
    const earlier = make("div", { class: "earlier" }); // stays above anything said in the meantime
    this.#log.append(earlier);
    for (const turn of this.#transport.visit.unsent || []) this.#enqueue(turn);
    await this.#deliver();
    if (turns !== this.#turns) return;
    this.#loadingHistory = this.#showEarlier(earlier);
    await this.#loadingHistory;
    if (turns !== this.#turns) return;
    this.#loadingHistory = null;
    if (this.#transport.agreed) this.#log.querySelector(".consent")?.remove(); // in another tab
    this.#log.ariaLive = "polite";
    this.#deliver();
  }

  async #showEarlier(earlier) {
    const turns = this.#turns;
    try {
      const lines = await this.#withCard(this.#transport.history());
      if (turns !== this.#turns || !lines.length) return;
      const last = turns.length ? lines.length : lines.findLastIndex(({ from }) => from === "visitor");
      this.#retire();
      if (lines.at(-1).text === this.#recent.at(-1)?.text) {
        for (const { parts } of this.#recent.splice(0)) for (const part of parts) part.remove(); // the history has it too
      }
      let said; // by the visitor, and not answered yet
      lines.forEach((line, place) => {
        const time = new Date(line.time);
        const isOwn = line.from === "visitor";
        const part = isOwn ? visitorMessage(this.#asShown(line.text), this.#page, time) : this.#draw(line, place > last, time);
        if (!isOwn) nameLanguage(said, part);
        said = isOwn && isTyped(line.text) && part;
        earlier.append(part);
      });
      const end = turns[0]?.bubble || [...earlier.querySelectorAll(".visitor")].at(-1) || earlier;
      end.scrollIntoView(); // to the last question, so that its answer is in view
    } catch (failure) {
      if (turns === this.#turns) this.#fail(failure, this.#page.strings.historyMissing, () => this.#showEarlier(earlier), earlier);
    }
  }

  // The titles of the buttons for a stored payload.
  #asShown(text) {
    if (isTyped(text)) return text;
    const [first, ...values] = wordsOf(text);
    if (values.length) return values.map((value) => this.#titles.get(first + value)).join("; ");
    return this.#titles.get(first) || this.#page.strings.asides[first.slice(1)];
  }

  // Returns `messages` once what draws a result is loaded, if one is among them.
  async #withCard(messages) {
    if ((await messages).some(isResult)) this.#card ??= await this.#load("result").catch(() => {});
    return messages;
  }

  #draw(message, live = true, time) {
    const { buttons = [], metadata = {} } = message;
    for (const { payload, title } of buttons) if (payload) this.#titles.set(wordsOf(payload).join(""), title);
    // A result is only valid until an answer changes.
    if (isResult(message) || metadata.step || isDanger(message)) {
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

  #write(text = "") {
    this.#input.value = text;
    this.#fits();
  }

  // Whether the text is short enough.
  #fits() {
    const { strings } = this.#page;
    const count = [...this.#input.value].length;
    this.#hint.textContent = count > MAX_LENGTH ? strings.tooLong(count, MAX_LENGTH) : "";
    if (!CSS.supports("field-sizing", "content")) {
      const { style, offsetHeight, clientHeight } = this.#input;
      style.height = "auto";
      style.height = `${this.#input.scrollHeight + offsetHeight - clientHeight}px`;
    }
    return count <= MAX_LENGTH;
  }

  #submit(event) {
    event.preventDefault();
    const text = this.#input.value;
    if (!text.trim() || !this.#fits()) return;
    this.#write();
    this.#transport.write({ draft: "" });
    this.#byKeyboard = false; // the focus stays where the next message is typed
    this.#say(text, text);
  }

  #press(shown, payload = shown) {
    // A held key must not press a button that has just appeared.
    const since = performance.now() - this.#pressed;
    this.#pressed += since;
    if (since < DOUBLE_CLICK) return;
    this.#byKeyboard = this.shadowRoot.activeElement?.matches(":focus-visible");
    this.#focusOnMessage(); // the pressed button may be about to disappear
    this.#say(shown, payload);
  }

  #say(shown, payload) {
    this.#retire();
    this.#scrolled = false;
    this.#log.ariaLive = "polite";
    const message = { shown, payload, key: newKey() };
    const { unsent = [] } = this.#transport.visit;
    this.#transport.write({ unsent: [...unsent, message] });
    this.#enqueue(message).scrollIntoView();
    this.#deliver();
  }

  #enqueue(message) {
    const bubble = visitorMessage(message.shown, this.#page, new Date());
    this.#log.append(bubble);
    this.#turns.push({ ...message, bubble, follows: this.#turns.length > 0 });
    return bubble;
  }

  // Sends the waiting messages one by one, so that the server gets them in order. A failure stops them until the next try.
  async #deliver() {
    const turns = this.#turns;
    if (this.#delivering === turns || !turns.length) return;
    this.#delivering = turns;
    this.#typing.textContent = this.#page.strings.typing;
    let goesOn = true;
    while (goesOn && turns.length) goesOn = await this.#deliverFirst(turns);
    if (this.#delivering !== turns) return;
    this.#delivering = null;
    this.#typing.textContent = "";
    this.#refresh();
  }

  // Returns whether the next message may follow.
  async #deliverFirst(turns) {
    const [turn] = turns;
    this.#withdraw(turn.notice);
    try {
      await this.#loadingHistory;
      const replies = await this.#withCard(this.#transport.send(turn));
      if (turns !== this.#turns) return false;
      this.#settle(turn);
      this.#receive(replies, turn);
      return true;
    } catch (failure) {
      if (turns !== this.#turns) return false;
      if (failure.final) this.#settle(turn);
      turn.notice = this.#fail(failure, "", () => this.#deliver(), turn.bubble);
      return Boolean(failure.final);
    }
  }

  // The message needs no other try.
  #settle({ key }) {
    this.#turns.shift();
    const { unsent = [] } = this.#transport.visit;
    this.#transport.write({ unsent: unsent.filter((message) => message.key !== key) });
  }

  #receive(replies, { bubble, follows, payload }) {
    if (!this.#turns.length) this.#retire();
    const now = new Date();
    const drawn = replies.map((message) => this.#draw(message, !this.#turns.length, now)); // only the last reply has buttons
    nameLanguage(isTyped(payload) && bubble, drawn[0]);
    const result = replies.find(isResult);
    this.#heard.textContent = result && !isDanger(result) ? `${this.#page.strings.result}: ${result.metadata.headline}` : "";
    if (!this.#panel.open) {
      this.#transport.keep({ unread: (this.#transport.visit.unread || 0) + 1 });
      this.#nameLauncher();
    }
    const answers = drawn.length === 1 && drawn[0].querySelector(".choices :is(button, input)");
    const stayed = [this.#log, this.#input].includes(this.shadowRoot.activeElement) && !this.#input.value;
    const isElsewhere = follows || (this.#scrolled && !this.#newest.hidden);
    // If the visitor uses the keyboard in the check, focus the next answers. A screen reader reads the question as their label.
    const lead = answers && this.#byKeyboard && stayed;
    this.#log.ariaLive = lead || this.#heard.textContent ? "off" : replies.some(isDanger) ? "assertive" : "polite";
    const parts = [...this.#listAnswers(replies, drawn), ...drawn];
    bubble.after(...parts);
    this.#recent.push({ text: replies.at(-1)?.text, parts: [bubble, ...parts] });
    this.#tell("answered");
    if (lead) answers.focus({ preventScroll: true });
    if (replies.some(isDanger)) drawn[0].scrollIntoView();
    // Scroll to the start of the reply, below the visitor's own message if there is room, unless they are reading elsewhere.
    else if (!isElsewhere) (bubble.offsetHeight > innerHeight * ROOM_FOR_QUESTION ? drawn[0] : bubble).scrollIntoView();
  }

  // Several answers may not fit on the screen together, so each can be reached from the top.
  #listAnswers(replies, drawn) {
    const { strings } = this.#page;
    const titled = replies.map(({ metadata }, place) => ({ title: metadata?.heading, answer: drawn[place] })).filter(({ title }) => title);
    if (titled.length < 2) return [];
    const go = (answer) => {
      answer.tabIndex = -1;
      answer.focus({ preventScroll: true });
      answer.scrollIntoView();
    };
    return [make("div", { class: "row contents" }, strings.severalAnswers(titled.length), ...titled.map(({ title, answer }) => button(title, "small", () => go(answer))))];
  }

  // Says that something failed, and shows the emergency number, since the message may have been about an emergency.
  #fail(failure, sentence, retry, before) {
    const { strings, config } = this.#page;
    const again = () => {
      this.#withdraw(notice);
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
    this.#log.ariaLive = "polite";
    if (before) before.after(notice);
    else this.#log.append(notice);
    notice.scrollIntoView({ block: "end" });
    return notice;
  }

  #withdraw(notice) {
    this.#failed.delete(notice);
    notice?.remove();
  }
}
