import * as glue from "#glue";
import { AuthError, asError } from "../auth-error.js";
import { assertReady, ready } from "../module.js";

/** The calls of the module by their names (`src/apps/exports.rs`). @typedef {typeof import("#apps-glue")} Calls */
/** @typedef {Exclude<keyof Calls, "default" | "initSync" | "begin" | "__wbg_reset_state">} CallName */

/**
 * One call into the module, which is loaded by now. Its errors become `AuthError`s; after a trap, which leaves an instance
 * in pieces, the next call finds another one.
 * @template {CallName} Name
 * @param {Name} name
 * @param {Parameters<Calls[Name]>} values
 * @returns {ReturnType<Calls[Name]>}
 */
export function callNow(name, ...values) {
  assertReady();
  try {
    return /** @type {any} */ (glue)[name](...values);
  } catch (thrown) {
    if (typeof thrown === "string") throw asError(thrown);
    try {
      /** @type {any} */ (glue).__wbg_reset_state();
    } catch {
      // The next call comes back here.
    }
    throw new AuthError({ code: "internal_error", phase: "request" });
  }
}

/**
 * The same, for those who can wait until the module is there.
 * @template {CallName} Name
 * @param {Name} name
 * @param {Parameters<Calls[Name]>} values
 * @returns {Promise<ReturnType<Calls[Name]>>}
 */
export async function call(name, ...values) {
  await ready();
  return callNow(name, ...values);
}
