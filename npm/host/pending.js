import { webStorage } from "./storage.js";

// localStorage, so that a link opened in another tab can be completed there; sessionStorage where that refuses.
const stores = () => ["localStorage", "sessionStorage"].map(webStorage).filter(Boolean);

/**
 * The result of the first store that does it.
 * @template T
 * @param {(store: Storage) => T} use
 * @returns {T | undefined}
 */
function first(use) {
  for (const store of stores()) {
    try {
      const result = use(store);
      if (result) return result;
    } catch {
      // Forbidden or full: the next one.
    }
  }
}

/** Where authorization requests wait for their redirect. Synchronous, and nothing throws. */
export const pending = {
  /** @param {string} prefix */
  keys(prefix) {
    /** @type {string[]} */
    const keys = [];
    first((store) => void keys.push(...Object.keys(store).filter((key) => key.startsWith(prefix))));
    return keys.join("\n");
  },

  /** @param {string} key */
  get: (key) => first((store) => store.getItem(key)) ?? undefined,

  /**
   * @param {string} key
   * @param {string} text
   */
  set: (key, text) => first((store) => (store.setItem(key, text), true)) ?? false,

  /** @param {string} key */
  remove: (key) => void first((store) => void store.removeItem(key)),
};
