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

/** @type {Map<unknown, ReturnType<typeof place>>} */
const named = new Map();
/** @type {WeakMap<object, ReturnType<typeof place>>} */
const custom = new WeakMap();

/**
 * The place that the `storage` option names; equal options share one.
 * @param {any} [storage]
 */
export function placeOf(storage = "session") {
  if (storage === "encrypted") {
    const hint = '`storage: "encrypted"` is not available in this version.';
    throw new AuthError({ code: "unsupported", phase: "configure", hint });
  }
  const isOwn = typeof storage === "object" && storage !== null;
  /** @type {any} */
  const known = isOwn ? custom : named;
  if (known.has(storage)) return known.get(storage);
  const made = place(finder(storage, isOwn));
  known.set(storage, made);
  return made;
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
