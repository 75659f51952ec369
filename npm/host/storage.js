import { AuthError, unfit } from "../auth-error.js";
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
/** By the `storage` option. @type {Map<unknown, number>} */
const known = new Map();

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
  const number = known.get(storage) ?? numbered(newNamed(storage));
  known.set(storage, number);
  return number;
}

/**
 * Whether all tabs share what is stored under this name, and where that is, if not in memory alone.
 * @type {Record<string, [isShared: boolean, find?: () => TokenStorage | undefined]>}
 */
const NAMED = {
  session: [false, () => webStorage("sessionStorage")],
  local: [true, () => webStorage("localStorage")],
  memory: [true],
  encrypted: [true, () => encrypted(webStorage("localStorage"))],
};
const METHODS = ["getItem", "setItem", "removeItem"];

/** @param {any} storage */
function newNamed(storage) {
  if (storage === "encrypted" && !globalThis.crypto?.subtle) {
    const hint = '`storage: "encrypted"` needs `crypto.subtle`, which only secure contexts have.';
    throw new AuthError({ code: "unsupported", phase: "configure", hint });
  }
  if (typeof storage === "string" && Object.hasOwn(NAMED, storage))
    return new Place(storage, ...NAMED[storage]);
  if (typeof storage === "object" && METHODS.every((name) => typeof storage?.[name] === "function")) {
    return new Place("own", false, () => storage);
  }
  throw unfit(
    "storage",
    `be one of: ${Object.keys(NAMED).join(", ")}; or have the methods ${METHODS.join(", ")}`,
  );
}
