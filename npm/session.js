import { ownOf, unfit } from "./auth-error.js";
import { parsed } from "./endpoint.js";
import { MIN_VALIDITY, authorizedFetch } from "./fetch.js";
import { listen, takeUnheard } from "./host/listeners.js";
import { origin, page } from "./host/page.js";
import { flag, milliseconds, must, oneOf, own, signalOf } from "./options.js";
import { words } from "./scope.js";
import { settled } from "./settled.js";

/** @typedef {import("./index.d.ts").Server} Server */

/** A session as the contract describes it. Tokens stay in the module; nothing here is enumerable. */
export class Session {
  #handle;
  #server;
  #clientId;
  #subject;
  /** @type {AbortController | undefined} */
  #ended;
  /** What was last seen, for the time after the session. @type {any} */
  #seen;

  /**
   * @param {import("./handle.js").Handle} handle
   * @param {Server} server
   * @param {string} clientId
   * @param {"user" | "application"} subject
   */
  constructor(handle, server, clientId, subject) {
    this.#handle = handle;
    this.#server = server;
    this.#clientId = clientId;
    this.#subject = subject;
    this.#look();
  }

  #look() {
    const summary = this.#handle.summary();
    // What is not said, just after a trap, is as it was.
    this.#seen = ownOf({ ...this.#seen, ...summary, ...(summary.hasEnded && { signedIn: false }) });
    return this.#seen;
  }

  get server() {
    return this.#server;
  }

  get clientId() {
    return this.#clientId;
  }

  get grant() {
    return this.#look().grant;
  }

  get subject() {
    return this.#subject;
  }

  get signedIn() {
    return this.#look().signedIn;
  }

  get scopes() {
    return Object.freeze(words(this.#look().scope ?? ""));
  }

  get expiresAt() {
    return date(this.#look().expiresAt);
  }

  get claims() {
    return this.#handle.claims();
  }

  get appState() {
    const text = this.#handle.shared.appState;
    return text ? JSON.parse(text) : undefined;
  }

  get signal() {
    if (!this.#ended) {
      const ended = new AbortController();
      this.#ended = ended;
      if (this.#look().hasEnded) ended.abort();
      // Whoever holds the signal only still wants to hear of the end: the session is kept for it.
      else listen(this.#handle.session, (event) => event === "signedout" && this.#ended?.abort());
    }
    return this.#ended.signal;
  }

  /**
   * @param {RequestInfo | URL} input
   * @param {RequestInit} [init]
   * @returns {Promise<Response>}
   */
  fetch(input, init) {
    return settled(() => authorizedFetch(this.#handle, input, init));
  }

  /**
   * @param {{ minValidity?: number, signal?: AbortSignal }} [options]
   * @returns {Promise<string>}
   */
  async accessToken(options = {}) {
    const validity = must("minValidity", own(options, "minValidity") ?? MIN_VALIDITY, milliseconds);
    return settled(() => this.#handle.accessToken(validity), signalOf(options));
  }

  /**
   * @param {{ signal?: AbortSignal }} [options]
   * @returns {Promise<void>}
   */
  async refresh(options = {}) {
    await settled(() => this.#handle.refresh(), signalOf(options));
  }

  /**
   * @param {{ redirect?: boolean, returnTo?: string }} [options]
   * @returns {Promise<void>}
   */
  async logout(options = {}) {
    const redirect = must("redirect", own(options, "redirect") ?? false, flag);
    const returnTo = sameOrigin(own(options, "returnTo"));
    return settled(async () => {
      const idToken = await this.#handle.logout();
      if (redirect) await this.#handle.leaveSignedOut(returnTo, idToken);
    });
  }

  /**
   * @param {"refreshed" | "signedout" | "error"} event
   * @param {(detail: { session: Session, error?: any }) => void} listener
   * @returns {() => void} removes the listener
   */
  on(event, listener) {
    must("event", event, oneOf("refreshed", "signedout", "error"));
    if (typeof listener !== "function") throw unfit("listener", "be a function");
    const tell = (/** @type {unknown} */ error) =>
      listener(error ? { session: this, error } : { session: this });
    const { session } = this.#handle;
    const unheard = event === "error" && takeUnheard(session);
    if (unheard) queueMicrotask(() => tell(unheard));
    return listen(session, (happened, error) => happened === event && tell(error));
  }
}

/**
 * Where a log-out comes back to: an address of this very origin, by the browser's own parser (RFC 9700 section
 * 4.11.1).
 * @param {unknown} returnTo
 */
function sameOrigin(returnTo) {
  if (returnTo === undefined) return undefined;
  const href = parsed(/** @type {string} */ (returnTo), page())?.href;
  if (href?.startsWith(`${origin()}/`)) return href;
  throw unfit("returnTo", "be an address of this origin");
}

/** @param {number | undefined} milliseconds */
export const date = (milliseconds) => (milliseconds === undefined ? null : new Date(milliseconds));
