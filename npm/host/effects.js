import { notify } from "./listeners.js";
import { lock, unlock } from "./lock.js";
import { pendingAll, pendingGet, pendingSet, pendingTake } from "./pending.js";
import { send } from "./send.js";
import { placeAt } from "./storage.js";

/** Said where something is done and there is nothing else to say. */
const DONE = "done";

/**
 * What the module asks for, by its kind (`src/browser/ports.rs`). A function gives a text or a promise of one;
 * undefined, or a rejection, is a refusal; null is no answer at all.
 * @type {Record<string, (effect: any) => string | undefined | null | Promise<string | undefined>>}
 */
export const effects = {
  // The letter in front tells a stored text from none.
  read: async ({ place, key }) => {
    const text = await placeAt(place).read(key);
    return typeof text === "string" ? `=${text}` : "";
  },
  write: ({ place, key, text }) =>
    placeAt(place)
      .write(key, text)
      .then(() => DONE),
  remove: ({ place, key }) =>
    placeAt(place)
      .remove(key)
      .then(() => DONE),
  lock,
  unlock,
  send,
  notify,
  pendingAll,
  pendingGet,
  pendingSet,
  pendingTake,
  replaceAddress({ text }) {
    globalThis.history?.replaceState(history.state, "", text);
    return null;
  },
  leaveFor({ text }) {
    globalThis.location?.assign(text);
    return globalThis.location && DONE;
  },
};
