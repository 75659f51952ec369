// What an authorization request draws by chance: state, nonce and code verifier.

import assert from "node:assert/strict";
import { test } from "node:test";

import { AuthError, OPTIONS, buildAuthorizationUrl } from "./support/authorization.mjs";
import { having } from "./support/browser.mjs";

const bitsOf = (value) =>
  [...Buffer.from(value, "base64url")].flatMap((byte) => [...byte.toString(2).padStart(8, "0")].map(Number));

test("A01: state, nonce and verifier are 256 bits each, all different, without a bias", () => {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const values = [];
  for (let count = 0; count < 1_000; count++) {
    const { state, nonce, codeVerifier } = buildAuthorizationUrl({ ...OPTIONS, scope: "openid" });
    values.push(state, nonce, codeVerifier);
  }
  assert.equal(new Set(values).size, 3_000);
  const letters = new Map([...ALPHABET].map((letter) => [letter, 0]));
  const ones = new Array(256).fill(0);
  for (const value of values) {
    assert.match(value, /^[\w-]{43}$/);
    // The last character holds four bits only.
    for (const letter of value.slice(0, 42)) letters.set(letter, letters.get(letter) + 1);
    const bits = bitsOf(value);
    assert.equal(bits.length, 256);
    bits.forEach((bit, index) => (ones[index] += bit));
  }
  // Chi squared of 63 degrees of freedom: above 160 once in a thousand million runs.
  const expected = (3_000 * 42) / 64;
  const squared = [...letters.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(squared < 160, `chi squared is ${squared}`);
  // Seven standard deviations.
  for (const [index, count] of ones.entries()) {
    assert.ok(Math.abs(count - 1_500) < 192, `bit ${index} is set ${count} times of 3 000`);
  }
});

test("A01: all 256 bits come from crypto.getRandomValues, and every value draws its own", () => {
  const drawn = [];
  const crypto = {
    getRandomValues(bytes) {
      bytes.set(Buffer.from(bytes).map((_, index) => (37 * drawn.length + 255 - index) & 255));
      drawn.push(Buffer.from(bytes).toString("base64url"));
      return bytes;
    },
  };
  having({ crypto: { value: crypto } }, () => {
    const { state, nonce, codeVerifier } = buildAuthorizationUrl({ ...OPTIONS, scope: "openid" });
    assert.deepEqual([state, nonce, codeVerifier].sort(), [...drawn].sort());
    assert.equal(drawn.length, 3);
    drawn.length = 0;
    const given = { state: "s", nonce: "n", codeVerifier: "v".repeat(43) };
    buildAuthorizationUrl({ ...OPTIONS, ...given });
    assert.equal(drawn.length, 0, "what is given is not drawn");
  });
});

test("A01: whatever bytes are drawn, they are written in the alphabet of URLs", () => {
  for (const byte of [0, 255, 0xfb, 0xff, 0x3e]) {
    const crypto = { getRandomValues: (bytes) => bytes.fill(byte) };
    const { state } = having({ crypto: { value: crypto } }, () => buildAuthorizationUrl(OPTIONS));
    assert.equal(state, Buffer.alloc(32, byte).toString("base64url"));
  }
});

test("A01: without randomness there is no request, and no other source is used", () => {
  const refuses = () => {
    throw new DOMException("no entropy", "OperationError");
  };
  for (const crypto of [
    undefined,
    null,
    {},
    { getRandomValues: refuses },
    { randomUUID: () => "3f333df6-90a4-4fda-8dd3-9485d27cee36" },
  ]) {
    having({ crypto: { value: crypto } }, () => {
      assert.throws(
        () => buildAuthorizationUrl(OPTIONS),
        (error) =>
          error instanceof AuthError &&
          error.code === "unsupported" &&
          error.phase === "authorize" &&
          !error.retryable &&
          error.hint.includes("crypto.getRandomValues"),
      );
      const given = { state: "s", codeVerifier: "v".repeat(43) };
      assert.equal(buildAuthorizationUrl({ ...OPTIONS, ...given }).state, "s", "where none is needed");
    });
  }
});
