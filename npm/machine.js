import { exchange } from "#glue";
import { ownOf } from "./auth-error.js";
import { effects } from "./host/effects.js";

/** @typedef {{ resolve: (text: string) => void, reject: (thrown: unknown) => void }} Waiting */

/** Calls whose outcome has not come back yet. @type {Map<number, Waiting>} */
const waiting = new Map();
let calls = 0;

/**
 * Starts a call of the module; its outcome is a text, its error the JSON text of an `AuthError`.
 * @param {string} operation
 * @param {object} options
 * @returns {Promise<string>}
 */
export function call(operation, options) {
  return new Promise((resolve, reject) => start(operation, options, { resolve, reject }));
}

/**
 * The same for operations that wait for nothing: the outcome is there at once.
 * @param {string} operation
 * @param {object} options
 * @returns {string}
 */
export function callNow(operation, options) {
  let outcome = "";
  /** @type {{ thrown: unknown } | undefined} */
  let failure;
  start(operation, options, {
    resolve: (text) => (outcome = text),
    reject: (thrown) => (failure = { thrown }),
  });
  if (failure) throw failure.thrown;
  return outcome;
}

/**
 * @param {string} operation
 * @param {object} options
 * @param {Waiting} whom
 */
function start(operation, options, whom) {
  const number = ++calls;
  waiting.set(number, whom);
  perform(number, true, JSON.stringify({ ...options, operation }));
}

/**
 * One call into the module, and all the effects that it asks for. Those that are done at once are answered at once,
 * in the same task.
 * @param {number} number
 * @param {boolean} isCall else it is the answer to an effect
 * @param {string | undefined} text
 */
function perform(number, isCall, text) {
  const monotonic = globalThis.performance?.now() ?? 0;
  let asked;
  try {
    asked = JSON.parse(exchange(Date.now(), monotonic, number, isCall, text));
  } catch (trap) {
    for (const whom of waiting.values()) whom.reject(trap);
    waiting.clear();
    return;
  }
  for (const effect of asked.map(ownOf)) {
    if (effect.kind === "resolve" || effect.kind === "reject") {
      const whom = waiting.get(effect.call);
      waiting.delete(effect.call);
      whom?.[/** @type {"resolve" | "reject"} */ (effect.kind)](effect.text);
    } else {
      done(effect, (answer) => perform(effect.effect, false, answer));
    }
  }
}

/**
 * Performs one effect; what throws or rejects is a refusal.
 * @param {any} effect
 * @param {(answer: string | undefined) => void} answer
 */
function done(effect, answer) {
  let result;
  try {
    result = effects[effect.kind](effect);
  } catch {
    // A refusal.
  }
  if (result instanceof Promise) result.then(answer, () => answer(undefined));
  else if (result !== null) answer(result);
}
