// The chat: <exosome-chat> talks to the web channel beside this script. Everything is shown with textContent.
const base = new URL(".", document.currentScript.src).href;
const TOKEN = "exosome-chat-session";

const STYLE = `
:host { display: flex; flex-direction: column; font: 16px/1.5 system-ui, sans-serif; color: #1c2733; }
section { display: flex; flex-direction: column; flex: 1; min-height: 0; background: #fff; border: 1px solid #c9d3dc; border-radius: 12px; overflow: hidden; }
header { padding: .75rem 1rem; background: #0b4f6c; color: #fff; }
header h2 { margin: 0; font-size: 1.05rem; } header p { margin: .15rem 0 0; font-size: .85rem; }
ol { flex: 1; min-height: 0; overflow-y: auto; list-style: none; margin: 0; padding: 1rem; display: flex; flex-direction: column; gap: .6rem; }
li { max-width: 88%; padding: .6rem .8rem; border-radius: 12px; background: #eef3f6; white-space: pre-line; overflow-wrap: anywhere; }
li.visitor { align-self: flex-end; background: #0b4f6c; color: #fff; }
li.referral { background: none; border-left: 3px solid #0b4f6c; border-radius: 0; padding-block: .1rem; font-size: .95rem; }
li.emergency, li.crisis { background: #fdecea; border: 2px solid #b3261e; font-weight: 600; }
li p { margin: 0; } details { margin-top: .5rem; font-size: .85rem; white-space: normal; } summary { cursor: pointer; min-height: 24px; } details a { color: #0b4f6c; }
.options { display: flex; flex-wrap: wrap; gap: .4rem; margin-top: .6rem; }
button, .options a { display: inline-flex; align-items: center; font: inherit; font-size: .92rem; min-height: 36px; padding: .3rem .8rem; border: 1px solid #0b4f6c; border-radius: 18px; background: #fff; color: #0b4f6c; cursor: pointer; text-decoration: none; }
button[aria-pressed=true], form button { background: #0b4f6c; color: #fff; } button:disabled { opacity: .5; cursor: default; }
button:focus-visible, textarea:focus-visible, a:focus-visible { outline: 3px solid #f5a623; outline-offset: 2px; }
form { display: flex; gap: .5rem; padding: .75rem; border-top: 1px solid #c9d3dc; }
textarea { flex: 1; font: inherit; resize: none; padding: .5rem .7rem; border: 1px solid #7b8a97; border-radius: 10px; min-height: 44px; box-sizing: border-box; }
`;

const make = (tag, text, attributes = {}) => {
  const element = document.createElement(tag);
  if (text) element.textContent = text;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
};

const link = (title, url) => make("a", title, { href: url, target: "_blank", rel: "noopener noreferrer" });

class ExosomeChat extends HTMLElement {
  async connectedCallback() {
    const root = this.attachShadow({ mode: "open" });
    const frame = make("section", "", { "aria-label": "Chat about exosome therapy" });
    const header = make("header");
    this.log = make("ol", "", { role: "log", "aria-live": "polite", tabindex: "0", "aria-label": "Conversation" });
    const form = make("form");
    this.input = make("textarea", "", { rows: "1", maxlength: "5000", "aria-label": "Your message", placeholder: "Ask about exosomes for hair loss" });
    form.append(this.input, make("button", "Send", { type: "submit" }));
    frame.append(header, this.log, form);
    root.append(make("style", STYLE), frame);
    form.addEventListener("submit", (event) => { event.preventDefault(); this.submit(); });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
    });
    const config = await fetch(`${base}config`).then((answer) => answer.json());
    this.config = config;
    header.append(make("h2", config.clinic_name || "Hair loss assistant"), make("p", `Automated and educational, not a clinician. Emergency: ${config.emergency_number}.`));
    for (const line of sessionStorage.getItem(TOKEN) ? await this.history() : []) {
      if (line.from === "visitor") this.show("visitor", line.text);
      else this.answer(line);
    }
    if (!this.log.childElementCount) this.send("hello", "");
  }

  async history() {
    const answer = await fetch(`${base}history`, { headers: { Authorization: `Bearer ${sessionStorage.getItem(TOKEN)}` } });
    return answer.ok ? answer.json() : [];
  }

  submit() {
    const text = this.input.value.trim();
    if (text) { this.input.value = ""; this.send(text, text); }
  }

  async token() {
    if (!sessionStorage.getItem(TOKEN)) {
      const answer = await fetch(`${base}session`, { method: "POST" });
      sessionStorage.setItem(TOKEN, (await answer.json()).sender);
    }
    return sessionStorage.getItem(TOKEN);
  }

  // Sends `message`; `shown` is what the visitor sees as their own words.
  async send(message, shown, renewed = false) {
    if (shown && !renewed) this.show("visitor", shown);
    this.log.querySelectorAll(".options button").forEach((button) => { button.disabled = true; });
    try {
      const answer = await fetch(`${base}webhook`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "Idempotency-Key": crypto.randomUUID() },
        body: JSON.stringify({ sender: await this.token(), message }),
      });
      if (answer.status === 401 && !renewed) {
        sessionStorage.removeItem(TOKEN);
        return this.send(message, shown, true);
      }
      const body = await answer.json();
      if (answer.ok) body.forEach((line) => this.answer(line));
      else this.show("notice", `${body.message} ${body.emergency}`);
    } catch {
      this.show("notice", `No connection. In an emergency, call ${this.config?.emergency_number || "your emergency number"}.`);
    }
  }

  show(kind, text) {
    const item = make("li", "", { class: kind });
    item.append(make("p", text));
    this.log.append(item);
    item.scrollIntoView({ block: "nearest" });
    return item;
  }

  answer({ text, buttons = [], metadata = {} }) {
    const item = this.show(metadata.kind || "answer", text);
    if (metadata.sources?.length) {
      const details = make("details");
      const list = make("ul");
      details.append(make("summary", "Sources"), list);
      for (const { title, url } of metadata.sources) {
        const entry = make("li");
        entry.append(url?.startsWith("https://") ? link(title, url) : document.createTextNode(title));
        list.append(entry);
      }
      item.append(details);
    }
    if (buttons.length) item.append(metadata.select === "many" ? this.choices(buttons, metadata.slot) : this.options(buttons));
    item.scrollIntoView({ block: "nearest" });
  }

  options(buttons) {
    const row = make("div", "", { class: "options" });
    for (const { title, payload, url } of buttons) {
      if (url?.startsWith("https://")) { row.append(link(title, url)); continue; }
      const button = make("button", title, { type: "button" });
      button.addEventListener("click", () => this.send(payload, title));
      row.append(button);
    }
    return row;
  }

  // Several options of one question go out as one payload with the chosen values.
  choices(buttons, slot) {
    const row = make("div", "", { class: "options" });
    const chosen = new Map();
    for (const { title, payload } of buttons) {
      const button = make("button", title, { type: "button", "aria-pressed": "false" });
      button.addEventListener("click", () => {
        const on = !chosen.delete(title);
        if (on) chosen.set(title, JSON.parse(payload.slice(payload.indexOf("{")))[slot]);
        button.setAttribute("aria-pressed", String(on));
        done.disabled = !chosen.size;
      });
      row.append(button);
    }
    const done = make("button", "Done", { type: "button" });
    done.disabled = true;
    done.addEventListener("click", () => this.send(`/inform${JSON.stringify({ [slot]: [...chosen.values()] })}`, [...chosen.keys()].join(", ")));
    row.append(done);
    return row;
  }
}

customElements.define("exosome-chat", ExosomeChat);
