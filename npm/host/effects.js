import { notify } from "./listeners.js";
import { lock } from "./lock.js";
import { send } from "./send.js";
import { placeAt } from "./storage.js";

/** Said where something is done and there is nothing else to say. */
const done = () => "done";

/** What releases the locks that are held. @type {Map<string, () => void>} */
const held = new Map();

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
  write: ({ place, key, text }) => placeAt(place).write(key, text).then(done),
  remove: ({ place, key }) => placeAt(place).remove(key).then(done),
  async lock({ name, wait, effect }) {
    const ticket = String(effect);
    held.set(ticket, await lock(name, wait));
    return ticket;
  },
  unlock({ lock }) {
    held.get(lock)?.();
    held.delete(lock);
    return null;
  },
  send,
  notify,
};
