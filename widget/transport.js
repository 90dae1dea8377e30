// Talks to the web channel: the session, messages, history, feedback, deletion.

const KEY = "exosome-chat";
const PATIENCE = 15_000; // milliseconds for an answer
const PATIENCE_FOR_HISTORY = 5_000; // a message may be waiting behind it
const OTHER_TAB = 250; // milliseconds for another tab to hand over its session
const MOST_WAITS = 3; // when the server asks to slow down

// Why there is no answer: `reason` is "unanswered" or "unreachable", or there is the server's own `sentence`; `final` means
// that trying again is of no use.
const failure = (why) => Object.assign(new Error("No answer"), why);

/** Returns a key under which the server knows a repeated message again. */
export const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Transport {
  #base;
  #tabs;
  #received; // takes the visit of another tab
  #visit = { earlier: [] }; // the tokens of this visit: the `current` one, and those before "start over", deleted together
  #minting = null; // so that messages sent at once share one new session
  #conversation = 0; // changes when one is left; nothing written for it is sent after that
  #sending = new Set(); // messages on their way

  /** `base` is the channel's address; `forgotten` is called when another tab deleted the conversation. */
  constructor(base, forgotten) {
    this.#base = base;
    try {
      this.#visit = JSON.parse(sessionStorage.getItem(KEY)) || this.#visit;
    } catch {
      // Storage is blocked: the conversation lives as long as the page.
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

  /** Whether this tab has a conversation to go on with. */
  get known() {
    return Boolean(this.#visit.current);
  }

  /** Returns the conversation so far: this tab's, or the one begun in another tab; empty when there is none. */
  async history() {
    if (!this.known) await this.#askOtherTabs();
    if (!this.known) return [];
    const answer = await this.#request("GET", "history", { token: this.#visit.current, patience: PATIENCE_FOR_HISTORY });
    if (answer.status !== 401) return this.#content(answer);
    this.#leave();
    return [];
  }

  /** Sends a message and returns the replies. `shown` is what the visitor reads as their own words. */
  async send(message) {
    const sending = this.#send(message);
    this.#sending.add(sending);
    try {
      return await sending;
    } finally {
      this.#sending.delete(sending);
    }
  }

  async #send({ payload, shown, key }) {
    const conversation = this.#conversation;
    const left = () => conversation !== this.#conversation;
    const end = performance.now() + PATIENCE;
    let message = payload;
    let renewed = false;
    for (let waits = 0; ; ) {
      if (!left() && !this.#visit.current) await this.#mint();
      if (left()) throw failure({ reason: "unreachable" });
      const token = this.#visit.current;
      const patience = Math.max(0, end - performance.now()); // a new session and the waits count too
      const answer = await this.#request("POST", "webhook", { token, body: { message }, key, patience });
      if (answer.status === 401 && !renewed) {
        // Of several messages refused together, the first renews the session for all.
        if (token === this.#visit.current) this.#leave();
        message = shown; // a new session was offered no buttons, so what was pressed is said in words
        renewed = true;
      } else if (answer.status === 429 && waits < MOST_WAITS) {
        waits += 1;
        await sleep(1000 * Math.min(Number(answer.headers.get("Retry-After")) || 1, 5));
      } else {
        return this.#content(answer);
      }
    }
  }

  /** Stores whether the answer about `topic` helped. */
  async feedback(topic, helpful) {
    this.#content(await this.#request("POST", "feedback", { token: this.#visit.current, body: { topic, helpful } }));
  }

  /** Begins a new conversation with the next message. The one before can still be deleted. */
  startOver() {
    this.#conversation += 1;
    if (this.known) this.#leave();
  }

  /** Deletes all conversations of this visit from the server, and here and in the other tabs the way to them. */
  async forget() {
    // What is on its way arrives before, or it would be stored after all.
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
    this.#keep({ earlier: [...this.#visit.earlier, this.#visit.current] });
  }

  #keep(visit) {
    this.#visit = visit;
    try {
      if (visit.current || visit.earlier.length) sessionStorage.setItem(KEY, JSON.stringify(visit));
      else sessionStorage.removeItem(KEY);
    } catch {
      // As above.
    }
  }

  async #askOtherTabs() {
    this.#tabs.postMessage({ wanted: true });
    const visit = await Promise.race([new Promise((resolve) => (this.#received = resolve)), sleep(OTHER_TAB)]);
    this.#received = null;
    // Another tab may still be in the conversation that was left here by "start over".
    if (visit && !this.#visit.earlier.includes(visit.current)) this.#keep({ ...visit, earlier: [...new Set([...this.#visit.earlier, ...visit.earlier])] });
  }

  #mint() {
    const mint = async () => {
      const { sender } = this.#content(await this.#request("POST", "session"));
      this.#keep({ ...this.#visit, current: sender });
      return sender;
    };
    this.#minting ??= mint().finally(() => (this.#minting = null));
    return this.#minting;
  }

  async #request(method, path, { token, body, key, patience = PATIENCE } = {}) {
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    if (key) headers["Idempotency-Key"] = key;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), patience);
    try {
      const answer = await fetch(this.#base + path, {
        method,
        headers,
        body: body && JSON.stringify(body),
        signal: limit.signal,
        credentials: "omit",
        cache: "no-store",
      });
      const text = await answer.text(); // the time limit holds for the whole of the answer
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
      throw failure({ reason: "unreachable" }); // a proxy's page, not the channel's answer
    }
    if (!ok) throw failure({ sentence: content.message, final: [400, 403, 413].includes(status) });
    return content;
  }
}
