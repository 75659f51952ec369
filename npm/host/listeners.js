import { asError } from "../auth-error.js";

/** @typedef {(event: string, error: any) => void} Listener */

/** Of each session by its number. @type {Map<number, Set<Listener>>} */
const listeners = new Map();
/** Errors that came before anyone could listen. @type {Map<number, unknown>} */
const unheard = new Map();

/**
 * Tells the listeners of a session, later, so that none of them runs inside the module.
 * @param {{ session: number, event: string, error?: string }} effect
 */
export function notify({ session, event, error }) {
  const detail = error && asError(error);
  const own = listeners.get(session);
  if (event === "error" && !own?.size) unheard.set(session, detail);
  for (const listener of own ?? []) queueMicrotask(() => listener(event, detail));
  if (event === "signedout") {
    listeners.delete(session);
    unheard.delete(session);
  }
  return null;
}

/**
 * @param {number} session
 * @param {Listener} listener
 * @returns {() => void} removes the listener
 */
export function listen(session, listener) {
  const own = listeners.get(session) ?? new Set();
  listeners.set(session, own.add(listener));
  return () => {
    own.delete(listener);
    if (!own.size && listeners.get(session) === own) listeners.delete(session);
  };
}

/**
 * The error that nobody has heard yet, once.
 * @param {number} session
 */
export function takeUnheard(session) {
  const error = unheard.get(session);
  unheard.delete(session);
  return error;
}
