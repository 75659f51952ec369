import { ownOf } from "./auth-error.js";
import { page } from "./host/page.js";
import { call, callNow, latestCall } from "./machine.js";

/** The views of this page. @type {Set<number>} */
const open = new Set();

/** @type {FinalizationRegistry<number> | undefined} */
let dropped;

/**
 * Closes a view when nobody holds its handle any more.
 * @param {Handle} handle
 * @param {number} view
 */
function closeWhenDropped(handle, view) {
  // Some edge runtimes have no such registry, and let no page live long.
  if (typeof FinalizationRegistry === "undefined") return;
  dropped ??= new FinalizationRegistry((gone) => {
    open.delete(gone);
    callNow("close", { view: gone });
  });
  dropped.register(handle, view);
}

let watching = false;

/** What another tab stores or removes is looked at when it happens, not when it is next needed. */
function watchOtherTabs() {
  if (watching) return;
  watching = true;
  globalThis.addEventListener?.("storage", ({ key }) => {
    if (key !== null && !key.startsWith("space-auth:session:")) return;
    for (const view of open) call("look", { view }).catch(() => {});
  });
}

/** One caller's view of a session in the module. Outcomes are texts, errors the JSON text of an `AuthError`. */
export class Handle {
  #view;

  /**
   * Checks the options; throws what is wrong with them.
   * @param {object} options
   */
  constructor(options) {
    const opened = callNow("open", { ...options, page: page() });
    this.#view = latestCall();
    /** @type {{ session: number, base: string }} */
    const { session, base } = JSON.parse(opened);
    /** Names the session among all of this page. */
    this.session = session;
    /** What relative API URLs resolve against. */
    this.base = base;
    watchOtherTabs();
    open.add(this.#view);
    closeWhenDropped(this, this.#view);
  }

  #call(/** @type {string} */ operation, /** @type {object} */ options = {}) {
    return call(operation, { ...options, view: this.#view, page: page() });
  }

  #callNow(/** @type {string} */ operation, /** @type {object} */ options = {}) {
    return callNow(operation, { ...options, view: this.#view });
  }

  /** @returns {{ hasEnded: boolean, signedIn?: boolean, grant?: any, scopes?: string, expiresAt?: number }} */
  summary = () => ownOf(JSON.parse(this.#callNow("summary")));

  appState = () => this.#callNow("appState");

  /** @param {string} address */
  allows = (address) => this.#callNow("allows", { address }) !== "";

  /** Whether somebody is signed in, after a redirect of ours or by what is stored. */
  resume = async () => (await this.#call("resume")) !== "";

  /** @param {string} [address] */
  complete = async (address = page()) => (await this.#call("complete", { address })) !== "";

  leave = () => this.#call("leave");

  /** @param {string} [returnTo] */
  leaveSignedOut = (returnTo) => this.#call("leaveSignedOut", { returnTo });

  /** @param {number} minValidity milliseconds */
  accessToken = (minValidity) => this.#call("accessToken", { minValidity: Math.ceil(minValidity) });

  /** @param {string} [stale] the token that is to be replaced */
  refresh = (stale) => this.#call("refresh", { stale });

  logout = () => this.#call("logout");
}
