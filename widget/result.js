// The result of the check: as a card in the conversation, and on one printed page.

import { button, calls, isDanger, make, paragraphs, sources } from "./messages.js";

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
      return make("li", {}, text, numbers.length > 0 && make("sup", {}, ` ${numbers.join(", ")}`));
    }),
  );

const nextStep = ({ next_step: text }, strings) => part(strings.nextStep, text && make("p", {}, text), { class: "next" });

const questions = (metadata) => list("ol", metadata.questions.map((question) => make("li", {}, question)));

/** Draws the result of the check. For `page` see messages.js; it also has the chat's `styleSheet`. */
export function resultCard(message, page) {
  const { metadata } = message;
  const { strings } = page;
  return make(
    "article",
    { class: `card ${metadata.outcome}`, part: "card" },
    make("h3", {}, strings.result),
    make("div", { class: "headline" }, ...paragraphs(metadata.headline)),
    isDanger(message) && calls(message, page),
    nextStep(metadata, strings),
    part(strings.reasons, reasons(metadata.reasons.slice(0, MAX_REASONS), metadata)),
    rest(metadata, strings),
    button(strings.print, "button", () => print(metadata, page)),
  );
}

// A screen reader announces a new result without what is folded away.
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

function print(metadata, { strings, config, styleSheet, lang }) {
  const cited = metadata.sources.map(({ title, url }) => make("li", {}, title, url ? ` ${url}` : ""));
  const contact = [config.clinic_name, config.clinic_phone, config.booking_link, config.hours].filter(Boolean).join(" · ");
  const summary = make(
    "main",
    { class: "summary", lang, dir: strings.dir },
    make("header", {}, make("h1", {}, strings.summary), make("p", {}, strings.printedOn(new Date())), contact && make("p", {}, contact)),
    make("div", { class: "headline" }, ...paragraphs(metadata.headline)),
    nextStep(metadata, strings),
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
  const restoreTitle = () => (document.title = title);
  document.title = strings.summary; // the file name if the visitor saves it
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, printStyles];
  document.body.append(host);
  summary.style.zoom = Math.min(1, PAGE_HEIGHT / summary.offsetHeight);
  const printed = new AbortController();
  const restore = () => {
    printed.abort();
    host.remove();
    restoreTitle();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== printStyles);
  };
  // Not every browser says when it has printed. Whoever uses the page again has.
  for (const type of ["afterprint", "pointerdown", "keydown"]) addEventListener(type, restore, { capture: true, signal: printed.signal });
  window.print();
  setTimeout(() => printed.signal.aborted || restoreTitle(), TITLE_TIME);
}
