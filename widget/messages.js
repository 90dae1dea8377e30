// Draws messages, the questions of the check too. Texts are only ever inserted as text nodes, so they appear exactly as they are.

const SVG = "http://www.w3.org/2000/svg";
// Answers that exclude all other answers to the same question.
const NONE = "none";
const NOT_SURE = "not_sure";
const EXCLUSIVE = [NONE, NOT_SURE, "declined"];
const AGE = "age"; // the slots of questions that look different
const READBACK = "check_readback";
// What is in the language of the interface, inside a message that may be in another one.
const INTERFACE = ".who, .sources, .feedback, .progress, .asides, .years, .hidden, legend, summary, h3, h4";
const MAX_FOLLOWUPS = 1; // in view; those of an answer are behind its slim line
const THUMB = "M3 11h4v9H3zM7 11l4-8c3 0 3 3 2 6h7l-2 11H7";

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

/** Creates a button that calls `press`. Its title is a text, which has its own direction, or an icon. */
export const button = (title, look, press, attributes = {}) =>
  make("button", { type: "button", class: look, dir: title.at && "auto", click: press, ...attributes }, title);

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

/** The first letters of the clinic's name, as its mark. */
export const mark = (name) =>
  make("span", { class: "mark", "aria-hidden": "true" }, ...(name.match(/\p{L}+/gu) || []).slice(0, 2).map(([letter]) => letter.toUpperCase()));

/** Creates what only screen readers find. */
export const hidden = (text) => make("span", { class: "hidden" }, text);

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

/** Splits `text` into paragraphs. Each keeps its line break. If there is a `page`, the numbers and addresses that it knows can be tapped. */
export const paragraphs = (text, page) => (text.match(/[^\n]*\n|[^\n]+/g) || []).map((line) => make("p", { dir: "auto" }, ...(page ? withLinks(line, page) : [line])));

/** Splits `text` at the clinic's number, the emergency number and the addresses of the public registers, and makes links of these. */
export function withLinks(text, { strings, config }) {
  const urls = [config.finder_url, config.register_url].filter(Boolean);
  const numbers = [config.clinic_phone, config.emergency_number].filter((number) => phone("", number));
  const known = [...numbers, ...urls.map((url) => url.replace(/https:..(www.)?/, ""))];
  const pattern = known.map((words) => words.replace(/[^\w ]/g, "\\$&")).join("|");
  if (!pattern) return [text];
  const linked = (words) => (numbers.includes(words) ? phone(words, words) : link(words, urls.find((url) => url.includes(words.toLowerCase())), strings));
  // Every second piece is one of them.
  return text.split(RegExp(`(?<![\\w.@+-])(${pattern})(?![\\w-])`, "i")).map((piece, place) => (place % 2 ? linked(piece) : piece));
}

/** The collapsed list of sources; null if there are none. */
export function sources(cited, strings) {
  if (!cited?.length) return null;
  const list = make("ol", {}, ...cited.map(({ title, url }) => make("li", {}, link(title, url, strings))));
  return make("details", { class: "sources" }, make("summary", {}, strings.sources(cited.length)), list);
}

let drawn = 0; // counts messages, for the ids of their headings

const clock = (time, { lang }) => (time ? time.toLocaleTimeString(lang, { timeStyle: "short" }) : "");

// A message is an article whose name says who and when.
function article(look, who, when, { strings, config }, attributes, ...content) {
  const id = `message-${(drawn += 1)}`;
  const name = make("div", { class: "who", id }, mark(config.clinic_name || strings.title), `${who} ${when}`);
  return make("article", { class: look, part: look, "aria-labelledby": id, ...attributes }, name, ...content);
}

/** Draws the visitor's own message. `time` is when it was said. */
export const visitorMessage = (text, page, time) =>
  article("message visitor", page.strings.you, clock(time, page), page, {}, make("p", { dir: "auto" }, text));

/** Returns the quoted words in an answer's payload: the slot, then one or more values. */
export const wordsOf = (payload) => payload.match(/"\w+"/g) || [payload];

const valueOf = ({ payload }) => wordsOf(payload).at(-1).replaceAll('"', "");

/**
 * Draws a message from the assistant.
 *
 * @param message the message from the server; one of the history says who it is `from`
 * @param page `strings`, `config`, `lang`, and the callbacks `say(shown, payload)`, `rate(about, helpful)`, `callBack()` and
 *   `card(message)`, which returns the card of a result if that is loaded
 * @param live whether it belongs to the last turn; earlier messages have no active buttons
 * @param time when it was said; missing for the greeting
 */
export function assistantMessage(message, page, live, time) {
  const { strings, config } = page;
  const { buttons = [], metadata = {} } = message;
  const kind = metadata.kind || "notice";
  const lang = metadata.language || config.language;
  const when = clock(time, page);
  // Only the first of a minute shows who writes and when, with the clinic's mark.
  const isFirst = page.when !== when && kind !== "referral";
  if (isFirst) page.when = when;
  const element = article(`message assistant ${isFirst ? "first " : ""}${kind}`, strings.assistant, when, page, { lang });
  if (kind === "question" && metadata.step) element.append(progress(metadata, strings));
  element.append(...(kind === "assessment" ? [page.card(message) || make("div", { class: "card" }, ...words(message, page))] : words(message, page)));
  if (metadata.slot === READBACK && metadata.answers) element.append(readback(message, page, live));
  // We do not ask about explanations of the check's questions (they are not topics), nor about what the history brings back.
  const rated = live && !message.from && kind === "answer" && !/^explain_/.test(metadata.topic);
  const replies = live && metadata.slot !== READBACK ? buttons.filter(({ payload }) => payload) : [];
  const isAnswer = kind === "answer";
  const offered = replies.length > 0 && (kind === "question" ? choices(replies, message, page) : quickReplies(replies, page, isAnswer ? 0 : MAX_FOLLOWUPS));
  const tools = [kind !== "assessment" && sources(metadata.sources, strings), isAnswer && offered, rated && feedback(metadata, page)].filter(Boolean);
  if (tools.length) element.append(make("div", { class: "tools" }, ...tools));

  const look = { class: "button" };
  const links = buttons
    .filter(({ url }) => url)
    .map(({ title, url }) => (url.startsWith("tel:") ? phone(title, url, look) : link(title, url, strings, look)));
  if (live && metadata.callback) links.push(button(strings.callBack, "button once", page.callBack));
  if (links.length) element.append(make("div", { class: "row" }, ...links));
  if (!isAnswer && offered) element.append(offered);
  for (const part of element.querySelectorAll(INTERFACE)) part.lang = page.lang;
  return element;
}

// The text of a message. What is below it anyway is left out: the list of a question, what we noted, an address with a button.
function words(message, page) {
  const { text, buttons = [], metadata = {} } = message;
  const listed = metadata.select === "many" || metadata.slot === READBACK;
  const linked = ({ url }) => metadata.kind === "referral" && url;
  const sentences = text.split(/(?<=[.!?]) /).filter((sentence) => !buttons.some((given) => linked(given) && sentence.includes(given.url)));
  const parts = paragraphs(listed ? firstLine(text) : sentences.join(" "), !isDanger(message) && page);
  if (metadata.heading) parts[0].classList.add("heading"); // each of several answers has one
  if (isDanger(message)) parts.splice(1, 0, calls(message, page)); // so that they are visible on a small screen too
  return parts;
}

const firstLine = (text) => text.split("\n")[0];

/** Creates a row of suggestions. Pressing one says it. Those after the first `shown` are folded away. */
export function quickReplies(buttons, page, shown = buttons.length) {
  const { strings } = page;
  const all = chips(buttons, page);
  const folded = all.splice(shown);
  const more = folded.length > 0 && make("details", {}, make("summary", {}, strings.more), make("div", { class: "row" }, ...folded));
  return make("div", { class: "row once", role: "group", "aria-label": strings.quickReplies }, ...all, more);
}

const chips = (buttons, { say }) =>
  buttons.map(({ title, payload }) => button(title, "chip", () => say(title, payload)));

const progress = ({ slot, step, steps }, strings) =>
  make(
    "div",
    { class: "progress" },
    make("span", {}, slot === READBACK ? strings.readback : strings.step(step, steps)),
    make("progress", { value: step, max: steps, "aria-hidden": "true" }),
  );

// What we noted, each with the button that changes it, and the button that agrees.
function readback({ buttons = [], metadata }, { strings, say }, live) {
  const [agree, ...changes] = buttons;
  const lines = metadata.answers.map(({ slot, label, answer }) => {
    const change = live && changes.find((given) => valueOf(given) === slot);
    const press = change && button(strings.change, "small", () => say(change.title, change.payload), { "aria-label": change.title });
    return make("div", {}, make("dt", {}, `${label}: `), make("dd", {}, answer), press && make("dd", { class: "once" }, press));
  });
  const list = make("dl", { class: "noted" }, ...lines);
  const row = live && agree && make("div", { class: "row once choices" }, button(agree.title, "button", () => say(agree.title, agree.payload)));
  return make("div", {}, list, row);
}

/** The tap-to-call links for a message about danger. */
export function calls({ metadata }, { config, strings }) {
  const emergency = phone(strings.call(config.emergency_number), config.emergency_number, { class: "button call" });
  const number = /abuse$/.test(metadata.topic) ? config.abuse_phone : config.crisis_phone;
  const line = phone(strings.call(number), number, { class: "button call" });
  return make("div", { class: "row" }, metadata.kind === "crisis" && line, emergency);
}

function feedback(about, { strings, rate }) {
  const said = make("span");
  let given = false;
  const give = async (pressed, helpful) => {
    if (given) return;
    given = true;
    try {
      await rate(about, helpful);
      pressed.ariaPressed = "true";
      said.textContent = strings.thanks;
    } catch {
      said.textContent = strings.notStored;
      given = false; // so that the visitor can try again
    }
  };
  const answer = (title, helpful) => button(icon(THUMB), "small", ({ currentTarget }) => give(currentTarget, helpful), { "aria-label": title, "aria-pressed": "false" });
  return make("div", { class: "feedback", role: "group", "aria-label": strings.helpful, title: strings.helpful }, said, answer(strings.yes, true), answer(strings.no, false));
}

function choices(buttons, { text, metadata }, page) {
  const { strings, say } = page;
  const asides = Object.entries(strings.asides).map(([name, title]) => button(title, "small", () => say(title, `/${name}`)));
  const several = metadata.select === "many";
  // The number is in the name, so that it is heard when the focus comes here.
  const name = metadata.step ? `${strings.step(metadata.step, metadata.steps)}: ${firstLine(text)}` : text;
  const group = make("div", { class: "once choices", role: "group", "aria-label": name });
  if (several) group.append(...manyOf(buttons, metadata.slot, page));
  else if (metadata.slot === AGE && metadata.step) group.append(...age(buttons, page));
  else group.append(make("div", { class: `row ${metadata.step ? "answers" : ""}` }, ...chips(buttons, page)));
  if (metadata.step) group.append(make("div", { class: "row asides" }, ...asides));
  return group;
}

// Bands of ages to tap, and a field for the number. Nobody is offered "not sure" about an age.
function age(buttons, page) {
  const { strings, say } = page;
  const send = () => (/^\d{1,3}$/.test(field.value.trim()) ? say(field.value.trim()) : field.focus());
  const enter = ({ key }) => key === "Enter" && send();
  const field = make("input", { id: AGE, inputmode: "numeric", keydown: enter });
  const bands = chips(buttons.filter((given) => valueOf(given) !== NOT_SURE), page);
  const typed = make("div", { class: "row years" }, make("label", { for: AGE }, strings.years), field, button(strings.proceed, "chip", send));
  return [make("div", { class: "row answers" }, ...bands), typed];
}

// Checkboxes for several answers. "None of these", "not sure" and "rather not say" clear the others, and the others clear them.
function manyOf(buttons, slot, { strings, say }) {
  const { groups = [], hints = {} } = strings.lists[slot] || {};
  const boxes = buttons.map((offered) => {
    const value = valueOf(offered);
    const hint = hints[value];
    const box = make("input", { type: "checkbox", "aria-label": offered.title, "aria-description": hint, change: () => settle(box) });
    const label = make("label", { class: "chip", dir: "auto" }, box, make("span", {}, offered.title, hint && make("small", {}, hint)));
    return Object.assign(box, { offered, value, label, exclusive: EXCLUSIVE.includes(value) });
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
      pressed.map(({ title }) => title).join("; "),
      values.length > 1 ? first.payload.replace(values[0], `[${values.join(", ")}]`) : first.payload,
    );
  };
  const proceed = button(strings.proceed, "button", send, { disabled: true });
  const rows = groups.map(([title, ...values]) => {
    const row = make("div", { class: "row" }, ...values.map((value) => boxes.find((box) => box.value === value)?.label));
    return make("fieldset", {}, make("legend", {}, title), row);
  });
  // The bar stays in view while the list scrolls.
  const bar = make("div", { class: "row bar" }, proceed);
  const others = make("div", { class: "row" });
  for (const { value, label } of boxes) {
    if (value === NONE) bar.prepend(label);
    else if (!groups.flat().includes(value)) others.append(label);
  }
  return [...rows, others, bar];
}
