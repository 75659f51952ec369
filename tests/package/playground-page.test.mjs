// The script of the playground's page: it is small and readable, and the code that it shows is right.
import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import * as prettier from "prettier";
import { typeErrors } from "./support/type-errors.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const www = path.join(root, "www");
/** In bytes, as it is written. */
const LIMIT = 40_000;
const LONGEST_LINE = 120;

const scripts = await Promise.all(
  (await readdir(www))
    .filter((name) => name.endsWith(".js"))
    .map(async (name) => ({ name, text: await readFile(path.join(www, name), "utf8") })),
);

// What the modules of the sample need of a browser; this file runs in a process of its own.
const content = JSON.parse(await readFile(path.join(www, "content.json"), "utf8"));
globalThis.location = { origin: "http://localhost:8080", pathname: "/" };
globalThis.fetch = async (url) => {
  assert.equal(url, "./content.json");
  return Response.json(content);
};
const { sampleCode } = await import("../../www/sample.js");

const EMBEDDED = "http://localhost:8081";
const ADDRESS = "https://as.example/here";
const NOTHING = { scope: "", clientId: "", redirectUri: "", url: "", workspace: "workflow" };

/** What a reader may have typed for a server of the reader's own. */
const TYPED = {
  all: { url: ADDRESS, clientId: "my-app", scope: "one two", redirectUri: "https://app.example/back" },
  some: { url: ADDRESS, clientId: "my-app" },
  http: { url: "http://as.example:8080", clientId: "my-app" },
  nothing: {},
};

const { systems, modes, storages } = content;
const [EMBEDDED_SYSTEMS, OWN_SYSTEMS] = [true, false].map((isEmbedded) =>
  Object.keys(systems).filter((system) => Boolean(systems[system].registered) === isEmbedded),
);

/** Every combination of these systems with their flows, a mode and a storage. */
function choices(among, typed) {
  return among.flatMap((system) =>
    systems[system].flows.flatMap((flow) =>
      Object.keys(modes).flatMap((mode) =>
        Object.keys(storages).map((storage) => ({ ...NOTHING, system, flow, mode, storage, ...typed })),
      ),
    ),
  );
}

/** An address, and what stands in all other fields. */
const ODD = [
  [`"+alert(1)+'\\`, "`${alert(1)}` */ alert(1) /*\n\u2028"],
  ["URL WORKSPACE NAME IMPORTS OPTIONS TARGET", "URL WORKSPACE NAME IMPORTS OPTIONS TARGET"],
  ["+alert(1)+", "$`"],
  ["$' $& $1 $$", "$' $& $1 $$"],
  ["</script><script>alert(1)</script>", "<!--<script>"],
];

const TEXT = /"(?:[^"\\\n]|\\.)*"/g;
const textsIn = (code) => code.match(TEXT).map((text) => JSON.parse(text));
const withoutTexts = (code) => code.replace(TEXT, '""');

const nameOf = ({ system, flow, mode, storage }) => [system, flow, mode, storage].join("_");

/** All there is to choose, by a name for each. */
const ALL = new Map([
  ...choices(EMBEDDED_SYSTEMS).map((choice) => [nameOf(choice), choice]),
  ...Object.entries(TYPED).flatMap(([what, typed]) =>
    choices(OWN_SYSTEMS, typed).map((choice) => [`${nameOf(choice)}_${what}-typed`, choice]),
  ),
]);

test("the page's own script is smaller than 40,000 bytes", (t) => {
  const size = scripts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
  t.diagnostic(`${size} bytes in ${scripts.length} files`);
  assert.ok(size < LIMIT, `${size} bytes`);
});

test("the page's own script is written to be read", async () => {
  const options = await prettier.resolveConfig(path.join(www, "app.js"));
  for (const { name, text } of scripts) {
    const formatted = await prettier.check(text, { ...options, filepath: path.join(www, name) });
    assert.ok(formatted, `${name} is not formatted`);
  }
  const long = scripts.flatMap(({ name, text }) =>
    text
      .split("\n")
      .map((line, index) => ({ place: `${name}:${index + 1}`, length: line.length }))
      .filter(({ length }) => length > LONGEST_LINE),
  );
  assert.deepEqual(long, [], "lines that are too long");
});

test("the TypeScript of every choice passes the strict type check", async (t) => {
  t.diagnostic(`${ALL.size} choices`);
  const files = [...ALL].map(([name, choice]) => [`${name}.ts`, sampleCode(choice, EMBEDDED, true)]);
  assert.equal(await typeErrors(files), "");
});

test("the JavaScript of every choice is its TypeScript without the types", async () => {
  for (const [name, choice] of ALL) {
    // esbuild leaves out imports that TypeScript does not use, and nothing of JavaScript.
    const script = await parsed(sampleCode(choice, EMBEDDED, false), "js");
    assert.equal(script, await parsed(sampleCode(choice, EMBEDDED, true), "ts"), name);
  }
});

test("the code says where a client secret is needed", () => {
  for (const choice of choices(OWN_SYSTEMS, TYPED.some)) {
    const { flow, system } = choice;
    const isNeeded =
      flow === "client_credentials" || (system === "own-processmaker" && ["code", "password"].includes(flow));
    const code = sampleCode(choice, EMBEDDED, false);
    assert.equal(code.includes('clientSecret: "…"'), isNeeded, nameOf(choice));
  }
});

test("what makes the code has no way to the fields of the form, where secrets are typed", () => {
  const imports = (name) => {
    const { text } = scripts.find((script) => script.name === name);
    return [...text.matchAll(/(?:from|import\() ?"\.\/([\w-]+\.js)"/g)].map(([, found]) => found);
  };
  const reached = new Set(["sample.js"]);
  for (const name of reached) for (const found of imports(name)) reached.add(found);
  assert.deepEqual([...reached].sort(), ["choice.js", "content.js", "sample.js", "systems.js"]);
  for (const name of reached) {
    const { text } = scripts.find((script) => script.name === name);
    assert.doesNotMatch(text, /\bdocument\b|\bFormData\b/, name);
  }
});

// A link may carry any of it, so that nothing of it may become code of whoever copies it, nor end a script in HTML.
test("what is typed, or stands in a shared link, is a text of the code and never code", async () => {
  for (const [url, more] of ODD) {
    const typed = { url, workspace: more, clientId: more, scope: more, redirectUri: more };
    const plain = { url: "u", workspace: "w", clientId: "c", scope: "s", redirectUri: "r" };
    const expected = choices(OWN_SYSTEMS, plain);
    for (const [index, choice] of choices(OWN_SYSTEMS, typed).entries()) {
      const code = sampleCode(choice, EMBEDDED, false);
      const meant = sampleCode(expected[index], EMBEDDED, false);
      assert.equal(withoutTexts(code), withoutTexts(meant), nameOf(choice));
      const back = { u: url, w: more, c: more, s: more, r: more };
      assert.deepEqual(
        textsIn(code),
        textsIn(meant).map((text) => back[text] ?? text),
        nameOf(choice),
      );
      assert.doesNotMatch(code, /<\/script|<!--/i, nameOf(choice));
      await parsed(code, "js");
    }
  }
});

/**
 * The code as esbuild writes it.
 * @param {string} code
 * @param {"js" | "ts"} loader
 */
async function parsed(code, loader) {
  const result = await transform(code, { loader, format: "esm", target: "es2022" });
  assert.deepEqual(result.warnings, []);
  return result.code;
}
