/** A timer that is set to more milliseconds fires at once. */
const LONGEST = 2 ** 31 - 1;

/** @param {number} milliseconds */
export const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * A signal that is aborted after some milliseconds, unless they end before.
 * @param {number} milliseconds
 */
export function deadline(milliseconds) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), Math.min(milliseconds, LONGEST));
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}

/**
 * `work`, if it is done within some milliseconds; else it rejects.
 * @template T
 * @param {number} milliseconds
 * @param {Promise<T>} work
 * @returns {Promise<T>}
 */
export async function within(milliseconds, work) {
  /** @type {any} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error("late")), milliseconds);
  });
  try {
    return await Promise.race([work, /** @type {Promise<never>} */ (late)]);
  } finally {
    clearTimeout(timer);
  }
}
