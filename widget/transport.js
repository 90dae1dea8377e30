// Talks to the web channel: session, messages, history, feedback and deletion.

const KEY = "exosome-chat";
const ANSWER_TIMEOUT = 15_000; // milliseconds
const HISTORY_TIMEOUT = 5_000; // milliseconds; a message may be waiting for it
const OTHER_TAB_TIMEOUT = 250; // milliseconds for another tab to hand over its session
const MAX_WAITS = 3; // when the server asks us to slow down

// Says why there is no answer: `reason` is "unanswered" or "unreachable", or the server sent a `sentence`, and the
// `fields` of a form that are wrong. `final` means that trying again is pointless.
const failure = (why) => Object.assign(new Error("No answer"), why);

/** Returns a key that lets the server recognise a repeated message. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Transport {
  #base;
  #tabs;
  #received; // called with the visit that another tab sends us
  #visit = { earlier: [] }; // the tokens of this visit: `current`, and those from before "start over", which we delete together
  #minting = null; // a promise, so that messages sent at the same time share a new session
  #conversation = 0; // counts conversations; we do not send a message from an earlier one
  #sending = new Set(); // promises of messages without an answer yet

  /** `base` is the channel's URL. We call `forgotten` when another tab deletes the conversation. */
  constructor(base, forgotten) {
    this.#base = base;
    try {
      this.#visit = JSON.parse(sessionStorage.getItem(KEY)) || this.#visit;
    } catch {
      // Storage is blocked, so the conversation only lasts as long as the page.
    }
    this.#tabs = new BroadcastChannel(`${KEY} ${base}`);
    this.#tabs.onmessage = ({ data }) => {
      if (data.wanted && this.known) this.#tabs.postMessage({ visit: this.#visit });
      else if (data.visit) this.#received?.(data.visit);
      else if (data.deleted?.includes(this.#visit.current)) {
        this.#conversation += 1;
        this.#keep({ earlier: [] });
        forgotten();
      }
    };
  }

  /** Whether this tab has a conversation to continue. */
  get known() {
    return Boolean(this.#visit.current);
  }

  /** Returns the conversation so far, from this tab or another one; empty if there is none. */
  async history() {
    if (!this.known) await this.#askOtherTabs();
    if (!this.known) return [];
    const answer = await this.#request("GET", "history", { token: this.#visit.current, timeout: HISTORY_TIMEOUT });
    if (answer.status !== 401) return this.#content(answer);
    this.#leave();
    return [];
  }

  /** Sends a message and returns the replies. `shown` is what visitors see as their own message. */
  async send(message) {
    const sending = this.#send(message);
    this.#sending.add(sending);
    try {
      return await sending;
    } finally {
      this.#sending.delete(sending);
    }
  }

  /** Whether the visitor agreed that the server keeps the conversation. */
  get agreed() {
    return Boolean(this.#visit.agreed);
  }

  /** Lets the server keep what is said from now on. It needs a new session for that. */
  agree() {
    this.#keep({ ...this.#visit, current: undefined, agreed: true });
  }

  async #send({ payload, shown, key }) {
    const conversation = this.#conversation;
    const left = () => conversation !== this.#conversation;
    const end = performance.now() + ANSWER_TIMEOUT;
    let message = payload;
    let renewed = false;
    for (let waits = 0; ; ) {
      if (!left() && !this.#visit.current) await this.#mint();
      if (left()) throw failure({ reason: "unreachable" });
      const token = this.#visit.current;
      const timeout = Math.max(0, end - performance.now()); // this includes a new session and the waits
      // A conversation that the server doesn't keep has no buttons for it to know.
      const body = { message: token.startsWith("unkept-") ? shown : message };
      const answer = await this.#request("POST", "webhook", { token, body, key, timeout });
      if (answer.status === 401 && !renewed) {
        // If several messages are refused at once, the first one renews the session for all of them.
        if (token === this.#visit.current) this.#leave();
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
    this.#content(await this.#request("POST", "feedback", { token: this.#visit.current, body: { topic, detail, helpful } }));
  }

  /** Counts that a contact button was pressed: `kind` is phone, booking or callback. Nobody waits for it, and the page may close. */
  pressed(kind) {
    if (this.known) this.#request("POST", "contact", { token: this.#visit.current, body: { kind }, keepalive: true }).catch(() => {});
  }

  /** Asks the clinic to call back. Returns the reference of the request. */
  async callBack(form, key) {
    const { reference } = this.#content(await this.#request("POST", "callback", { token: this.#visit.current, body: form, key }));
    return reference;
  }

  /** Starts a new conversation with the next message. Visitors can still delete the earlier one. */
  startOver() {
    this.#conversation += 1;
    if (this.known) this.#leave();
  }

  /** Deletes all conversations of this visit from the server, and their tokens here and in other tabs. */
  async forget() {
    // Wait for messages in flight; otherwise the server would store them after the deletion.
    this.#conversation += 1;
    await Promise.allSettled(this.#sending);
    const tokens = [...this.#visit.earlier, this.#visit.current].filter(Boolean);
    for (const token of tokens) {
      const answer = await this.#request("DELETE", "session", { token });
      if (answer.status !== 401) this.#content(answer);
    }
    this.#keep({ earlier: [] });
    this.#tabs.postMessage({ deleted: tokens });
  }

  #leave() {
    this.#keep({ ...this.#visit, earlier: [...this.#visit.earlier, this.#visit.current], current: undefined });
  }

  #keep(visit) {
    this.#visit = visit;
    try {
      if (visit.current || visit.agreed || visit.earlier.length) sessionStorage.setItem(KEY, JSON.stringify(visit));
      else sessionStorage.removeItem(KEY);
    } catch {
      // As above.
    }
  }

  async #askOtherTabs() {
    this.#tabs.postMessage({ wanted: true });
    const visit = await Promise.race([new Promise((resolve) => (this.#received = resolve)), sleep(OTHER_TAB_TIMEOUT)]);
    this.#received = null;
    // Another tab may still be in the conversation that we left with "start over".
    if (visit && !this.#visit.earlier.includes(visit.current)) this.#keep({ ...visit, earlier: [...new Set([...this.#visit.earlier, ...visit.earlier])] });
  }

  #mint() {
    const mint = async () => {
      const body = this.agreed ? { agreed: true } : undefined;
      const { sender } = this.#content(await this.#request("POST", "session", { body }));
      this.#keep({ ...this.#visit, current: sender });
      return sender;
    };
    this.#minting ??= mint().finally(() => (this.#minting = null));
    return this.#minting;
  }

  async #request(method, path, { token, body, key, keepalive, timeout = ANSWER_TIMEOUT } = {}) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), timeout);
    try {
      const answer = await fetch(this.#base + path, {
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
