// Draws a message. Texts are only ever inserted as text nodes, so they appear exactly as they are.

const SVG = "http://www.w3.org/2000/svg";
// Answers that exclude all other answers to the same question.
const EXCLUSIVE = ['"none"', '"not_sure"', '"declined"'];

/** Creates an element. Attributes with a function become listeners; those that are false or missing are left out. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== false && value != null) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

/** Creates a button that calls `press`. */
export const button = (title, look, press, attributes = {}) => make("button", { type: "button", class: look, click: press, ...attributes }, title);

/** Creates an icon from one path on a 24 by 24 grid. */
export function icon(path) {
  const image = document.createElementNS(SVG, "svg");
  image.setAttribute("viewBox", "0 0 24 24");
  image.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  image.append(line);
  return image;
}

const hidden = (text) => make("span", { class: "hidden" }, text);

/** Creates a link, or just its title if `url` is not https. */
export function link(title, url, strings, attributes = {}) {
  if (!/^https:\/\//.test(url || "")) return make("span", {}, title);
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer", ...attributes }, title, hidden(` ${strings.newTab}`));
}

/** Creates a tap-to-call link; null if `number` is not a phone number. */
export function phone(title, number, attributes = {}) {
  const digits = (number || "").replace(/[^\d+]/g, "");
  return digits.length < 3 ? null : make("a", { href: `tel:${digits}`, ...attributes }, title);
}

/** Whether a message is about danger and must be announced immediately. The server decides. */
export const isDanger = ({ metadata = {} }) => Boolean(metadata.danger);

/** Splits `text` into paragraphs. Each keeps its line break. */
export const paragraphs = (text) => (text.match(/[^\n]*\n|[^\n]+/g) || []).map((line) => make("p", { dir: "auto" }, line));

/** Creates the collapsed list of sources; null if there are none. */
export function sources(cited, strings) {
  if (!cited?.length) return null;
  const list = make("ol", {}, ...cited.map(({ title, url }) => make("li", {}, link(title, url, strings))));
  return make("details", { class: "sources" }, make("summary", {}, strings.sources(cited.length)), list);
}

/** Draws the visitor's own message. */
export const visitorMessage = (text, strings) =>
  make("div", { class: "message visitor", part: "message visitor" }, hidden(strings.you), make("p", { dir: "auto" }, text));

/** Returns the quoted words in an answer's payload: the slot, then one or more values. */
export const wordsOf = (payload) => payload.match(/"\w+"/g) || [payload];

const isExclusive = ({ payload }) => EXCLUSIVE.includes(wordsOf(payload).at(-1));

/**
 * Draws a message from the assistant.
 *
 * @param message the message from the server
 * @param page `strings`, `config`, `card` (draws a result), and the callbacks `say(shown, payload)`, `rate(about, helpful)` and `callBack()`
 * @param live whether it belongs to the last turn; earlier messages have no active buttons
 */
export function assistantMessage(message, page, live) {
  const { strings, config, card } = page;
  const { text, buttons = [], metadata = {} } = message;
  const kind = metadata.kind || "notice";
  const name = `message assistant ${kind}`;
  const element = make("div", { class: name, part: name, lang: config.language }, hidden(strings.assistant));
  if (kind === "question" && metadata.step) element.append(progress(metadata, strings));
  if (kind === "assessment") element.append(card(message, page));
  else {
    const parts = paragraphs(text);
    if (metadata.heading) parts[0].classList.add("heading"); // each of several answers has one
    if (isDanger(message)) parts.splice(1, 0, calls(message, page)); // so that they are visible on a small screen too
    element.append(...parts);
  }
  if (kind !== "assessment") element.append(sources(metadata.sources, strings) || "");
  // No feedback on explanations of the check's questions: they are not topics.
  if (live && kind === "answer" && !/^explain_/.test(metadata.topic)) element.append(feedback(metadata, page));

  const look = { class: "button" };
  const links = buttons
    .filter(({ url }) => url)
    .map(({ title, url }) => (url.startsWith("tel:") ? phone(title, url, look) || "" : link(title, url, strings, look)));
  if (live && metadata.callback) links.push(button(strings.callback.offer, "button once", page.callBack));
  if (links.length) element.append(make("div", { class: "row" }, ...links));
  const replies = buttons.filter(({ payload }) => payload);
  if (live && replies.length) element.append(kind === "question" ? choices(replies, message, page) : quickReplies(replies, page));
  return element;
}

/** Creates a row of suggestions. Pressing one says it. */
export const quickReplies = (buttons, page) =>
  make("div", { class: "row once", role: "group", "aria-label": page.strings.quickReplies }, ...chips(buttons, page));

const chips = (buttons, { say }) =>
  buttons.map(({ title, payload }) => button(title, "chip", () => say(title, payload)));

function progress({ step, steps }, strings) {
  const bars = Array.from({ length: steps }, (_, place) => make("i", { class: place < step ? "done" : "" }));
  return make("div", { class: "progress" }, make("span", {}, strings.step(step, steps)), make("span", { class: "bars", "aria-hidden": "true" }, ...bars));
}

/** Creates the tap-to-call links for a message about danger. */
export function calls({ metadata }, { config, strings }) {
  const emergency = phone(strings.call(config.emergency_number), config.emergency_number, { class: "button call" });
  const number = /abuse$/.test(metadata.topic) ? config.abuse_phone : config.crisis_phone;
  const line = phone(strings.call(number), number, { class: "button call" });
  return make("div", { class: "row" }, metadata.kind === "crisis" && line, emergency);
}

function feedback(about, { strings, rate }) {
  const question = make("span", {}, strings.helpful);
  const give = async (pressed, helpful) => {
    if (buttons.some((option) => option.ariaDisabled)) return; // already given
    for (const option of buttons) option.ariaDisabled = "true";
    try {
      await rate(about, helpful);
      pressed.ariaPressed = "true";
      question.textContent = strings.thanks;
    } catch {
      question.textContent = strings.notStored;
      for (const option of buttons) option.ariaDisabled = null; // so that the visitor can try again
    }
  };
  const answer = (title, helpful) => button(title, "small", ({ target }) => give(target, helpful), { "aria-pressed": "false" });
  const buttons = [answer(strings.yes, true), answer(strings.no, false)];
  return make("div", { class: "feedback", role: "group", "aria-label": strings.helpful }, question, ...buttons);
}

function choices(buttons, { text, metadata }, page) {
  const { strings, say } = page;
  const asides = strings.asides.map((title) => button(title, "small", () => say(title)));
  const several = metadata.select === "many";
  const group = make("div", { class: "once choices", role: "group", "aria-label": text });
  group.append(several ? manyOf(buttons, page) : make("div", { class: "row" }, ...chips(buttons, page)));
  if (metadata.step) group.append(make("div", { class: "row asides" }, ...asides));
  // If the only buttons are "not sure" and the like, visitors type the answer.
  group.classList.toggle("typed", buttons.every(isExclusive));
  return group;
}

// Checkboxes for several answers. "None of these", "not sure" and "rather not say" clear the others, and the others clear them.
function manyOf(buttons, { strings, say }) {
  const boxes = buttons.map((offered) => {
    const box = make("input", { type: "checkbox", change: () => settle(box) });
    return Object.assign(box, { offered, exclusive: isExclusive(offered) });
  });
  const settle = (changed) => {
    for (const box of boxes) if (changed.checked && box !== changed && (changed.exclusive || box.exclusive)) box.checked = false;
    proceed.disabled = !boxes.some((box) => box.checked);
  };
  const send = () => {
    const pressed = boxes.filter((box) => box.checked).map((box) => box.offered);
    const values = pressed.map(({ payload }) => wordsOf(payload)[1]);
    const [first] = pressed;
    say(
      pressed.map(({ title }) => title).join(", "),
      values.length > 1 ? first.payload.replace(values[0], `[${values.join(", ")}]`) : first.payload,
    );
  };
  const proceed = button(strings.proceed, "button", send, { disabled: true });
  const labels = boxes.map((box) => make("label", { class: "chip" }, box, box.offered.title));
  return make("div", { class: "row" }, ...labels, proceed);
}
