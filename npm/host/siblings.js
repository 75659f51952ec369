// What the pages and workers of this origin tell each other beside what they store.

import { ownOf } from "../auth-error.js";

/**
 * `place` is the name of a place. With `text` there is a newer record; with `removed`, a generation, all older ones are
 * void; without both, somebody misses a record; with `free` somebody has given back a turn.
 * @typedef {{ place?: string, key?: string, family?: string, text?: string, removed?: number, free?: string }} Message
 */

const NAME = "space-auth";

/** @type {BroadcastChannel | undefined} */
let channel;
/** Who wants to hear at the moment. @type {Set<(message: any) => void>} */
const hearers = new Set();

function open() {
  if (channel || typeof BroadcastChannel === "undefined") return;
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => {
    const message = ownOf(data);
    for (const hearer of [...hearers]) hearer(message);
  };
  // A process of Node is not kept alive by it.
  /** @type {any} */ (channel).unref?.();
}

function close() {
  channel?.close();
  channel = undefined;
}

function comeBack() {
  open();
  for (const hearer of hearers) hearer({ isBack: true });
}

/** An open channel would keep a page out of the back/forward cache, where it can hear nothing. */
const PAGE = Object.entries({ pagehide: close, pageshow: comeBack });

/** @param {Message} message */
export function tell(message) {
  open();
  channel?.postMessage(message);
  if (!hearers.size) close();
}

/**
 * @param {(message: any) => void} hearer
 * @returns {() => void} ends it
 */
export function hear(hearer) {
  if (!hearers.size) for (const [name, listener] of PAGE) globalThis.addEventListener?.(name, listener);
  hearers.add(hearer);
  open();
  return () => {
    hearers.delete(hearer);
    if (hearers.size) return;
    close();
    for (const [name, listener] of PAGE) globalThis.removeEventListener?.(name, listener);
  };
}
