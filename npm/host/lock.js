/**
 * Waits for the Web Lock `name`, which all tabs of the origin share, at most `wait` milliseconds. Gives the function
 * that releases it; null where there are no locks, as on plain-http pages; rejects when the time is over.
 * @param {string} name
 * @param {number} wait
 * @returns {Promise<(() => void) | null>}
 */
export async function lock(name, wait) {
  const locks = globalThis.navigator?.locks;
  if (!locks) return null;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), wait);
  try {
    return await new Promise((granted, refused) => {
      const hold = () => new Promise((release) => granted(() => release(undefined)));
      locks.request(name, { signal: deadline.signal }, hold).catch(refused);
    });
  } catch (refusal) {
    if (deadline.signal.aborted) throw refusal;
    // Forbidden here, as in an opaque origin.
    return null;
  } finally {
    clearTimeout(timer);
  }
}
