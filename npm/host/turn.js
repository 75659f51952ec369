// The right to refresh a session. A Web Lock is the line in which the tabs wait, and is free again when its holder dies;
// the ledger tells when a holder that lives, but is frozen, has outstayed its time. Plain-http pages have no Web Locks:
// there the ledger alone decides.

import { changeRow } from "./ledger.js";
import { lock, steal } from "./lock.js";
import { hear, tell } from "./siblings.js";

/**
 * `generation` is that of the record which it may replace.
 * @typedef {{ row: string, holder: string, generation?: number, giveBack: () => void }} Turn
 */

/** What a turn takes beside its request, and how often a turn is asked for where nobody says that it is free. */
const BESIDE = 2_000;
const AGAIN = 500;

/** @param {import("./ledger.js").Row} row */
function isOver({ holder, since, until }) {
  const now = Date.now();
  // Of the future: then the clock was set back since.
  return !holder || until <= now || since > now;
}

/**
 * Waits for the turn, at most twice the `timeout` of one request.
 * @param {string} name of the lock
 * @param {string} row of the ledger
 * @param {number} timeout
 * @returns {Promise<Turn>}
 */
export async function takeTurn(name, row, timeout) {
  const longest = timeout + BESIDE;
  const attempts = Math.ceil((2 * timeout) / AGAIN)
  ...
}
