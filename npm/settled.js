import { AuthError, asThrown } from "./auth-error.js";
import { unlessAborted } from "./host/waiting.js";

/**
 * The outcome of a call into the module, with its errors as `AuthError`; one, too, if `signal` fires first.
 * @template T
 * @param {() => Promise<T>} call
 * @param {AbortSignal} [signal]
 * @param {string} [phase]
 * @returns {Promise<T>}
 */
export async function settled(call, signal, phase = "request") {
  try {
    return await unlessAborted(signal, call());
  } catch (thrown) {
    if (signal?.aborted && thrown === signal.reason) throw new AuthError({ code: "aborted", phase });
    throw asThrown(thrown);
  }
}
