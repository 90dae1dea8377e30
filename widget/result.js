// The result of the check: as a card in the conversation, and on one printed page.

import { button, calls, isDanger, link, make, paragraphs, phone, sources, withNumbers } from "./messages.js";

const MAX_REASONS = 5; // before the rest is folded away
const PAGE_HEIGHT = 930; // pixels between the margins on Letter or A4 paper
const TITLE_TIME = 1000; // milliseconds in which a browser reads the title
// While we print a summary, the page prints nothing else.
const printStyles = new CSSStyleSheet();
printStyles.replaceSync(`
@page { margin: 14mm; }
@media screen { exosome-summary { position: fixed; width: 182mm; visibility: hidden; } }
@media print {
  body > :not(exosome-summary), body::before, body::after { display: none !important; }
  html, body { display: block !important; height: auto !important; margin: 0 !important; padding: 0 !important; background: none !important; }
}`);

const list = (tag, lines) => lines.length > 0 && make(tag, {}, ...lines);
const part = (title, content, attributes) => content && make("section", attributes, make("h4", {}, title), content);
const given = (answers) => answers.length > 0 && make("dl", {}, ...answers.map(({ label, answer }) => make("div", {}, make("dt", {}, label), make("dd", {}, answer))));

// Some of the reasons, each with the numbers of its sources in the list of all sources.
const reasons = (some, metadata) =>
  list(
    "ul",
    some.map(({ text, sources: own }) => {
      const numbers = own.map(({ title }) => metadata.sources.findIndex((source) => source.title === title) + 1);
      return make("li", {}, text, numbers.length > 0 && make("sup", {}, `\u00a0${numbers.join(",\u00a0")}`)); // never alone on a line
    }),
  );

const nextStep = ({ next_step: text }, { strings, config }, ...ways) =>
  text && make("section", { class: "next" }, make("h4", {}, strings.nextStep), make("p", {}, ...withNumbers(text, config)), ...ways);

const questions = (metadata) => list("ol", metadata.questions.map((question) => make("li", {}, question)));

/** Draws the result of the check. For `page` see messages.js; it also has the chat's `styleSheet`. */
export function resultCard(message, page) {
  const { metadata } = message;
  const { strings } = page;
  return make(
    "div",
    { class: `card ${metadata.outcome}`, part: "card" },
    make("h3", {}, strings.result),
    make("div", { class: "headline" }, ...paragraphs(metadata.headline)),
    isDanger(message) && calls(message, page),
    nextStep(metadata, page, clinic(page)),
    part(strings.reasons, reasons(metadata.reasons.slice(0, MAX_REASONS), metadata)),
    rest(metadata, strings),
    part(strings.keep, keeping(message, page), { class: "keep" }),
  );
}

function clinic({ strings, config }) {
  const look = { class: "button" };
  const booking = config.booking_link && link(strings.book, config.booking_link, strings, look);
  return make("div", { class: "row" }, booking, phone(strings.callClinic, config.clinic_phone, look));
}

// Copies, shares, mails or prints the result. The browser decides which of these it can do.
function keeping(message, page) {
  const { strings, config } = page;
  const text = `${message.text}\n\n${strings.summaryNote}\n${contact(config)}`;
  const copied = ({ currentTarget: pressed }) => navigator.clipboard.writeText(text).then(() => (pressed.textContent = strings.copied), () => {});
  const share = () => navigator.share({ text }).catch(() => {}); // the visitor changed their mind
  return make(
    "div",
    { class: "row" },
    navigator.clipboard && button(strings.copy, "chip", copied, { "aria-live": "polite" }),
    navigator.share && button(strings.share, "chip", share),
    make("a", { href: `mailto:?subject=${encodeURIComponent(strings.summary)}&body=${encodeURIComponent(text)}`, class: "chip" }, strings.mail),
    button(strings.print, "chip", () => print(message.metadata, page)),
  );
}

const contact = ({ clinic_name: name, clinic_phone: number, booking_link: booking, hours }) => [name, number, booking, hours].filter(Boolean).join(" · ");

const rest = (metadata, strings) =>
  make(
    "details",
    { class: "rest" },
    make("summary", {}, strings.rest),
    part(strings.moreReasons, reasons(metadata.reasons.slice(MAX_REASONS), metadata)),
    part(strings.answers, given(metadata.answers)),
    part(strings.options, metadata.options && make("p", {}, metadata.options)),
    part(strings.questions, questions(metadata)),
    make("p", { class: "status" }, metadata.status),
    sources(metadata.sources, strings),
  );

let restore = () => {}; // takes away the last summary

function print(metadata, page) {
  const { strings, config, styleSheet, lang } = page;
  restore();
  const cited = metadata.sources.map(({ title, url }) => make("li", {}, title, url ? ` ${url}` : ""));
  const summary = make(
    "main",
    { class: "summary", lang, dir: strings.dir },
    make("header", {}, make("h1", {}, strings.summary), make("p", {}, strings.printedOn(new Date())), make("p", {}, contact(config))),
    make("div", { class: "headline" }, ...paragraphs(metadata.headline)),
    nextStep(metadata, page),
    part(strings.reasons, reasons(metadata.reasons, metadata)),
    part(strings.answers, given(metadata.answers)),
    part(strings.options, metadata.options && make("p", {}, metadata.options)),
    part(strings.questions, questions(metadata), { class: "notes" }),
    make("footer", {}, make("p", {}, metadata.status), make("p", {}, `${strings.summaryNote} ${strings.emergency} ${config.emergency_number}.`), list("ol", cited)),
  );
  const host = make("exosome-summary");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [styleSheet];
  root.append(summary);
  const { title } = document;
  document.title = strings.summary; // the file name if the visitor saves it
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, printStyles];
  document.body.append(host);
  summary.style.zoom = Math.min(1, PAGE_HEIGHT / summary.offsetHeight);
  const ending = new AbortController();
  restore = () => {
    ending.abort();
    host.remove();
    document.title = title;
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== printStyles);
    restore = () => {};
  };
  // Some browsers print nothing and say nothing. Then the next touch or key brings the page back, and the title does not wait for it.
  for (const sign of ["afterprint", "pointerdown", "keydown"]) addEventListener(sign, () => restore(), { capture: true, signal: ending.signal });
  window.print();
  setTimeout(() => host.isConnected && (document.title = title), TITLE_TIME);
}
