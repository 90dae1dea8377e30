// The ways to keep a result of the check: copy, share, mail and print. The browser decides which of these it can do.

import { button, make } from "./messages.js";
import { partsOf } from "./result.js";

const PAGE_HEIGHT = 930; // pixels between the margins on Letter or A4 paper
const MAX_ADDRESS = 2000; // characters; Chrome on Windows opens no longer one
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

/**
 * Fills `row` with a button for each way.
 *
 * @param page `strings`, `config` and `lang`; `later` has the words and `styles` the style sheets
 */
export function showLater(page, row, message) {
  const { later, config } = page;
  const text = `${message.text}\n\n${later.summaryNote}\n${contact(config)}`;
  const copied = ({ currentTarget: pressed }) => navigator.clipboard.writeText(text).then(() => (pressed.textContent = later.copied), () => {});
  const share = () => navigator.share({ text }).catch(() => {}); // the visitor changed their mind
  const mail = mailOf(message, page);
  const ways = [
    navigator.clipboard && button(later.copy, "chip", copied, { "aria-live": "polite" }),
    navigator.share && button(later.share, "chip", share),
    make("a", { href: mail, class: "chip" }, later.mail),
    button(later.print, "chip", () => print(message, page)),
  ].filter(Boolean);
  row.replaceChildren(...ways);
  ways[0].focus();
}

// As many reasons as fit.
function mailOf({ metadata }, { later, config }) {
  const reasons = metadata.reasons.map(({ text }) => `- ${text}`);
  const withReasons = (count) => {
    const lines = [metadata.headline, metadata.next_step, reasons.slice(0, count).join("\n"), later.summaryNote, contact(config)];
    return `mailto:?subject=${encodeURIComponent(later.summary)}&body=${encodeURIComponent(lines.filter(Boolean).join("\n\n"))}`;
  };
  let count = reasons.length;
  while (count && withReasons(count).length > MAX_ADDRESS) count -= 1;
  return withReasons(count);
}

const contact = ({ clinic_name: name, clinic_phone: number, booking_link: booking, hours }) => [name, number, booking, hours].filter(Boolean).join(" · ");

let restore = () => {}; // takes away the last summary

function print(message, page) {
  const { strings, later, config, styles, lang } = page;
  const { headline, next, reasons, answers, options, questions, status } = partsOf(message, page);
  restore();
  const cited = message.metadata.sources.map(({ title, url }) => make("li", {}, title, url ? ` ${url}` : ""));
  const summary = make(
    "main",
    { class: "summary", lang, dir: strings.dir },
    make("header", {}, make("h1", {}, later.summary), make("p", {}, later.printedOn(new Date())), make("p", {}, contact(config))),
    headline,
    next,
    reasons(strings.reasons),
    answers,
    options,
    questions,
    make("footer", {}, status, make("p", {}, `${later.summaryNote} ${strings.emergency} ${config.emergency_number}.`), make("ol", {}, ...cited)),
  );
  const host = make("exosome-summary");
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = styles;
  root.append(summary);
  const { title } = document;
  document.title = later.summary; // the file name if the visitor saves it
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
