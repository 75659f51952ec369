import { changeRow } from "./ledger.js";
import { hear, tell } from "./siblings.js";
import { pause, within } from "./waiting.js";
import { wake } from "./wake.js";

/** @typedef {import("../index.d.ts").TokenStorage} TokenStorage */
/** @typedef {import("./turn.js").Turn} Turn */

const yes = () => true;
const no = () => false;

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

/**
 * Where session records live, each under one key. Where the store refuses, memory takes over, and the other tabs are
 * handed what they cannot read.
 */
export class Place {
  /** @type {Map<string, string>} */
  #memory = new Map();
  /** The number below which all records are void, since somebody signed out. @type {Map<string, number>} */
  #voids = new Map();
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
   * @param {string} key
   * @returns {Promise<string | null>}
   */
  async read(key) {
    const isFirst = !this.#used.has(key);
    this.#used.add(key);
    if (isFirst && !this.#find && this.#name) await this.#ask(key, "", MAY, () => this.#memory.has(key));
    const held = this.#memory.get(key) ?? null;
    const stored =
      this.#find &&
      (await this.#stored((store) => store.getItem(key)).catch((refusal) => {
        if (held === null) throw refusal;
      }));
    const text =
      stored && facts(stored).generation > facts(held).generation ? stored : (held ?? stored ?? null);
    this.#listen(key, text !== null);
    return text;
  }

  /**
   * The record that the turn before has left, as soon as it can be seen here.
   * @param {string} key
   * @param {Turn} turn
   */
  async readNewest(key, turn) {
    const row = await changeRow(turn.row, () => undefined);
    turn.generation = row?.generation;
    let text = await this.read(key);
    const isSeen = async () => facts((text = await this.read(key))).generation >= (row?.generation ?? 0);
    if (!row || (await isSeen())) return text;
    if (!row.isRemoved) await this.#ask(key, facts(text).family, MUST, isSeen);
    else if (text !== null) await this.#drop(key, row.generation);
    return row.isRemoved ? null : text;
  }

  /**
   * Writes what a sign-in has brought.
   * @param {string} key
   * @param {string} text
   */
  async write(key, text) {
    const { generation, family } = facts(text);
    if (this.#isShared) await changeRow(this.row(key, family), () => ({ generation, isRemoved: false }));
    await this.#put(key, text, true);
  }

  /**
   * Writes what a refresh has brought; false when it comes too late.
   * @param {string} key
   * @param {string} text
   * @param {Turn} turn
   */
  async replace(key, text, turn) {
    const { generation } = facts(text);
    const isOurs = (/** @type {any} */ row) =>
      row.holder === turn.holder && row.generation === turn.generation;
    const row = await changeRow(turn.row, (row) =>
      isOurs(row) ? { generation, isRemoved: false } : undefined,
    );
    if (row && row.generation !== generation) return false;
    await this.#put(key, text, false);
    return true;
  }

  /** @param {string} key */
  async remove(key) {
    const { generation, family } = facts(await this.read(key).catch(() => null));
    const removed = Math.max(Date.now(), generation + 1);
    this.#voids.set(key, removed);
    await this.#drop(key, removed);
    this.#tell({ key, family, removed });
    // A refresh that is under way finds this when it wants to write.
    await changeRow(this.row(key, family), (row) => ({
      generation: Math.max(removed, row.generation + 1),
      isRemoved: true,
    }));
    // One that was faster has written in the meantime.
    await this.#drop(key, removed);
    this.#listen(key, false);
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
    return this.row(key, facts(await this.read(key).catch(() => null)).family);
  }

  /**
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
   * @param {string} key
   * @param {string} text
   * @param {boolean} isFirst whether it is of a new family
   */
  async #put(key, text, isFirst) {
    this.#listen(key, true);
    const isKept = this.#find && (await this.#stored((store) => store.setItem(key, text)).then(yes, no));
    if (isKept) this.#memory.delete(key);
    else this.#memory.set(key, text);
    if (!isKept || !this.#isShared) this.#tell({ key, text });
    if (isKept !== false) return;
    // What is still stored is another user's, or its refresh token is used up. Only where the other tabs would take
    // its absence for a log-out it stays: they have been handed the new one, and the ledger knows of it.
    if (isFirst || !this.#isShared) await this.#stored((store) => store.removeItem(key)).catch(no);
    throw new Error("refused");
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

  /**
   * Listens to the other tabs as long as there is something to hear of.
   * @param {string} key
   * @param {boolean} isLive
   */
  #listen(key, isLive) {
    if (isLive) this.#live.add(key);
    else this.#live.delete(key);
    if (this.#live.size && this.#name) this.#deafen ??= hear((message) => void this.#hear(message));
    if (!this.#live.size) {
      this.#deafen?.();
      this.#deafen = undefined;
    }
  }

  /**
   * Asks the other tabs for their record, until `isSeen`.
   * @param {string} key
   * @param {string} family
   * @param {number} times
   * @param {() => boolean | Promise<boolean>} isSeen
   */
  async #ask(key, family, times, isSeen) {
    const deafen = hear((message) => void this.#hear(message));
    for (let time = 0; time < times && !(await isSeen()); time++) {
      if (time % 5 === 0) this.#tell({ key, family, asks: true });
      await pause(50);
    }
    deafen();
  }

  /** @param {any} message */
  async #hear({ place, key, family, text, removed, asks }) {
    if (place !== this.#name || !this.#used.has(key)) return;
    const own = await this.read(key).catch(() => null);
    const known = facts(own);
    const concerns = (/** @type {unknown} */ whose) => this.#isShared || whose === known.family;
    if (asks && concerns(family)) {
      const given = this.#isShared ? this.#memory.get(key) : own;
      if (given) this.#tell({ key, text: given });
    } else if (removed > known.generation && concerns(family)) {
      this.#voids.set(key, removed);
      await this.#drop(key, removed);
      wake();
    } else if (typeof text === "string" && concerns(facts(text).family)) {
      const { generation } = facts(text);
      if (generation <= known.generation || generation < (this.#voids.get(key) ?? 0)) return;
      const isKept =
        !this.#isShared && (await this.#stored((store) => store.setItem(key, text)).then(yes, no));
      if (!isKept) this.#memory.set(key, text);
      wake();
    }
  }
}
