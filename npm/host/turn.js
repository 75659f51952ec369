// The right to refresh a session: a row of the ledger says whose it is. Where there are Web Locks, they put the tabs in
// line, and tell at once that a holder has died. Where there are none, as on plain-http pages, or where their holder is
// frozen, the row alone decides: it names the time by which its holder has promised to be done.

import { random } from "../random.js";
import { changeRow } from "./ledger.js";
import { hear, tell } from "./siblings.js";

/** @typedef {import("./ledger.js").Row} Row */
/**
 * `generation` is that of the record which it may replace; after `until` somebody else may have it.
 * @typedef {{ row: string, holder: string, until: number, generation?: number, giveBack: () => void }} Turn
 */

/** What a turn may take beside its request, in milliseconds. */
const BESIDE = 2_000;
/** How often, in milliseconds, a turn is asked for, since nobody may say that it is free. */
const AGAIN = 500;

/** @param {Row} row */
function isFree({ holder, since = 0, until = 0 }) {
  const now = Date.now();
  // Of the future: the clock was set back since.
  return !holder || until <= now || since > now;
}

/**
 * Waits for the turn, at most about twice the `timeout` of one request; rejects when it does not come.
 * @param {string} name of the lock
 * @param {string} row of the ledger
 * @param {number} timeout
 * @returns {Promise<Turn>}
 */
export async function takeTurn(name, row, timeout) {
  const holder = random();
  /** @type {LockManager | undefined} */
  let locks = globalThis.navigator?.locks;
  const leaving = new AbortController();
  let isFirst = false;
  let ring = () => {};
  /** Until somebody rings, but not for long. */
  const rung = () =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, AGAIN);
      ring = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  const hold = () => {
    isFirst = true;
    ring();
    return new Promise((release) => (leaving.signal.onabort = release));
  };
  // Refused: where locks are forbidden, as in an opaque origin; or because we have left.
  locks?.request(name, { signal: leaving.signal }, hold).catch(() => {
    locks = undefined;
    ring();
  });
  // Whoever has the lock knows that the one who had it before is gone; but not so of one who did without.
  const mayEnter = (/** @type {Row} */ row) => isFree(row) || (isFirst && !row.isAhead);
  const latest = performance.now() + 2 * timeout;
  const isLate = () => performance.now() >= latest;
  let until = 0;
  const enter = async () => {
    const since = Date.now();
    until = since + timeout + BESIDE;
    const entry = { holder, since, until, isAhead: !isFirst };
    const entered = await changeRow(row, (row) => (mayEnter(row) ? entry : undefined));
    // Without a ledger the lock alone decides, as long as anyone may be waited for.
    return entered ? entered.holder === holder : isFirst || !locks || isLate();
  };
  const giveBack = async () => {
    leaving.abort();
    await changeRow(row, (row) => (row.holder === holder ? { holder: "" } : undefined));
    tell({ free: row });
  };
  const deafen = hear(({ free }) => free === row && ring());
  let isMine = false;
  for (;;) {
    if (locks && !isFirst) await rung();
    isMine = await enter();
    if (isMine || isLate()) break;
    if (!locks || isFirst) await rung();
  }
  deafen();
  if (isMine) return { row, holder, until, giveBack };
  leaving.abort();
  throw new Error("late");
}
