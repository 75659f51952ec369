import { webStorage } from "./storage.js";

// localStorage, so that a link opened in another tab can be completed there; sessionStorage where that refuses.
const NAMES = ["localStorage", "sessionStorage"];

/**
 * What the first store that can do it gives.
 * @param {(store: Storage) => string | undefined | null | false} use
 * @returns {string | undefined}
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

/** Where authorization requests wait for their redirect. All of it is synchronous. */

/** @param {{ key: string }} effect the keys' beginning */
export function pendingAll({ key: prefix }) {
  /** @type {Record<string, string>} */
  const all = Object.create(null);
  first((store) => {
    for (const key of Object.keys(store)) {
      if (key.startsWith(prefix)) all[key] ??= store.getItem(key) ?? "";
    }
    return undefined;
  });
  return JSON.stringify(all);
}

/** @param {{ key: string }} effect */
export const pendingGet = ({ key }) => first((store) => store.getItem(key));

/** @param {{ key: string, text: string }} effect */
export const pendingSet = ({ key, text }) => first((store) => (store.setItem(key, text), "done"));

/** @param {{ key: string }} effect */
export const pendingTake = ({ key }) =>
  first((store) => store.getItem(key) !== null && (store.removeItem(key), "done"));
