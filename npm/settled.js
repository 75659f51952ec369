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
 * `work`, unless `signal` fires first: then an `AuthError`.
 * @template T
 * @param {AbortSignal | undefined} signal
 * @param {string} phase
 * @param {() => Promise<T>} work
 */
export async function abortable(signal, phase, work) {
  try {
    return await unlessAborted(signal, work());
  } catch (thrown) {
    if (!signal?.aborted || thrown !== signal.reason) throw thrown;
    throw new AuthError({ code: "aborted", phase });
  }
}

/**
 * The outcome of a call into the module, with its errors as `AuthError`.
 * @template T
 * @param {() => Promise<T>} call
 * @returns {Promise<T>}
 */
export async function settled(call) {
  try {
    return await call();
  } catch (thrown) {
    throw asThrown(thrown);
  }
}
