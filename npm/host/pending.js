// Authorization requests that wait for their redirect: one slot each, keyed by state, used once, for ten minutes, at
// most sixteen (RFC 9700 sections 2.1 and 4.7). All of it is synchronous.

import { ownOf } from "../auth-error.js";
import { webStorage } from "./storage.js";

/**
 * `endpoint`, `clientId` and `scope` are compared with the configuration, never used as addresses; `appState` is a JSON
 * text of the caller's own.
 * @typedef {{
 *   v: 1, createdAt: number, flow: string, state: string, redirectUri: string, codeVerifier?: string, nonce?: string,
 *   endpoint: string, clientId: string, scope: string, appState?: string, mode?: string, channel?: string,
 * }} Pending
 */

const PREFIX = "space-auth:pending:";
/** Milliseconds. */
const PATIENCE = 600_000;
const MOST = 16;

const NEEDED = ["flow", "state", "redirectUri", "endpoint", "clientId", "scope"];
const OPTIONAL = ["codeVerifier", "nonce", "appState", "mode", "channel"];

// localStorage, so that a link opened in another tab can be completed there; sessionStorage where that refuses.
const NAMES = ["localStorage", "sessionStorage"];

/**
 * What the first store that can do it gives.
 * @template T
 * @param {(store: Storage) => T} use
 * @returns {T | undefined}
 */
function first(use) {
  for (const name of NAMES) {
    try {
      const store = webStorage(name);
      const result = store && use(store);
      if (result) return result;
    } catch {
      // Forbidden or full: the next one.
    }
  }
}

/**
 * A stored text, if it is a request of this version.
 * @param {string | null} text
 * @returns {Pending | undefined}
 */
function decode(text) {
  try {
    const pending = ownOf(JSON.parse(text ?? ""));
    const isText = (/** @type {string} */ name) => typeof pending[name] === "string";
    const isWhole = NEEDED.every(isText) && OPTIONAL.every((name) => !(name in pending) || isText(name));
    if (pending.v === 1 && Number.isSafeInteger(pending.createdAt) && isWhole) return pending;
  } catch {
    // Not even JSON.
  }
}

/**
 * Whether the wait is over. A request from the future was stored before the clock was set back.
 * @param {Pending} pending
 */
export const isExpired = ({ createdAt }) => Math.abs(Date.now() - createdAt) > PATIENCE;

/** Makes room: expired, unreadable and the oldest requests go. @param {Storage} store */
function makeRoom(store) {
  const waiting = [];
  for (const key of Object.keys(store)) {
    if (!key.startsWith(PREFIX)) continue;
    const pending = decode(store.getItem(key));
    if (pending && !isExpired(pending)) waiting.push({ key, createdAt: pending.createdAt });
    else store.removeItem(key);
  }
  waiting.sort((one, other) => other.createdAt - one.createdAt);
  for (const { key } of waiting.slice(MOST - 1)) store.removeItem(key);
}

/**
 * Stores a request; false when nothing can be stored.
 * @param {Pending} pending
 */
export const put = (pending) =>
  first((store) => {
    makeRoom(store);
    store.setItem(PREFIX + pending.state, JSON.stringify(pending));
    return true;
  }) ?? false;

/**
 * The request of this state.
 * @param {string} state
 */
export const find = (state) => first((store) => decode(store.getItem(PREFIX + state)));

/**
 * Uses a request up; false when there is none any more.
 * @param {string} state
 */
export const take = (state) =>
  first((store) => {
    const key = PREFIX + state;
    const isThere = store.getItem(key) !== null;
    store.removeItem(key);
    return isThere;
  }) ?? false;
