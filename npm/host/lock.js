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
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), wait);
  try {
    return await new Promise((granted, refused) => {
      const hold = () => new Promise((release) => granted(() => release(undefined)));
      locks.request(name, { signal: deadline.signal }, hold).catch(refused);
    });
  } catch (refusal) {
    if (deadline.signal.aborted) throw refusal;
    // Another refusal than ours: locks are forbidden here, as in an opaque origin.
    return () => {};
  } finally {
    clearTimeout(timer);
  }
}
