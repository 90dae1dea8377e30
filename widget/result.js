// The result of the check, as a card. Where this can't be loaded, the text of the result says the same.

import { clinicLinks } from "./contact.js";
import { button, calls, isDanger, link, make, paragraphs, sources, withLinks } from "./messages.js";

const MAX_REASONS = 5; // before the rest of a result is folded away

const section = (title, content, look) => content && make("section", { class: look }, make("h4", {}, title), content);
const list = (tag, lines) => lines.length > 0 && make(tag, {}, ...lines.map((line) => make("li", {}, ...line)));

/**
 * Returns the parts of a result that the card and the printed summary share, by name; false where there is nothing.
 * Each reason has the numbers of its sources in the list of all sources, as links to them.
 */
export function partsOf({ metadata }, { strings, config }) {
  const { next_step: step, answers, options, questions, reasons } = metadata;
  const numbered = ({ text, sources: own }) => {
    const numbers = own.map(({ title, url }) => link(metadata.sources.findIndex((source) => source.title === title) + 1, url, strings, { title }));
    return [text, numbers.length > 0 && make("sup", {}, "\u00a0", ...numbers)].filter(Boolean); // never alone on a line
  };
  const given = answers.map(({ label, answer }) => make("div", {}, make("dt", {}, label), make("dd", {}, answer)));
  return {
    headline: make("div", { class: "headline" }, ...paragraphs(metadata.headline)),
    next: step && section(strings.nextStep, make("p", {}, ...withLinks(step, { strings, config })), "next"),
    reasons: (title, ...range) => section(title, list("ul", reasons.slice(...range).map(numbered))),
    answers: given.length > 0 && section(strings.answers, make("dl", {}, ...given)),
    options: options && section(strings.options, make("p", {}, options)),
    questions: section(strings.questions, list("ol", questions.map((question) => [question])), "notes"),
    status: make("p", { class: "status" }, metadata.status),
  };
}

/**
 * Draws it.
 *
 * @param page `strings` and `config`
 * @param message the result
 * @param keep `keep(row, message)` replaces the content of `row` with the ways to keep a result
 */
export function showLater(page, message, keep) {
  const { metadata } = message;
  const { strings } = page;
  const { headline, next, reasons, answers, options, questions, status } = partsOf(message, page);
  const rest = [reasons(strings.moreReasons, MAX_REASONS), answers, options, questions, status, sources(metadata.sources, strings)];
  if (next) next.append(make("div", { class: "row" }, ...clinicLinks(page)));
  return make(
    "div",
    { class: `card ${metadata.outcome}`, part: "card" },
    make("h3", {}, strings.result),
    headline,
    isDanger(message) && calls(message, page),
    next,
    reasons(strings.reasons, 0, MAX_REASONS),
    make("details", { class: "rest" }, make("summary", {}, strings.rest), ...rest.filter(Boolean)),
    make("div", { class: "row" }, button(strings.keep, "chip", ({ target }) => keep(target.parentElement, message))),
  );
}
