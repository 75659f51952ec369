// Whose turn it is to refresh a session, and which of its records is the newest: one row per session in IndexedDB.
// Its transactions take effect one after the other in the whole browser, while localStorage may lag behind in another
// process. No token is in it.

import { within } from "./waiting.js";

/**
 * `since` and `until` are milliseconds since the Unix epoch: the holder has promised to be done by then.
 * `generation` and `family` are those of the newest record; or `generation` is that of its removal, and `family` is
 * empty. The record `isHeld` when it lives in the memory of a tab. The holder `isAhead` when it did not wait for the
 * lock.
 * @typedef {{
 *   generation: number, family?: string, isHeld?: boolean, holder?: string, since?: number, until?: number,
 *   isAhead?: boolean, writtenAt?: number,
 * }} Row
 */

const DATABASE = "space-auth";
export const ROWS = "turns";
export const KEYS = "keys";

/** How long a row is kept after it was last written, in milliseconds: 90 days. */
const MEMORY = 7_776_000_000;
/** How long IndexedDB may take, in milliseconds, before it counts as absent. */
const PATIENCE = 2_000;

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
const answer = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/**
 * Reads what is under `key` in `store`, and puts what `change` makes of it in its place, in one transaction. Gives what
 * is there afterwards.
 * @template T
 * @param {string} store
 * @param {string} key
 * @param {(value: T | undefined) => T | undefined} change undefined leaves it as it is
 * @returns {Promise<T>}
 */
export async function transact(store, key, change) {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(ROWS).createIndex("writtenAt", "writtenAt");
    opening.result.createObjectStore(KEYS);
  };
  const database = await answer(opening);
  // Opened for each transaction: a connection that stays would be in the way of whoever deletes the database.
  try {
    const transaction = database.transaction(store, "readwrite");
    const values = transaction.objectStore(store);
    const before = await answer(values.get(key));
    const after = change(before);
    if (after !== undefined) {
      values.put(after, key);
      if (before === undefined && store === ROWS) forgetOld(values);
    }
    await new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = reject;
      if (after === undefined) resolve(undefined);
    });
    return after ?? before;
  } finally {
    database.close();
  }
}

/** @param {IDBObjectStore} rows */
function forgetOld(rows) {
  const old = rows.index("writtenAt").getAllKeys(IDBKeyRange.upperBound(Date.now() - MEMORY));
  old.onsuccess = () => old.result.forEach((key) => rows.delete(key));
}

/** @type {Row} */
const NONE = { generation: 0 };

/**
 * The same for a row. Undefined where there is none, or no IndexedDB: then nothing is coordinated but by locks.
 * @param {string} name
 * @param {(row: Row) => Partial<Row> | undefined} change
 * @returns {Promise<Row | undefined>}
 */
export async function changeRow(name, change) {
  const inRow = (/** @type {Row | undefined} */ row = NONE) => {
    const changed = change(row);
    return changed && { ...row, ...changed, writtenAt: Date.now() };
  };
  if (!name) return undefined;
  try {
    return (await within(PATIENCE, transact(ROWS, name, inRow))) ?? NONE;
  } catch {
    // Forbidden, broken, or stuck.
  }
}

/** @param {string} name */
export const readRow = (name) => changeRow(name, () => undefined);
