import { notify } from "./listeners.js";
import { send } from "./send.js";
import { placeAt } from "./storage.js";
import { takeTurn } from "./turn.js";

/** Said where something is done and there is nothing else to say. */
const done = () => "done";

/** The turns that the module has. @type {Map<string, import("./turn.js").Turn>} */
const turns = new Map();

/** @param {string} name */
const turnOf = (name) => /** @type {import("./turn.js").Turn} */ (turns.get(name));

/** Gives back the turns of a module that can no longer do it itself. */
export function giveBackAll() {
  for (const turn of turns.keys()) effects.giveBack({ turn });
}

/**
 * What the module asks for, by its kind (`src/browser/ports.rs`). A function gives a text or a promise of one;
 * undefined, or a rejection, is a refusal; null is no answer at all.
 * @type {Record<string, (effect: any) => string | undefined | null | Promise<string | undefined>>}
 */
export const effects = {
  async turn({ place, key, timeout, effect }) {
    const row = await placeAt(place).presentRow(key);
    const name = String(effect);
    turns.set(name, await takeTurn(key, row, timeout));
    return name;
  },
  giveBack({ turn }) {
    turns.get(turn)?.giveBack();
    turns.delete(turn);
    return null;
  },
  // The letter in front tells a stored text from none.
  async read({ place, key, turn }) {
    const from = placeAt(place);
    const text = turn ? await from.readNewest(key, turnOf(turn)) : await from.read(key);
    return typeof text === "string" ? `=${text}` : "";
  },
  write: ({ place, key, text, turn }) => placeAt(place).write(key, text, turn && turnOf(turn)),
  remove: ({ place, key, text }) => placeAt(place).remove(key, text).then(done),
  send,
  notify,
};
