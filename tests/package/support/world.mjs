// What surrounds the package: pages that can be loaded anew, their storage, and a network that notes what is sent.

import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";

import { storage } from "./browser.mjs";

const entry = new URL("../../../dist/index.js", import.meta.url).href;
let copies = 0;

/** The package as a page that was just loaded has it. */
export async function page() {
  const lib = await import(`${entry}?world=${++copies}`);
  await lib.init();
  return lib;
}

/** @typedef {{ url: string, method: string, headers: Headers, body: string, parameters: [string, string][], init: any }} Sent */

/** What both sides of a comparison are noted by. @returns {Sent} */
export function noted(url, init = {}) {
  const body = String(init.body ?? "");
  const headers = new Headers(init.headers);
  const parameters = [...new URLSearchParams(body)];
  return { url: String(url), method: init.method ?? "GET", headers, body, parameters, init };
}

/** Sets up the stand-ins before every test of a file, and takes them away after it. */
export function world() {
  /** @type {(() => void)[]} */
  const undone = [];
  const here = {
    /** @type {Sent[]} */
    sent: [],
    /** @type {(sent: Sent) => Response | Promise<Response>} */
    answer: () => assert.fail("nobody answers here"),
    waiting: storage(),
    kept: storage(),
    define(name, value, owner = globalThis) {
      const before = Object.getOwnPropertyDescriptor(owner, name);
      Object.defineProperty(owner, name, { value, configurable: true, writable: true });
      undone.push(() => (before ? Object.defineProperty(owner, name, before) : delete owner[name]));
    },
    /** Stops the clock at some second. */
    at(seconds) {
      here.define("now", () => seconds * 1_000, Date);
    },
  };
  beforeEach(() => {
    here.sent = [];
    here.waiting = storage();
    here.kept = storage();
    // A browser that holds a secret is told so; that is another test's matter.
    here.define("warn", () => {}, console);
    here.define("localStorage", here.waiting.store);
    here.define("sessionStorage", here.kept.store);
    here.define("fetch", async (url, init) => {
      const sent = noted(url, init);
      here.sent.push(sent);
      return here.answer(sent);
    });
  });
  afterEach(() => {
    for (const undo of undone.splice(0).reverse()) undo();
  });
  return here;
}

/** The query of a URL, in which every parameter stands once. */
export function query(url) {
  const pairs = [...new URL(url).searchParams];
  assert.equal(new Map(pairs).size, pairs.length, "every parameter stands once");
  return Object.fromEntries(pairs);
}

/** The error of a promise that must reject with one. */
export async function refusal(AuthError, promise, code, about = "") {
  const error = await promise.then(
    () => assert.fail(`${about} was accepted, expected ${code}`),
    (thrown) => thrown,
  );
  if (error instanceof assert.AssertionError) throw error;
  assert.ok(error instanceof AuthError, `${about}: ${error}`);
  assert.equal(error.code, code, `${about}: ${error.hint}`);
  return error;
}

/**
 * Tries every case, and tells of all that failed, not of the first one only.
 * @template T
 * @param {Iterable<T>} cases
 * @param {(each: T) => unknown} check
 */
export async function forEach(cases, check) {
  const failures = [];
  for (const each of cases) {
    try {
      await check(each);
    } catch (error) {
      failures.push(error.message.split("\n")[0]);
    }
  }
  assert.deepEqual(failures, []);
}
