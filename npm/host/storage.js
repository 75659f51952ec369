import { AuthError, invalidConfiguration } from "../auth-error.js";
import { encrypted } from "./encrypted.js";
import { Place } from "./place.js";

/** @typedef {import("../index.d.ts").TokenStorage} TokenStorage */

/** @param {string} name of a global variable whose getter may throw */
export function webStorage(name) {
  try {
    return /** @type {any} */ (globalThis)[name] ?? undefined;
  } catch {
    return undefined;
  }
}

let numbers = 0;
/** @type {Map<number, Place>} */
const places = new Map();
/** @type {Map<unknown, number>} */
const named = new Map();
/** @type {WeakMap<object, number>} */
const custom = new WeakMap();

/** @param {number} number */
export const placeAt = (number) => /** @type {Place} */ (places.get(number));

/** @param {Place} place */
function numbered(place) {
  places.set(++numbers, place);
  return numbers;
}

/** A place of one's own, in memory. */
export const newPlace = () => numbered(new Place("", true));

/**
 * Forgets a place of one's own.
 * @param {number} number
 */
export function forgetPlace(number) {
  if (placeAt(number)?.isPrivate) places.delete(number);
}

/**
 * The number of the place that the `storage` option names; equal options share one.
 * @param {any} [storage]
 * @returns {number}
 */
export function placeOf(storage = "session") {
  const isOwn = typeof storage === "object" && storage !== null;
  const known = /** @type {Map<unknown, number>} */ (isOwn ? custom : named);
  const number = known.get(storage) ?? numbered(newNamed(storage, isOwn));
  known.set(storage, number);
  return number;
}

/**
 * @param {any} storage
 * @param {boolean} isOwn
 */
function newNamed(storage, isOwn) {
  const methods = ["getItem", "setItem", "removeItem"];
  if (isOwn && methods.every((name) => typeof storage[name] === "function")) {
    return new Place("own", false, () => storage);
  }
  switch (storage) {
    case "session":
      return new Place(storage, false, () => webStorage("sessionStorage"));
    case "local":
      return new Place(storage, true, () => webStorage("localStorage"));
    case "memory":
      return new Place(storage, true);
    case "encrypted":
      if (globalThis.crypto?.subtle)
        return new Place(storage, true, () => encrypted(webStorage("localStorage")));
      throw new AuthError({
        code: "unsupported",
        phase: "configure",
        hint: '`storage: "encrypted"` needs `crypto.subtle`, which only secure contexts have.',
      });
  }
  throw invalidConfiguration(
    '`storage` must be "session", "local", "memory", "encrypted", or an object with getItem, setItem and removeItem.',
  );
}
