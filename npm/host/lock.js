import { deadline } from "./waiting.js";

/**
 * Waits for the Web Lock `name`, which all tabs of the origin share, at most `wait` milliseconds; gives what releases
 * it. Where there are no locks, as on plain-http pages, nothing is locked.
 * @param {string} name
 * @param {number} wait
 * @returns {Promise<() => void>}
 */
export async function lock(name, wait) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return () => {};
  const { signal, end } = deadline(wait);
  try {
    return await new Promise((granted, refused) => {
      const hold = () => new Promise((release) => granted(() => release(undefined)));
      locks.request(name, { signal }, hold).catch(refused);
    });
  } catch (refusal) {
    if (signal.aborted) throw refusal;
    // Another refusal than ours: locks are forbidden here, as in an opaque origin.
    return () => {};
  } finally {
    end();
  }
}
