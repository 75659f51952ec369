import { AuthError, invalidConfiguration } from "../auth-error.js";

/** @typedef {import("../index.d.ts").TokenStorage} TokenStorage */

/**
 * A place where one session record lives under one key. Where it refuses, memory takes over.
 * @param {() => TokenStorage | undefined} find looks the store up each time: reading the variable may be forbidden
 */
function place(find) {
  /** @type {Map<string, string>} */
  const memory = new Map();
  const store = () => {
    const found = find();
    if (!found) throw new Error("no store");
    return found;
  };
  const remove = async (/** @type {string} */ key) => {
    memory.delete(key);
    try {
      await store().removeItem(key);
    } catch {
      // What cannot be removed could not be stored either.
    }
  };
  return {
    remove,
    /** @param {string} key */
    read: async (key) => memory.get(key) ?? (await store().getItem(key)) ?? null,
    /**
     * @param {string} key
     * @param {string} text
     */
    async write(key, text) {
      try {
        await store().setItem(key, text);
        memory.delete(key);
      } catch (refusal) {
        // What is still stored is older than this: its refresh token may be used up.
        await remove(key);
        memory.set(key, text);
        throw refusal;
      }
    },
  };
}

/** @param {string} name of a global variable whose getter may throw */
export function webStorage(name) {
  try {
    return /** @type {any} */ (globalThis)[name] ?? undefined;
  } catch {
    return undefined;
  }
}

function memoryStorage() {
  /** @type {Map<string, string>} */
  const map = new Map();
  return {
    getItem: (/** @type {string} */ key) => map.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void map.set(key, value),
    removeItem: (/** @type {string} */ key) => void map.delete(key),
  };
}

/** @type {ReturnType<typeof place>[]} */
const places = [];
/** @type {Map<unknown, number>} */
const named = new Map();
/** @type {WeakMap<object, number>} */
const custom = new WeakMap();

/** @param {number} number */
export const placeAt = (number) => places[number];

/** A place of one's own, in memory. */
export const newPlace = () => placeOf(memoryStorage());

/**
 * The number of the place that the `storage` option names; equal options share one.
 * @param {any} [storage]
 * @returns {number}
 */
export function placeOf(storage = "session") {
  if (storage === "encrypted") {
    const hint = '`storage: "encrypted"` is not available in this version.';
    throw new AuthError({ code: "unsupported", phase: "configure", hint });
  }
  const isOwn = typeof storage === "object" && storage !== null;
  const known = /** @type {Map<unknown, number>} */ (isOwn ? custom : named);
  const present = known.get(storage);
  if (present !== undefined) return present;
  const number = places.push(place(finder(storage, isOwn))) - 1;
  known.set(storage, number);
  return number;
}

/**
 * @param {any} storage
 * @param {boolean} isOwn
 * @returns {() => TokenStorage | undefined}
 */
function finder(storage, isOwn) {
  if (storage === "session" || storage === "local") return () => webStorage(`${storage}Storage`);
  if (storage === "memory") {
    const memory = memoryStorage();
    return () => memory;
  }
  const methods = ["getItem", "setItem", "removeItem"];
  if (isOwn && methods.every((name) => typeof storage[name] === "function")) return () => storage;
  throw invalidConfiguration(
    '`storage` must be "session", "local", "memory", "encrypted", or an object with getItem, setItem and removeItem.',
  );
}
