import { AuthError, asThrown } from "./auth-error.js";

/**
 * `work`, unless `signal` fires first; work that is shared goes on.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export function unlessAborted(signal, work) {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

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
