// Scopes as lists of words (RFC 6749 section 3.3).

import assert from "node:assert/strict";
import { test } from "node:test";

import { AuthError } from "../../npm/auth-error.js";
import { join, scope, words } from "../../npm/scope.js";
import { fc, of, string, text } from "./support/generate.mjs";

test("D07: words keep their order and case, and stand once", () => {
  assert.deepEqual(words("  b a\tA b "), ["b", "a", "A"]);
  assert.deepEqual(words("a\nb\r\nc\fd"), ["a", "b", "c", "d"]);
  for (const empty of ["", " ", "\t\n "]) assert.deepEqual(words(empty), []);
  assert.deepEqual(words("openidx OPENID").includes("openid"), false);
  assert.deepEqual(words("**"), ["**"]);
  assert.equal(join(["b a", " a\tc ", "", "A"]), "b a c A");
  assert.equal(join([]), "");
});

test("D07: only the white space of ASCII parts words", () => {
  for (const letter of ["\u00a0", "\u2028", "\ufeff", "\u3000", "\u000b", "\0"]) {
    assert.deepEqual(words(`a${letter}b`), [`a${letter}b`], JSON.stringify(letter));
  }
});

test("D07: names of JavaScript are words like others", () => {
  assert.deepEqual(words("__proto__ constructor __proto__"), ["__proto__", "constructor"]);
});

test("D07: scopes keep their words, once, in order of first appearance", () => {
  fc.assert(
    fc.property(fc.oneof(text(), string(), of("abc \t\n", 0, 20)), (given) => {
      // Read letter by letter, without the expression that is tested.
      const expected = [];
      let word = "";
      for (const letter of [...given, " "]) {
        if (![" ", "\t", "\n", "\f", "\r"].includes(letter)) word += letter;
        else {
          if (word !== "" && expected.indexOf(word) < 0) expected.push(word);
          word = "";
        }
      }
      assert.deepEqual(words(given), expected);
      assert.equal(join([given]), expected.join(" "));
      assert.equal(join([join([given])]), join([given]), "a scope that is in order stays as it is");
    }),
  );
});

test("D07: the union of scopes is that of their words", () => {
  fc.assert(
    fc.property(fc.array(of("abc ", 0, 8), { maxLength: 5 }), (scopes) => {
      const joined = words(join(scopes));
      assert.equal(new Set(joined).size, joined.length);
      assert.deepEqual(new Set(joined), new Set(scopes.flatMap((one) => words(one))));
      assert.equal(scope.join(...scopes), join(scopes));
    }),
  );
});

test("a builder of scopes gives one word for each right, or refuses", () => {
  const part = fc.oneof(of("aZ09._-*", 1, 8), text(), string());
  let made = 0;
  fc.assert(
    fc.property(part, fc.array(part, { maxLength: 3 }), (name, rights) => {
      const isWord = (given) => given !== "" && !given.includes(":") && given.split(/\s/).length === 1;
      const good = rights.length > 0 && rights.every(isWord);
      for (const [build, prefix, isGood] of [
        [() => scope.global(...rights), "global", good],
        [() => scope.project(name, ...rights), `project:key:${name}`, good && isWord(name)],
        [() => scope.project({ id: name }, ...rights), `project:id:${name}`, good && isWord(name)],
        [() => scope.channel(name, ...rights), `channel:${name}`, good && isWord(name)],
      ]) {
        if (!isGood) {
          assert.throws(
            build,
            (error) => error instanceof AuthError && error.code === "invalid_configuration",
          );
          continue;
        }
        made++;
        assert.deepEqual(
          build().split(" "),
          rights.map((right) => `${prefix}:${right}`),
        );
      }
    }),
  );
  assert.ok(made > 0, "the property has seen some that are made");
});
