// Talks to the web channel: session, messages, history, feedback and deletion. Knows what the browser keeps of the visit.

const KEY = "exosome-chat";
const ANSWER_TIMEOUT = 15_000; // milliseconds
const HISTORY_TIMEOUT = 5_000; // milliseconds; a message may be waiting for it
const OTHER_TABS_TIMEOUT = 250; // milliseconds for other tabs to hand over their sessions
const UNKEPT = "unkept-"; // how the tokens of conversations begin that the server does not keep
const MAX_WAITS = 3; // when the server asks us to slow down
const MAX_SESSION_IDLE = 30 * 60_000; // milliseconds; what was written but not sent is not kept any longer

// Says why there is no answer: `reason` is "unanswered" or "unreachable", or the server sent a `sentence`, and the
// `fields` of a form that are wrong. `final` means that trying again is pointless.
const failure = (why) => Object.assign(new Error("No answer"), why);

/** Returns a key that lets the server recognise a repeated message. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** Returns the address of `path`, with the clinic and the page's language. Without a language, the server answers in English. */
export const asked = (path, language, clinic) => {
  const query = [clinic && `clinic=${clinic}`, language !== "en" && `language=${language}`].filter(Boolean);
  return query[0] ? `${path}?${query.join("&")}` : path;
};

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Transport {
  #base;
  #language; // of the interface
  #clinic; // its id, where one server speaks for many
  #key; // of the visit; a website may have the chats of several clinics
  #others; // what to call when another tab does something
  #tabs; // the channel to other tabs; none if the browser blocks it
  #found = []; // the visits that other tabs sent us
  #memory = {}; // the visit, if storage is blocked: then it only lasts as long as the page
  #conversation = 0; // counts conversations; we do not send a message from an earlier one
  #sending = new Set(); // promises of messages without an answer yet

  /** `base` is the channel's URL. We call `forgotten` when another tab deletes the conversation, and `continued` when it goes on there. */
  constructor(base, language, clinic, others) {
    this.#base = base;
    this.#language = language;
    this.#clinic = clinic;
    this.#key = clinic ? `${KEY} ${clinic}` : KEY;
    this.#others = others;
    if (Date.now() - this.visit.written > MAX_SESSION_IDLE) this.write({ draft: undefined, unsent: undefined });
  }

  /**
   * What this tab keeps: the token `current`, those of `earlier` conversations (which we delete together), whether the visitor
   * `agreed` to be stored, whether the panel is `open`, how many replies are `unread`, the `draft`, and the `unsent` messages. Another page of this tab may
   * have changed it, such as the one that the visitor comes back from. So we read it each time.
   */
  get visit() {
    try {
      return { ...JSON.parse(sessionStorage.getItem(this.#key)) };
    } catch {
      return this.#memory;
    }
  }

  /** Changes parts of the visit. */
  keep(changes) {
    this.#memory = { ...this.visit, ...changes };
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(this.#memory));
    } catch {
      // Storage is blocked.
    }
  }

  /** Keeps what the visitor wrote, the `draft` or the `unsent` messages, until it is sent or too old. */
  write(changes) {
    const { draft, unsent } = { ...this.visit, ...changes };
    this.keep({ draft: draft || undefined, unsent: unsent?.length ? unsent : undefined, written: draft || unsent?.length ? Date.now() : undefined });
  }

  /** Starts listening to other tabs. */
  connect() {
    try {
      this.#tabs = new BroadcastChannel(`${this.#key} ${this.#base}`);
    } catch {
      return; // blocked; this tab stays alone
    }
    this.#tabs.onmessage = ({ data }) => {
      const { current, earlier = [], agreed } = this.visit;
      if (data.wanted && current) this.#tabs.postMessage({ visit: { current, earlier, agreed } });
      else if (data.visit) this.#found.push(data.visit);
      else if (data.deleted?.includes(current)) {
        // What is on its way would be stored after the deletion.
        if (this.#sending.size) Promise.allSettled(this.#sending).then(() => this.#request("DELETE", "session", { token: current })).catch(() => {});
        this.#drop();
        this.#others.forgotten();
      } else if (data.said && (current ? data.said === current : !earlier.includes(data.said))) this.#others.continued();
    };
  }

  /** Stops listening to other tabs. */
  disconnect() {
    this.#tabs?.close();
    this.#tabs = null;
  }

  /** Whether this tab has a conversation to continue. */
  get known() {
    return Boolean(this.visit.current);
  }

  /** Returns the conversation so far, from this tab or another one; empty if there is none. */
  async history() {
    if (!this.known) await this.#joinOtherTab();
    if (!this.known) return [];
    // Not GET: a page's service worker may keep what GET returns, and show it again after it is deleted.
    const answer = await this.#request("POST", "history", { timeout: HISTORY_TIMEOUT });
    if (answer.status !== 401) return this.#content(answer);
    this.#leave();
    return [];
  }

  /** Sends a message and returns the replies. `shown` is what visitors see as their own message. */
  async send(message) {
    const sending = this.#send(message);
    this.#sending.add(sending);
    try {
      const replies = await sending;
      const said = this.visit.current;
      if (said?.startsWith(UNKEPT) === false) this.#tabs?.postMessage({ said }); // else there is nothing to load
      return replies;
    } finally {
      this.#sending.delete(sending);
    }
  }

  /** Whether the visitor agreed that the server keeps the conversation. */
  get agreed() {
    return Boolean(this.visit.agreed);
  }

  /** Lets the server keep what is said from now on. It needs a new session for that. */
  agree() {
    this.keep({ current: undefined, agreed: true });
  }

  async #send({ payload, shown, key }) {
    const conversation = this.#conversation;
    const left = () => conversation !== this.#conversation;
    const end = performance.now() + ANSWER_TIMEOUT;
    let message = payload;
    let renewed = false;
    for (let waits = 0; ; ) {
      if (!left() && !this.known) await this.#mint();
      if (left()) throw failure({ reason: "unreachable" });
      const timeout = Math.max(0, end - performance.now()); // this includes a new session and the waits
      // A conversation that the server doesn't keep has no buttons for it to know.
      const body = { message: this.visit.current.startsWith(UNKEPT) ? shown : message };
      const answer = await this.#request("POST", "webhook", { body, key, timeout });
      if (answer.status === 401 && !renewed) {
        this.#leave();
        message = shown; // a new session has not offered any buttons, so we send the title of the pressed one
        renewed = true;
      } else if (answer.status === 429 && waits < MAX_WAITS) {
        waits += 1;
        await sleep(1000 * Math.min(Number(answer.headers.get("Retry-After")) || 1, 5));
      } else {
        return this.#content(answer);
      }
    }
  }

  /** Stores whether an answer helped. `about` is its `topic`, and its `detail` if it has one. */
  async feedback({ topic, detail }, helpful) {
    this.#content(await this.#request("POST", "feedback", { body: { topic, detail, helpful } }));
  }

  /** Counts that a contact button was pressed: `kind` is phone, booking or callback. Nobody waits for it, and the page may close. */
  pressed(kind) {
    if (this.known) this.#request("POST", "pressed", { body: { kind }, keepalive: true }).catch(() => {});
  }

  /** Asks the clinic to call back. Returns the reference of the request. */
  async callBack(form, key) {
    return this.#content(await this.#request("POST", "callback", { body: form, key })).reference;
  }

  /** Starts a new conversation with the next message. Visitors can still delete the earlier one. */
  startOver() {
    this.#conversation += 1;
    this.write({ unsent: undefined });
    if (this.known) this.#leave();
  }

  /**
   * Deletes all conversations of this visit from the server, and what this browser keeps of them, here and in other tabs.
   * Returns what the server has to say, if something of them is not gone yet.
   */
  async forget() {
    // Wait for messages in flight; otherwise the server would store them after the deletion.
    this.#conversation += 1;
    this.write({ draft: undefined, unsent: undefined });
    await Promise.allSettled(this.#sending);
    const visits = [this.visit, ...(await this.#otherVisits())];
    const tokens = new Set(visits.flatMap(({ current, earlier = [] }) => [...earlier, current]).filter(Boolean));
    let notice;
    for (const token of tokens) {
      const answer = await this.#request("DELETE", "session", { token });
      if (answer.status !== 401) notice = this.#content(answer).message || notice;
    }
    this.#drop();
    this.#tabs?.postMessage({ deleted: [...tokens] });
    return notice;
  }

  // Forgets the visit in this tab.
  #drop() {
    this.#conversation += 1;
    this.#memory = {};
    try {
      sessionStorage.removeItem(this.#key);
    } catch {
      // Storage is blocked.
    }
  }

  #leave() {
    const { earlier = [], current } = this.visit;
    this.keep({ earlier: [...earlier, current], current: undefined });
  }

  async #otherVisits() {
    this.#found = [];
    this.#tabs?.postMessage({ wanted: true });
    await sleep(OTHER_TABS_TIMEOUT);
    return this.#found;
  }

  async #joinOtherTab() {
    const { earlier = [] } = this.visit;
    // Another tab may still be in the conversation that we left with "start over".
    const visit = (await this.#otherVisits()).find(({ current }) => !earlier.includes(current));
    if (visit && !this.known) this.keep({ ...visit, earlier: [...new Set([...earlier, ...(visit.earlier || [])])] });
  }

  async #mint() {
    const agreed = this.agreed || undefined;
    const body = (agreed || this.#clinic) && { agreed, clinic: this.#clinic }; // without a body, a browser asks for no permission first
    const session = await this.#request("POST", "session", { body });
    this.keep({ current: this.#content(session).sender });
  }

  async #request(method, path, { token = this.visit.current, body, key, keepalive, timeout = ANSWER_TIMEOUT } = {}) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeout);
    try {
      const answer = await fetch(this.#base + asked(path, this.#language), {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: limit.signal,
        credentials: "omit",
        keepalive,
        cache: "no-store",
      });
      const text = await answer.text(); // the timeout covers the whole answer
      return { ok: answer.ok, status: answer.status, headers: answer.headers, text };
    } catch {
      throw failure({ reason: limit.signal.aborted ? "unanswered" : "unreachable" });
    } finally {
      clearTimeout(timer);
    }
  }

  #content({ ok, status, text }) {
    let content;
    try {
      content = JSON.parse(text);
    } catch {
      throw failure({ reason: "unreachable" }); // a proxy's error page, not the channel's answer
    }
    if (!ok) throw failure({ sentence: content.message, fields: content.fields, final: [400, 403, 413].includes(status) });
    return content;
  }
}
