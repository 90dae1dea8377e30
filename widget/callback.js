// The form with which visitors ask to be called back. What they write goes to the server, and never into the conversation.

import { button, make, phone } from "./messages.js";
import { newKey } from "./transport.js";

/**
 * Shows the form in a dialog.
 *
 * @param page `strings` and `config`; `later` has the words
 * @param dialog a <dialog> to fill, named by the element `sheet-title`
 * @param send sends `form` under `key` and resolves to its reference; rejects with the `fields` that are wrong, or a `sentence`
 */
export function showLater({ strings, config, later }, dialog, send) {
  const words = later.callback;
  const key = newKey(); // the same for every attempt, so that the clinic gets one request
  const times = Object.entries(words.times).map(([value, title]) => make("option", { value }, title));
  const fields = {
    name: field("name", words.name, make("input", { autocomplete: "name", maxlength: 80, required: true, dir: "auto" })),
    phone: field("phone", words.phone, make("input", { type: "tel", autocomplete: "tel", maxlength: 40 })),
    email: field("email", words.email, make("input", { type: "email", autocomplete: "email", maxlength: 254 })),
    when: field("when", words.when, make("select", {}, ...times)),
    consent: consent(words.consent),
  };
  // One of the two is enough, so if both are empty, neither of them is wrong.
  const contactError = make("p", { class: "error", id: "callback-contact-error" });
  const failure = make("p", { class: "error", role: "alert" });
  const submit = make("button", { class: "button" }, words.send);
  const close = (title) => button(title, "chip", () => dialog.close());

  const mark = (wrong) => {
    for (const [name, { input, error }] of Object.entries(fields)) {
      input.setAttribute("aria-invalid", wrong.includes(name));
      error.textContent = wrong.includes(name) ? words.errors[name] : "";
    }
    contactError.textContent = wrong.includes("contact") ? words.errors.contact : "";
    (wrong[0] === "contact" ? fields.phone : fields[wrong[0]])?.input.focus();
  };

  const deliver = async (event) => {
    event.preventDefault();
    if (submit.ariaDisabled) return; // it is on its way
    failure.replaceChildren();
    const form = Object.fromEntries(Object.entries(fields).map(([name, { input }]) => [name, name === "consent" ? input.checked : input.value.trim()]));
    const wrong = missing(form);
    mark(wrong);
    if (wrong.length) return;
    submit.ariaDisabled = "true";
    submit.textContent = words.sending;
    try {
      thank(await send(form, key), words.times[form.when]);
    } catch ({ fields: refused, sentence }) {
      if (refused) mark(refused);
      else failure.append(sentence || words.unsent, " ", phone(strings.callClinic, config.clinic_phone) || "");
    } finally {
      submit.ariaDisabled = null;
      submit.textContent = words.send;
    }
  };

  const thank = (reference, time) => {
    const back = close(later.back);
    const done = make("div", { class: "callback", role: "status" }, title(words.sent), make("p", { class: "note" }, words.sentNote(reference, time)));
    dialog.replaceChildren(done, make("div", { class: "row" }, back));
    back.focus();
  };

  dialog.replaceChildren(
    make(
      "form",
      { class: "callback", novalidate: true, submit: deliver },
      title(words.title),
      make("p", { class: "note" }, `${words.note} ${strings.emergency} ${config.emergency_number}.`),
      fields.name.element,
      make("p", { class: "note", id: "callback-either" }, words.either),
      contactError,
      ...["phone", "email", "when", "consent"].map((name) => fields[name].element),
      failure,
      make("div", { class: "row" }, submit, close(later.cancel)),
    ),
  );
  dialog.showModal();
  fields.name.input.focus();
}

const title = (text) => make("h3", { id: "sheet-title" }, text);

// Whatever the browser can see by itself. The server checks the rest.
function missing({ name, phone: number, email, consent: agreed }) {
  const wrong = [];
  if (!name) wrong.push("name");
  if (!number && !email) wrong.push("contact");
  if (!agreed) wrong.push("consent");
  return wrong;
}

// A field: its label, the input and the place for what is wrong with it.
function field(name, label, input) {
  const id = `callback-${name}`;
  const error = errorOf(name, input);
  input.id = id;
  return { input, error, element: make("div", { class: "field" }, make("label", { for: id }, label), input, error) };
}

function consent(label) {
  const input = make("input", { type: "checkbox", required: true });
  const error = errorOf("consent", input);
  return { input, error, element: make("div", { class: "field" }, make("label", { class: "consent" }, input, label), error) };
}

function errorOf(name, input) {
  const error = make("p", { class: "error", id: `callback-${name}-error` });
  const described = ["phone", "email"].includes(name) ? `callback-either callback-contact-error ${error.id}` : error.id;
  input.setAttribute("aria-describedby", described);
  return error;
}
