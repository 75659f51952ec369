// The scripts of the page "Register an application": they are small and readable, and the code that it shows is right.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as prettier from "prettier";
import { typeErrors } from "./support/type-errors.mjs";

const www = fileURLToPath(new URL("../../www/register", import.meta.url));
/** In bytes, as it is written. */
const LIMIT = 37_000;
const LONGEST_LINE = 120;

const scripts = await Promise.all(
  (await readdir(www))
    .filter((name) => name.endsWith(".js"))
    .map(async (name) => ({ name, text: await readFile(path.join(www, name), "utf8") })),
);
const page = await readFile(path.join(www, "index.html"), "utf8");

/** The code of all steps, one after the other. */
const snippets = [...page.matchAll(/<pre\b[^>]*aria-label="Code: [^>]*>([^<]+)<\/pre/g)].map(([, code]) =>
  code.replaceAll("&gt;", ">").replaceAll("&lt;", "<").replaceAll("&amp;", "&").trim(),
);

test("the page's own scripts are smaller than 37,000 bytes", (t) => {
  const size = scripts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  t.diagnostic(`${size} bytes in ${scripts.length} files`);
  assert.ok(size < LIMIT, `${size} bytes`);
});

test("the page's own scripts are written to be read", async () => {
  const options = await prettier.resolveConfig(path.join(www, "register.js"));
  for (const { name, text } of scripts) {
    const formatted = await prettier.check(text, { ...options, filepath: path.join(www, name) });
    assert.ok(formatted, `${name} is not formatted`);
    for (const [index, line] of text.split("\n").entries()) {
      assert.ok(line.length <= LONGEST_LINE, `${name}:${index + 1} is too long`);
    }
  }
});

test("the page's own scripts never parse HTML, nor store a secret", () => {
  for (const { name, text } of scripts) {
    assert.doesNotMatch(text, /innerHTML|insertAdjacentHTML|DOMParser|document\.write/, name);
    // What a window has to know is no secret.
    const stored = text.match(/\b(?:local|session)Storage\.setItem\(.*/g) ?? [];
    assert.deepEqual(
      stored.filter((line) => line !== "localStorage.setItem(KEY, JSON.stringify({ server, clientId }));"),
      [],
      name,
    );
  }
});

test("every step has its code, and all of it together passes the strict type check", async () => {
  assert.equal(snippets.length, 8);
  for (const code of snippets) {
    const lines = code.split("\n").length;
    assert.ok(lines >= 2 && lines <= 5, `${lines} lines: ${code}`);
  }
  const used = "export { clientSecret, rights, issues, onRequest, sha256fingerprint, keys, profile };";
  assert.equal(await typeErrors([["steps.ts", [...snippets, used].join("\n\n")]]), "");
});
