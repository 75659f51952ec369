// The text that carries the module: `scripts/lib/encode.mjs` makes it, `npm/decode.js` reads it.

import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { decode } from "../../npm/decode.js";
import { encode } from "../../scripts/lib/encode.mjs";

const every = Uint8Array.from({ length: 256 }, (_, index) => index);

for (const [title, bytes] of [
  ["no bytes", new Uint8Array()],
  ["one byte", Uint8Array.of(0)],
  ["one value, many times", new Uint8Array(10_000).fill(255)],
  ["two values", Uint8Array.from({ length: 999 }, (_, index) => (index % 2 ? 7 : 200))],
  ["all values once", every],
  ["all values, backwards", every.toReversed?.() ?? Uint8Array.from(every).reverse()],
  [
    "all values, each as often as it is large",
    Uint8Array.from([...every].flatMap((byte) => Array(byte + 1).fill(byte))),
  ],
]) {
  test(`bytes become text and bytes again: ${title}`, () => assert.deepEqual(decode(encode(bytes)), bytes));
}

test("bytes become text and bytes again: random ones", () => {
  for (let round = 0; round < 300; round++) {
    // Skewed in most rounds, so that the order of frequency differs.
    const top = randomInt(1, 257);
    const bytes = Uint8Array.from(randomBytes(randomInt(0, 3_000)), (byte) => byte % top);
    const encoded = encode(bytes);
    assert.deepEqual(decode(encoded), bytes);
    assert.deepEqual(decode(JSON.parse(JSON.stringify(encoded))), bytes);
  }
});

test("the text needs no escape in a string, a template or a page", () => {
  const { text, alphabet, order, length } = encode(randomBytes(20_000));
  assert.match(text, /^[ -~]+$/);
  assert.doesNotMatch(text + alphabet + order, /["'\\`$<&\n]/);
  assert.equal(new Set(alphabet).size, alphabet.length);
  assert.equal(length, 20_000);
  assert.ok(text.length < 2 * length);
});

test("the module itself survives", async () => {
  const bytes = new Uint8Array(await readFile(new URL("../../dist/space_auth.wasm", import.meta.url)));
  assert.deepEqual(decode(encode(bytes)), bytes);
  assert.ok(WebAssembly.validate(decode(encode(bytes))));
});
