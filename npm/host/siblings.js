// What the pages and workers of this origin tell each other beside what they store.

import { ownOf } from "../auth-error.js";

/**
 * `place` is the name of a place. With `text` there is a newer record; with `removed`, a generation, all older ones are
 * void; with `asks` somebody misses a record; with `free` somebody has given back a turn.
 * @typedef {{ place?: string, key?: string, family?: string, text?: string, removed?: number, asks?: boolean, free?: string }} Message
 */

const NAME = "space-auth";

/** @type {BroadcastChannel | undefined} */
let channel;
let isWatched = false;
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
  if (!isWatched) {
    isWatched = true;
    // An open channel would keep a page out of the back/forward cache.
    globalThis.addEventListener?.("pagehide", close);
    globalThis.addEventListener?.("pageshow", () => hearers.size && open());
  }
}

function close() {
  channel?.close();
  channel = undefined;
}

/** @param {Message} message */
export function tell(message) {
  const wasOpen = channel !== undefined;
  open();
  channel?.postMessage(message);
  if (!wasOpen && !hearers.size) close();
}

/**
 * @param {(message: any) => void} hearer
 * @returns {() => void} ends it
 */
export function hear(hearer) {
  hearers.add(hearer);
  open();
  return () => {
    hearers.delete(hearer);
    if (!hearers.size) close();
  };
}
