// The right to refresh a session. A Web Lock is the line in which the tabs wait, and is free again when its holder dies;
// the ledger tells when a holder that lives, but is frozen, has outstayed its time. Plain-http pages have no Web Locks:
// there the ledger alone decides.

import { random } from "../random.js";
import { changeRow } from "./ledger.js";
import { lock, steal } from "./lock.js";
import { hear, tell } from "./siblings.js";
import { pause } from "./waiting.js";

/**
 * `generation` is that of the record which it may replace.
 * @typedef {{ row: string, holder: string, generation?: number, giveBack: () => void }} Turn
 */

/** What a turn may take beside its request, in milliseconds. */
const BESIDE = 2_000;
/** How often, in milliseconds, a turn is asked for, since nobody may say that it is free. */
const AGAIN = 500;

/** @param {import("./ledger.js").Row} row */
function isFree({ holder, since, until }) {
  const now = Date.now();
  // Of the future: the clock was set back since.
  return !holder || until <= now || since > now;
}

/**
 * Waits for the turn, at most about twice the `timeout` of one request; rejects when it does not come.
 * @param {string} name
 * @param {string} row of the ledger
 * @param {number} timeout
 * @returns {Promise<Turn>}
 */
export async function takeTurn(name, row, timeout) {
  const holder = random();
  const longest = timeout + BESIDE;
  /** True when it is ours; also where there is no ledger. @param {typeof isFree} mayEnter */
  const enter = async (mayEnter) => {
    const since = Date.now();
    const entry = { holder, since, until: since + longest };
    const entered = await changeRow(row, (row) => (mayEnter(row) ? entry : undefined));
    return !entered || entered.holder === holder;
  };
  const leave = () => changeRow(row, (row) => (row.holder === holder ? { holder: "" } : undefined));

  if (!globalThis.navigator?.locks) {
    await untilFree(row, () => enter(isFree), Math.ceil((2 * timeout) / AGAIN));
    return { row, holder, giveBack: () => void leave().then(() => tell({ free: row })) };
  }
  const release = await inLine(name, [longest, timeout], async () => {
    const found = await changeRow(row, () => undefined);
    return found !== undefined && found.holder !== "" && isFree(found);
  });
  await enter(() => true);
  const giveBack = () => {
    leave();
    release();
  };
  return { row, holder, giveBack };
}

/**
 * Waits in line for the lock, each of `patiences` milliseconds long; takes it from a holder who has outstayed its time.
 * @param {string} name
 * @param {number[]} patiences
 * @param {() => Promise<boolean>} isOverdue
 */
async function inLine(name, [patience, ...more], isOverdue) {
  try {
    return await lock(name, patience);
  } catch (late) {
    if (await isOverdue()) return steal(name);
    if (!more.length) throw late;
    return inLine(name, more, isOverdue);
  }
}

/**
 * Tries to enter until it works: when somebody leaves, and now and then.
 * @param {string} row
 * @param {() => Promise<boolean>} enter
 * @param {number} times
 */
async function untilFree(row, enter, times) {
  let ring = () => {};
  const deafen = hear(({ free }) => free === row && ring());
  try {
    for (let time = 0; !(await enter()); time++) {
      if (time === times) throw new Error("late");
      await Promise.race([pause(AGAIN), new Promise((resolve) => (ring = () => resolve(undefined)))]);
    }
  } finally {
    deafen();
  }
}
