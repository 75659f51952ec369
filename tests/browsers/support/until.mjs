import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits until a look at something gives what is wanted; a look that fails is repeated, too.
 * @template T
 * @param {string} what it should be, for the message
 * @param {() => T | Promise<T>} look
 * @param {{ is?: (seen: T) => boolean, timeout?: number }} [how] `timeout` in milliseconds
 * @returns {Promise<T>} what was seen last
 */
export async function until(what, look, { is = Boolean, timeout = 10_000 } = {}) {
  const end = performance.now() + timeout;
  let seen;
  do {
    try {
      const value = await look();
      if (is(value)) return value;
      seen = JSON.stringify(value);
    } catch (error) {
      seen = String(error);
    }
    await sleep(20);
  } while (performance.now() < end);
  throw new Error(`Not within ${timeout} ms: ${what}. Last seen: ${seen}`);
}
