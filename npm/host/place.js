import { changeRow, readRow } from "./ledger.js";
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
/** No record has such a number: they are times in milliseconds, and must always leave room for the next one. */
const LARGEST = 2 ** 52;

/**
 * What is looked at here of a record: its number, and the name that all records of one sign-in share.
 * @param {string | null | undefined} text
 * @returns {{ generation: number, family: string }}
 */
function facts(text) {
  try {
    const { generation, family } = JSON.parse(text ?? "");
    if (Number.isSafeInteger(generation) && generation < LARGEST && typeof family === "string")
      return { generation, family };
  } catch {
    // None that could be compared.
  }
  return { generation: 0, family: "" };
}

/** @param {string | null} text @param {Row} row */
function isOf(text, row) {
  const { generation, family } = facts(text);
  return generation === row.generation && family === row.family;
}

/**
 * Where session records live, each under one key. Where the store refuses, memory takes over, and the other tabs are
 * handed what they cannot read.
 */
export class Place {
  /** @type {Map<string, string>} */
  #memory = new Map();
  /** The newest record that was seen here under each key. @type {Map<string, string>} */
  #newest = new Map();
  /** The keys under which there is a record, or may be. @type {Set<string>} */
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
   * forbidden. Without it, memory is all there is, as if a store refused everything
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
    let text = await this.#seen(key);
    if (text === null && this.#isShared && this.#name) {
      const name = this.row(key, "");
      const row = await readRow(name);
      if (!row || row.isHeld) {
        this.#listen(key, true);
        text = await this.#ask(key, "", row ? MUST : MAY, (text) => text !== null);
        // Nobody has it any more.
        if (row && text === null)
          await changeRow(name, (now) => (now.generation === row.generation ? { isHeld: false } : undefined));
      }
    }
    this.#listen(key, text !== null);
    if (text !== null && this.#isShared && text !== this.#newest.get(key)) {
      const healing = this.#heal(key, text);
      if (this.#memory.get(key) === text) {
        // Nobody but the ledger says that it was removed while this page could not hear.
        await healing;
        return this.#seen(key);
      }
    }
    return text;
  }

  /**
   * The record that the turn before has left, as soon as it can be seen here. Rejects when the turn is lost.
   * @param {string} key
   * @param {Turn} turn
   */
  async readNewest(key, turn) {
    const row = await readRow(turn.row);
    let text = await this.#seen(key);
    if (row?.generation && !isOf(text, row)) {
      if (row.family) text = await this.#ask(key, facts(text).family, MUST, (text) => isOf(text, row));
      else {
        await this.#drop(key, row.generation);
        text = await this.#seen(key);
      }
    }
    // Last of all: a page may sleep at any moment.
    if (row && (row.holder !== turn.holder || Date.now() >= turn.until)) throw new Error("lost");
    turn.generation = row?.generation;
    return text;
  }

  /**
   * Writes what a sign-in has brought, or in a turn what a refresh has. Rejects when the store refuses; then memory
   * has it.
   * @param {string} key
   * @param {string} text
   * @param {Turn} [turn]
   * @returns {Promise<string>} empty, or the generation that came before it
   */
  async write(key, text, turn) {
    const { generation, family } = facts(text);
    const name = turn?.row ?? (this.#isShared ? this.row(key, "") : "");
    let newest = turn ? 0 : facts(await this.#seen(key).catch(() => null)).generation;
    /** @type {Promise<boolean> | undefined} */
    let storing;
    // In the transaction, so that writes and removals of all tabs come in its order.
    const row = await changeRow(name, (row) => {
      newest = Math.max(newest, row.generation);
      const isInTime = !turn
        ? newest < generation
        : turn.generation === undefined
          ? // The ledger could not be read then; the server has taken the refresh token by now.
            !row.generation || row.family === family
          : row.holder === turn.holder && row.generation === turn.generation;
      if (!isInTime) return undefined;
      storing ??= this.#keep(key, text);
      return { generation, family, isHeld: !this.#find };
    });
    if (!row && (turn || newest < generation)) storing ??= this.#keep(key, text);
    if (!storing) return String(newest);
    this.#listen(key, true);
    const isStored = await storing;
    if (!isStored) {
      await changeRow(name, (row) => (isOf(text, row) ? { isHeld: true } : undefined));
      await this.#stored((store) => store.removeItem(key)).catch(() => {});
    }
    if (!isStored || !this.#isShared) this.#tell({ key, text });
    if (!isStored && this.#find) throw new Error("refused");
    return "";
  }

  /**
   * Two processes may have written in another order than the ledger's: what was removed is removed again, and what is
   * newer is written again.
   * @param {string} key
   * @param {string} text that is stored
   */
  async #heal(key, text) {
    const newest = this.#newest.get(key) ?? text;
    const { generation } = facts(text);
    if (generation >= facts(newest).generation) this.#newest.set(key, text);
    /** @type {Promise<unknown> | undefined} */
    let healing;
    await changeRow(this.row(key, ""), (row) => {
      if (generation < row.generation && !row.family) healing = this.#drop(key, row.generation);
      else if (generation < row.generation && isOf(newest, row)) healing = this.#keep(key, newest);
      return undefined;
    });
    if (!healing) return;
    await healing;
    wake();
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
    // At once, and again where a refresh that is under way was faster; a later one finds it in the ledger.
    await this.#drop(key, removed);
    await changeRow(this.row(key, family), (row) => {
      if (only && row.generation > generation) return undefined;
      void this.#drop(key, removed);
      return { generation: Math.max(removed, row.generation + 1), family: "", isHeld: false };
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

  /**
   * Rejects where the store refuses.
   * @template T
   * @param {(store: TokenStorage) => T} use
   * @returns {Promise<Awaited<T>>}
   */
  async #stored(use) {
    const store = this.#find?.();
    if (!store) throw new Error("no store");
    return within(PATIENCE, Promise.resolve(use(store)));
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
   * Stores a text; false where memory keeps it instead.
   * @param {string} key
   * @param {string} text
   */
  async #keep(key, text) {
    try {
      await this.#stored((store) => store.setItem(key, text));
      this.#memory.delete(key);
      this.#newest.set(key, text);
      return true;
    } catch {
      this.#memory.set(key, text);
      return false;
    }
  }

  /**
   * Drops what is older than `generation`. What cannot be removed could not be stored either.
   * @param {string} key
   * @param {number} generation
   */
  async #drop(key, generation) {
    const isOld = (/** @type {any} */ text) => facts(text).generation < generation;
    for (const texts of [this.#memory, this.#newest]) if (isOld(texts.get(key))) texts.delete(key);
    const drop = async (/** @type {TokenStorage} */ store) =>
      isOld(await store.getItem(key)) && store.removeItem(key);
    await this.#stored(drop).catch(() => {});
  }

  /** @param {import("./siblings.js").Message} message */
  #tell(message) {
    if (this.#name) tell({ place: this.#name, ...message });
  }

  /**
   * Listens to the other tabs as long as there is something to hear of.
   * @param {string} key
   * @param {boolean} isLive
   */
  #listen(key, isLive) {
    if (isLive) this.#live.add(key);
    else this.#live.delete(key);
    if (this.#live.size && this.#name) this.#deafen ??= hear(this.#hear);
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
    for (let time = 0; ; time++) {
      const text = await this.#seen(key).catch(() => null);
      if (time === times || isIt(text)) return text;
      if (time % 5 === 0) this.#tell({ key, family });
      await pause(50);
    }
  }

  #hear = async (/** @type {any} */ { place, key, family, text, removed, isBack }) => {
    if (isBack) {
      this.#newest.clear();
      wake();
    }
    if (place !== this.#name || !this.#live.has(key)) return;
    const own = await this.#seen(key).catch(() => null);
    const known = facts(own);
    const heard = text === undefined ? { family, generation: removed } : facts(text);
    // Another copy of this library in the same tab may just have removed it.
    const isGone = removed && own === null;
    if (!this.#isShared && !isGone && heard.family !== known.family) return;
    if (heard.generation === undefined) {
      const given = this.#isShared ? this.#memory.get(key) : own;
      if (given) this.#tell({ key, text: given });
    } else if (heard.generation > known.generation) {
      if (removed) await this.#drop(key, removed);
      else {
        const row = await readRow(this.row(key, heard.family));
        // Somebody may have signed out since it was sent.
        if (row?.generation && !isOf(text, row)) return;
        if (this.#isShared) this.#memory.set(key, text);
        else await this.#stored((store) => store.setItem(key, text)).catch(() => this.#memory.set(key, text));
      }
      wake();
    }
  };
}
