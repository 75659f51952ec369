import { asError } from "../auth-error.js";
import { lock } from "./lock.js";
import { pending } from "./pending.js";
import { send } from "./send.js";
import { placeOf } from "./storage.js";

/** Addresses above this are none of a server's making, and not read. */
const LONGEST_ADDRESS = 1 << 20;

/**
 * The browser as the module sees it, with one place where session records live. Nothing here throws; promises
 * reject only where `src/browser/host.rs` says so.
 */
export class Host {
  #place;
  /** Of each session by its number. @type {Map<number, Set<(event: string, error: any) => void>>} */
  #listeners = new Map();
  /** Errors that came before anyone could listen. @type {Map<number, unknown>} */
  #unheard = new Map();

  /** @param {ReturnType<typeof placeOf>} place */
  constructor(place) {
    this.#place = place;
    Object.assign(this, { read: place.read, write: place.write, remove: place.remove });
  }

  now = () => Date.now();
  monotonic = () => globalThis.performance?.now() ?? 0;
  lock = lock;
  send = send;
  pendingKeys = pending.keys;
  pendingGet = pending.get;
  pendingSet = pending.set;
  pendingRemove = pending.remove;

  address() {
    const href = globalThis.location?.href;
    return href?.length <= LONGEST_ADDRESS ? href : undefined;
  }

  /** @param {string} address */
  replaceAddress(address) {
    globalThis.history?.replaceState(history.state, "", address);
  }

  /** @param {string} address */
  leaveFor(address) {
    globalThis.location?.assign(address);
    return Boolean(globalThis.location);
  }

  /**
   * Tells the listeners, later, so that none of them runs inside the module.
   * @param {number} number
   * @param {string} event
   * @param {string} [error]
   */
  notify(number, event, error) {
    const detail = error && asError(error);
    const listeners = this.#listeners.get(number);
    if (event === "error" && !listeners?.size) this.#unheard.set(number, detail);
    for (const listener of listeners ?? []) queueMicrotask(() => listener(event, detail));
    if (event === "signedout") {
      queueMicrotask(() => {
        this.#listeners.delete(number);
        this.#unheard.delete(number);
      });
    }
  }

  /**
   * @param {number} number
   * @param {(event: string, error: any) => void} listener
   * @returns {() => void} removes the listener
   */
  listen(number, listener) {
    const listeners = this.#listeners.get(number) ?? new Set();
    this.#listeners.set(number, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (!listeners.size) this.#listeners.delete(number);
    };
  }

  /**
   * The error that nobody has heard yet, once.
   * @param {number} number
   */
  unheard(number) {
    const error = this.#unheard.get(number);
    this.#unheard.delete(number);
    return error;
  }
}

/** @type {Map<object, Host>} */
const hosts = new Map();

/**
 * The host of the `storage` option; equal options share one.
 * @param {any} [storage]
 */
export function hostOf(storage) {
  const place = placeOf(storage);
  const host = hosts.get(place) ?? new Host(place);
  hosts.set(place, host);
  return host;
}
