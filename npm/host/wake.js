// What may have changed while this page was not looking.

/** Coming back from sleep, from the background, or from the back/forward cache; and another tab that stores something. */
const EVENTS = ["visibilitychange", "pageshow", "online", "focus", "storage"];

/** @type {(() => void) | undefined} */
let listener;

/** Something has changed. */
export const wake = () => listener?.();

/**
 * Has `look` called whenever something may have changed; the first caller counts.
 * @param {() => void} look
 */
export function onWake(look) {
  if (listener) return;
  listener = look;
  for (const name of EVENTS) {
    globalThis.addEventListener?.(name, (/** @type {any} */ { key }) => {
      // The key of a `storage` event is null when all has been cleared.
      if (!key || key.startsWith("space-auth:session:")) look();
    });
  }
}
