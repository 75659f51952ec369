import { __wbg_reset_state as renew, exchange } from "#glue";
import { AuthError, ownOf } from "./auth-error.js";
import { effects, giveBackAll } from "./host/effects.js";
import { wake } from "./host/wake.js";

/** @typedef {{ resolve: (text: string) => void, reject: (thrown: unknown) => void }} Waiting */

/** Calls whose outcome has not come back yet. @type {Map<number, Waiting>} */
const waiting = new Map();
let calls = 0;

/** The sessions by their numbers, with the options that open them. @type {Map<number, string>} */
const sessions = new Map();

/** Which instance of the module it is; another one takes over when one has trapped. */
let instance = 0;

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
  /** @type {unknown} */
  let failure;
  start(operation, options, {
    resolve: (text) => (outcome = text),
    reject: (thrown) => (failure = thrown),
  });
  if (failure) throw failure;
  return outcome;
}

/**
 * Opens a session, which gets a number: its own, or that of the one that is open with equal options.
 * @param {object} options
 * @returns {{ session: number, key: string }}
 */
export function openSession(options) {
  const opened = JSON.parse(callNow("open", options));
  sessions.set(opened.session, JSON.stringify({ ...options, operation: "open" }));
  return opened;
}

/**
 * Forgets a session that nobody uses any more; what is stored of it stays.
 * @param {number} session
 */
export function closeSession(session) {
  sessions.delete(session);
  call("close", { session }).catch(() => {});
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
 * @param {number} number
 * @param {boolean} isCall else it is the answer to an effect
 * @param {string | undefined} text
 */
const enter = (number, isCall, text) =>
  exchange(Date.now(), globalThis.performance?.now() ?? 0, number, isCall, text);

/**
 * One call into the module, and all the effects that it asks for. Those that are done at once are answered at once,
 * in the same task.
 * @param {number} number
 * @param {boolean} isCall
 * @param {string | undefined} text
 */
function perform(number, isCall, text) {
  let asked;
  try {
    asked = JSON.parse(enter(number, isCall, text));
  } catch {
    return recover();
  }
  const own = instance;
  for (const effect of asked.map(ownOf)) {
    if (effect.kind === "resolve" || effect.kind === "reject") {
      const whom = waiting.get(effect.call);
      waiting.delete(effect.call);
      whom?.[/** @type {"resolve" | "reject"} */ (effect.kind)](effect.text);
    } else {
      // What has ended is not opened again.
      if (effect.event === "signedout") sessions.delete(effect.session);
      done(effect, (answer) => {
        if (own === instance) perform(effect.effect, false, answer);
        else if (effect.kind === "turn" && answer) effects.giveBack({ turn: answer });
      });
    }
  }
}

/**
 * After a trap, which leaves an instance in pieces, the sessions go on in a new one: what they are is in their stores.
 * Whoever waits is told; what was under way is not tried again.
 */
function recover() {
  const lost = [...waiting.values()];
  waiting.clear();
  instance++;
  giveBackAll();
  try {
    renew();
    // The newest first: it takes the place of those of its kind that have ended.
    for (const [number, options] of [...sessions].reverse()) enter(number, true, options);
    wake();
  } catch {
    // The next call comes back here.
  }
  for (const whom of lost) whom.reject(new AuthError({ code: "internal_error", phase: "request" }));
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
