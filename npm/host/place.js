import { changeRow } from "./ledger.js";
import { hear, tell } from "./siblings.js";
import { pause, within } from "./waiting.js";
import { wake } from "./wake.js";

/** @typedef {import("../index.d.ts").TokenStorage} TokenStorage */
/** @typedef {import("./ledger.js").Row} Row */
/** @typedef {import("./turn.js").Turn} Turn */

/** How long, in milliseconds, a store of the app's own may take. */
const PATIENCE = 5_000;
/** How often another tab's record is looked for, every 50 ms: when it must be somewhere, and when it may be. */
const MUST = 20;
const MAY = 3;

/**
 * What is looked at here of a record: its number, and the name that all records of one sign-in share.
 * @param {string | null | undefined} text
 * @returns {{ generation: number, family: string }}
 */
function facts(text) {
  try {
    const { generation, family } = JSON.parse(text ?? "");
    if (Number.isSafeInteger(generation) && typeof family === "string") return { generation, family };
  } catch {
    // None that could be compared.
  }
  return { generation: 0, family: "" };
}

/** @param {string | null} text @param {Row} row */
const isOf = (text, { generation, family }) => {
  const known = facts(text);
  return known.generation === generation && known.family === family;
};

/**
 * Where session records live, each under one key. Where the store refuses, memory takes over, and the other tabs are
 * handed what they cannot read.
 */
export class Place {
  /** @type {Map<string, string>} */
  #memory = new Map();
  /** The keys that this page uses, and those under which there is a record. @type {Set<string>} */
  #used = new Set();
  /** @type {Set<string>} */
  #live = new Set();
  #name;
  #isShared;
  #find;
  /** @type {(() => void) | undefined} */
  #deafen;

  /**
   * @param {string} name by which other tabs know it; empty if it is this page's alone
   * @param {boolean} isShared whether all tabs see the same. Else what is stored is a tab's own, and is shared only with
   * its duplicates, which have a record of the same family
   * @param {() => TokenStorage | undefined} [find] looks the store up each time, since reading the variable may be
   * forbidden. Without it, memory is all there is
   */
  constructor(name, isShared, find) {
    this.#name = name;
    this.#isShared = isShared;
    this.#find = find;
  }

  get isPrivate() {
    return !this.#name;
  }

  /**
   * What is stored; where nothing is, another tab may have it in memory.
   * @param {string} key
   * @returns {Promise<string | null>}
   */
  async read(key) {
    this.#used.add(key);
    let text = await this.#seen(key);
    if (text === null && this.#isShared && this.#name) {
      const name = this.row(key, "");
      const row = await changeRow(name, () => undefined);
      if (!row || (row.isHeld && !row.isRemoved)) {
        text = await this.#ask(key, "", row ? MUST : MAY, (text) => text !== null);
        // Nobody has it any more.
        if (row && text === null)
          await changeRow(name, (now) => (now.generation === row.generation ? { isHeld: false } : undefined));
      }
    }
    this.#listen(key, text !== null);
    return text;
  }

  /**
   * The record that the turn before has left, as soon as it can be seen here. Rejects when the turn is lost.
   * @param {string} key
   * @param {Turn} turn
   */
  async readNewest(key, turn) {
    const row = await changeRow(turn.row, () => undefined);
    turn.generation = row?.generation;
    let text = await this.#seen(key);
    if (row?.generation && !isOf(text, row)) {
      if (row.isRemoved) {
        await this.#drop(key, row.generation);
        text = await this.#seen(key);
      } else text = await this.#ask(key, facts(text).family, MUST, (text) => isOf(text, row));
    }
    // Last of all: a page may sleep at any moment.
    if (row && (row.holder !== turn.holder || Date.now() >= turn.until)) throw new Error("lost");
    return text;
  }

  /**
   * The greatest number that a record here has had.
   * @param {string} key
   */
  async newest(key) {
    const { generation } = facts(await this.#seen(key).catch(() => null));
    const row = this.#isShared ? await changeRow(this.row(key, ""), () => undefined) : undefined;
    return Math.max(generation, row?.generation ?? 0);
  }

  /**
   * Writes what a sign-in has brought, or in a turn what a refresh has; false when it comes too late.
   * @param {string} key
   * @param {string} text
   * @param {Turn} [turn]
   */
  async write(key, text, turn) {
    const known = facts(text);
    const name = turn?.row ?? (this.#isShared ? this.row(key, "") : "");
    const isInTime = (/** @type {Row} */ { holder, generation }) =>
      turn ? holder === turn.holder && generation === turn.generation : generation < known.generation;
    this.#used.add(key);
    this.#listen(key, true);
    // In the transaction, so that writes and removals of all tabs come in its order.
    const isHeld = !this.#find;
    const isKept = await this.#during(name, isInTime, { ...known, isRemoved: false, isHeld }, () =>
      this.#find ? this.#store().setItem(key, text) : void this.#memory.set(key, text),
    ).catch(() => undefined);
    if (isKept === false) return false;
    if (isKept && this.#find) this.#memory.delete(key);
    else this.#memory.set(key, text);
    if (!isKept) {
      await changeRow(name, (row) => (isOf(text, row) ? { isHeld: true } : undefined));
      await this.#stored((store) => store.removeItem(key)).catch(() => {});
    }
    if (!isKept || !this.#find || !this.#isShared) this.#tell({ key, text });
    if (!isKept) throw new Error("refused");
    return true;
  }

  /**
   * @param {string} key
   * @param {string} [only] the text that is meant; without it, whatever there is
   */
  async remove(key, only) {
    const text = await this.#seen(key).catch(() => null);
    if (only && text !== only) return;
    const { generation, family } = facts(text);
    const removed = Math.max(only ? 0 : Date.now(), generation + 1);
    const name = this.row(key, family);
    const mayRemove = (/** @type {Row} */ row) => !only || row.generation <= generation;
    // At once, and again where a refresh that is under way was faster; a later one finds it in the ledger.
    await this.#drop(key, removed);
    await changeRow(name, (row) => {
      if (!mayRemove(row)) return undefined;
      void this.#drop(key, removed);
      return { generation: Math.max(removed, row.generation + 1), isRemoved: true };
    });
    this.#tell({ key, family, removed });
    this.#listen(key, false);
    // No event reaches this very page, in which there may be a later session.
    wake();
  }

  /**
   * The name of a record's row in the ledger.
   * @param {string} key
   * @param {string} family
   */
  row(key, family) {
    return this.#name && `${this.#name} ${key} ${this.#isShared ? "" : family}`;
  }

  /**
   * The row of what is stored at present.
   * @param {string} key
   */
  async presentRow(key) {
    return this.row(key, facts(await this.#seen(key).catch(() => null)).family);
  }

  #store() {
    const store = this.#find?.();
    if (!store) throw new Error("no store");
    return store;
  }

  /**
   * @template T
   * @param {(store: TokenStorage) => T} use
   * @returns {Promise<Awaited<T>>}
   */
  async #stored(use) {
    return within(PATIENCE, Promise.resolve(use(this.#store())));
  }

  /**
   * The newer one of what is stored and what is in memory.
   * @param {string} key
   * @returns {Promise<string | null>}
   */
  async #seen(key) {
    const held = this.#memory.get(key) ?? null;
    if (!this.#find) return held;
    const stored = this.#stored((store) => store.getItem(key));
    if (held === null) return (await stored) ?? null;
    const text = await stored.catch(() => null);
    return facts(text).generation > facts(held).generation ? text : held;
  }

  /**
   * Changes a row, if `may`, and what is stored with it. False when it may not; rejects when the store refuses.
   * @param {string} name
   * @param {(row: Row) => boolean} may
   * @param {Partial<Row>} change
   * @param {() => void | Promise<void>} act
   */
  async #during(name, may, change, act) {
    /** @type {Promise<void> | undefined} */
    let work;
    const start = () => (work ??= new Promise((resolve) => resolve(act())));
    const row = await changeRow(name, (row) => {
      if (!may(row)) return undefined;
      start().catch(() => {});
      return change;
    });
    if (!row) start();
    if (!work) return false;
    await within(PATIENCE, work);
    return true;
  }

  /**
   * Drops what is older than `generation`.
   * @param {string} key
   * @param {number} generation
   */
  async #drop(key, generation) {
    const isOld = (/** @type {any} */ text) => facts(text).generation < generation;
    if (isOld(this.#memory.get(key))) this.#memory.delete(key);
    try {
      await this.#stored(async (store) => isOld(await store.getItem(key)) && store.removeItem(key));
    } catch {
      // What cannot be removed could not be stored either.
    }
  }

  /** @param {import("./siblings.js").Message} message */
  #tell(message) {
    if (this.#name) tell({ place: this.#name, ...message });
  }

  #listener = (/** @type {any} */ message) => void this.#hear(message);

  /**
   * Listens to the other tabs as long as there is something to hear of.
   * @param {string} key
   * @param {boolean} isLive
   */
  #listen(key, isLive) {
    if (isLive) this.#live.add(key);
    else this.#live.delete(key);
    if (this.#live.size && this.#name) this.#deafen ??= hear(this.#listener);
    if (this.#live.size) return;
    this.#deafen?.();
    this.#deafen = undefined;
  }

  /**
   * Asks the other tabs for their record until it is seen; gives what is seen then, or at last.
   * @param {string} key
   * @param {string} family
   * @param {number} times
   * @param {(text: string | null) => boolean} isIt
   */
  async #ask(key, family, times, isIt) {
    const deafen = hear((message) => void this.#hear(message));
    for (let time = 0; ; time++) {
      const text = await this.#seen(key).catch(() => null);
      if (time === times || isIt(text)) {
        deafen();
        return text;
      }
      if (time % 5 === 0) this.#tell({ key, family, asks: true });
      await pause(50);
    }
  }

  /** @param {any} message */
  async #hear({ place, key, family, text, removed, asks }) {
    if (place !== this.#name || !this.#used.has(key)) return;
    const own = await this.#seen(key).catch(() => null);
    const known = facts(own);
    const concerns = (/** @type {unknown} */ whose) => this.#isShared || whose === known.family;
    if (asks && concerns(family)) {
      const given = this.#isShared ? this.#memory.get(key) : own;
      if (given) this.#tell({ key, text: given });
    } else if (removed > known.generation && (own === null || concerns(family))) {
      await this.#drop(key, removed);
      wake();
    } else if (typeof text === "string" && concerns(facts(text).family)) {
      const { generation, family } = facts(text);
      const row = await changeRow(this.row(key, family), () => undefined);
      // Somebody may have signed out since it was sent.
      if (generation <= known.generation || (row?.generation && !isOf(text, row))) return;
      if (this.#isShared) this.#memory.set(key, text);
      else await this.#stored((store) => store.setItem(key, text)).catch(() => this.#memory.set(key, text));
      wake();
    }
  }
}
