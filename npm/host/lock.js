/** Functions that release what is held. @type {Map<string, () => void>} */
const held = new Map();

/**
 * Waits for the Web Lock `name`, which all tabs of the origin share, at most `wait` milliseconds; gives what `unlock`
 * takes. Where there are no locks, as on plain-http pages, nothing is locked.
 * @param {{ name: string, wait: number, effect: number }} effect
 */
export async function lock({ name, wait, effect }) {
  const locks = globalThis.navigator?.locks;
  const ticket = String(effect);
  if (!locks) return ticket;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), wait);
  try {
    await new Promise((granted, refused) => {
      const hold = () =>
        new Promise((release) => {
          held.set(ticket, () => release(undefined));
          granted(undefined);
        });
      locks.request(name, { signal: deadline.signal }, hold).catch(refused);
    });
  } catch (refusal) {
    // Another refusal than ours: locks are forbidden here, as in an opaque origin.
    if (deadline.signal.aborted) throw refusal;
  } finally {
    clearTimeout(timer);
  }
  return ticket;
}

/** @param {{ lock: string }} effect */
export function unlock({ lock }) {
  held.get(lock)?.();
  held.delete(lock);
  return null;
}
