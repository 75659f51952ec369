// What the package is before anything of it is called: no side effects, the exports of its types, servers and scopes
// as plain data.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

import { having } from "./support/browser.mjs";

const dist = new URL("../../dist/", import.meta.url);
const entry = new URL("index.js", dist).href;
const lib = await import(entry);
const { AuthError, hub, processMaker, processMaker4, scope, space } = lib;

const invalidConfiguration = (error) =>
  error instanceof AuthError &&
  error.code === "invalid_configuration" &&
  error.phase === "configure" &&
  !error.retryable;

/** Runs a module text in a process of its own; resolves with what it printed. */
async function inAProcess(text) {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", text]);
  return stdout.trim();
}

test("M05 importing changes no global and writes nothing", async () => {
  const text = `
    // Node replaces the accessors of these two by their values when they are first read.
    void [TextEncoder, TextDecoder];
    const roots = { globalThis, Object, Array, Promise, String, Function, Error, WebAssembly, JSON, Reflect };
    const owners = Object.values(roots).flatMap((root) => (root.prototype ? [root, root.prototype] : [root]));
    const snapshot = () => owners.map((owner) =>
      Reflect.ownKeys(owner).map((key) => {
        const { value, get, set, ...flags } = Reflect.getOwnPropertyDescriptor(owner, key);
        return [key, typeof value === "number" ? undefined : value, get, set, JSON.stringify(flags)];
      }));
    const before = snapshot();
    for (const entry of ["index.js", "slim.js", "apps.js"]) await import(${JSON.stringify(dist.href)} + entry);
    const after = snapshot();
    const same = before.every((keys, owner) => keys.length === after[owner].length
      && keys.every((parts, key) => parts.every((part, index) => Object.is(part, after[owner][key][index]))));
    console.log(same, typeof window, typeof document);
  `;
  assert.equal(await inAProcess(text), "true undefined undefined");
});

test("M05 importing needs no global of a browser, no WebAssembly, and no place to write", async () => {
  const text = `
    const spared = ["TextEncoder", "TextDecoder", "FinalizationRegistry", "console", "process", "URL"];
    const language = /^(Object|Array|String|Number|Boolean|Symbol|BigInt|Math|JSON|Reflect|Proxy|Promise|Map|Set|WeakMap|WeakSet|WeakRef|Date|RegExp|Function|globalThis|undefined|NaN|Infinity|parse.*|is.*|.*Error|.*Array|ArrayBuffer|DataView|encode.*|decode.*|Intl|Atomics|SharedArrayBuffer|eval)$/;
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (!language.test(name) && !spared.includes(name)) delete globalThis[name];
    }
    for (const frozen of [Object, Array, String, Function, Promise, Error, Map, Set, WeakMap]) {
      Object.freeze(frozen);
      Object.freeze(frozen.prototype);
    }
    Object.preventExtensions(globalThis);
    const lib = await import(${JSON.stringify(entry)});
    console.log(typeof WebAssembly, typeof fetch, lib.space("https://a.example").tokenEndpoint);
    try { lib.buildAuthorizationUrl({}); } catch (error) { console.log(error.code, error.name, error instanceof Error); }
    await lib.init().catch((error) => console.log(error.code, error.phase));
  `;
  assert.deepEqual((await inAProcess(text)).split("\n"), [
    "undefined undefined https://a.example/oauth/token",
    "wasm_unavailable AuthError true",
    "wasm_unavailable load",
  ]);
});

test("M05 importing needs no FinalizationRegistry, which edge workers have only since 2025", async () => {
  const text = `
    delete globalThis.FinalizationRegistry;
    await import(${JSON.stringify(entry)});
    console.log("imported");
  `;
  assert.equal(await inAProcess(text), "imported");
});

test("the exports of the code are the values that the types declare", async () => {
  const types = (await readFile(new URL("index.d.ts", dist), "utf8")).replaceAll(
    /\/\*[\s\S]*?\*\/|\/\/.*$/gm,
    "",
  );
  const declared = new Set();
  for (const [, name] of types.matchAll(
    /^export (?:declare )?(?:async )?(?:function|const|let|class|enum) (\w+)/gm,
  )) {
    declared.add(name);
  }
  assert.deepEqual(Object.keys(lib).sort(), [...declared].sort());
  assert.deepEqual(Object.keys(await import(new URL("slim.js", dist).href)).sort(), [...declared].sort());
});

test("N12 nothing of the module's inside is exported", () => {
  for (const [name, value] of Object.entries(lib)) {
    assert.ok(!/^__|memory|wbg/i.test(name), name);
    assert.ok(!(value instanceof WebAssembly.Memory) && !(value instanceof WebAssembly.Module), name);
  }
});

const SPACE = {
  name: "Space",
  authorizationEndpoint: "https://acme.example/oauth/auth",
  tokenEndpoint: "https://acme.example/oauth/token",
  apiBase: "https://acme.example/api/http/",
  defaultScope: "**",
  clientAuthentication: "basic",
  pkce: true,
  offline: "access_type",
};
const HUB = {
  name: "Hub",
  authorizationEndpoint: "https://yt.example/hub/api/rest/oauth2/auth",
  tokenEndpoint: "https://yt.example/hub/api/rest/oauth2/token",
  apiBase: "https://yt.example/hub/api/rest/",
  clientAuthentication: "basic",
  pkce: true,
  offline: "access_type",
};
const PROCESSMAKER = {
  name: "ProcessMaker 3",
  authorizationEndpoint: "https://pm.example/work-flow_1/oauth2/authorize",
  tokenEndpoint: "https://pm.example/work-flow_1/oauth2/token",
  apiBase: "https://pm.example/api/1.0/work-flow_1/",
  defaultScope: "*",
  clientAuthentication: "basic",
  passwordAuthentication: "body",
  pkce: false,
  offline: "always",
};
const PROCESSMAKER_4 = {
  name: "ProcessMaker 4",
  authorizationEndpoint: "https://pm.example/oauth/authorize",
  tokenEndpoint: "https://pm.example/oauth/token",
  apiBase: "https://pm.example/api/1.0/",
  clientAuthentication: "body",
  pkce: true,
  offline: "always",
};

for (const [title, server, expected] of [
  ["space", () => space("https://acme.example"), SPACE],
  ["space, with slashes", () => space("https://acme.example//"), SPACE],
  ["space, as a URL", () => space(new URL("HTTPS://ACME.example:443/")), SPACE],
  ["hub in YouTrack", () => hub("https://yt.example/hub/"), HUB],
  ["processMaker", () => processMaker("https://pm.example/", "work-flow_1"), PROCESSMAKER],
  ["processMaker4", () => processMaker4(new URL("https://pm.example")), PROCESSMAKER_4],
]) {
  test(`servers are frozen plain data before init: ${title}`, () => {
    const made = server();
    assert.deepEqual(made, expected);
    assert.ok(Object.isFrozen(made));
    assert.equal(Object.getPrototypeOf(made), Object.prototype);
  });
}

for (const [name, server] of Object.entries({
  space,
  hub,
  processMaker: (url) => processMaker(url, "workflow"),
  processMaker4,
})) {
  test(`A10 ${name} refuses what is no address, and names itself`, () => {
    for (const bad of [
      undefined,
      null,
      1,
      {},
      "",
      "acme",
      "//acme",
      "/path",
      "https://",
      "https://a/?q",
      "https://a/#f",
    ]) {
      assert.throws(
        () => server(bad),
        (error) => invalidConfiguration(error) && error.hint.includes(`\`${name}\``),
        String(bad),
      );
    }
  });
}

test("processMaker refuses what is no name of a workspace", () => {
  for (const bad of [undefined, null, 1, {}, "", "a/b", "a b", "a?b", "a#b", "é", "a%2fb", "a\n"]) {
    assert.throws(() => processMaker("https://pm.example", bad), invalidConfiguration, String(bad));
  }
});

test("processMaker refuses dots as the name of a workspace: they would climb the path", () => {
  for (const bad of [".", ".."]) {
    assert.throws(() => processMaker("https://pm.example/here", bad), invalidConfiguration, bad);
  }
});

for (const [title, made, expected] of [
  ["all", () => scope.all, "**"],
  ["global", () => scope.global("Profile.View"), "global:Profile.View"],
  ["global, several", () => scope.global("A.View", "B"), "global:A.View global:B"],
  [
    "project by key",
    () => scope.project("KEY", "Project.Issues.View"),
    "project:key:KEY:Project.Issues.View",
  ],
  [
    "project by key, named",
    () => scope.project({ key: "KEY" }, "A", "B"),
    "project:key:KEY:A project:key:KEY:B",
  ],
  ["project by id", () => scope.project({ id: "1aB" }, "A"), "project:id:1aB:A"],
  ["channel", () => scope.channel("c1", "Channel.View"), "channel:c1:Channel.View"],
  ["join", () => scope.join("b a", " a\tc ", "", "A"), "b a c A"],
  ["join of nothing", () => scope.join(), ""],
]) {
  test(`scope before init: ${title}`, () => assert.equal(made(), expected));
}

test("scope refuses what would be another scope", () => {
  for (const bad of [
    () => scope.global(),
    () => scope.global(""),
    () => scope.global("A B"),
    () => scope.global("A:B"),
    () => scope.global(1),
    () => scope.global(undefined),
    () => scope.project("KEY"),
    () => scope.project("", "A"),
    () => scope.project("K Y", "A"),
    () => scope.project({}, "A"),
    () => scope.project(null, "A"),
    () => scope.project({ key: 1 }, "A"),
    () => scope.channel("a:b", "A"),
    () => scope.channel("c1"),
  ]) {
    assert.throws(bad, invalidConfiguration, String(bad));
  }
  assert.ok(Object.isFrozen(scope));
});

test("scope.join refuses what is no string", () => {
  for (const bad of [1, null, undefined, {}, ["a"]]) {
    assert.throws(() => scope.join("a", bad), invalidConfiguration, String(bad));
  }
});

test("synchronous functions say before init that the module is not there", () => {
  const request = {
    url: "https://as.example/",
    flow: "code",
    state: "s",
    redirectUri: "https://app.example/",
  };
  for (const call of [
    () =>
      lib.buildAuthorizationUrl({
        server: "https://a.example",
        clientId: "c",
        redirectUri: "https://b.example/",
      }),
    () => lib.parseRedirect("https://app.example/?code=c&state=s", request),
    () => lib.rememberRequest(request),
  ]) {
    assert.throws(call, (error) => {
      assert.ok(error instanceof AuthError && error instanceof Error);
      assert.deepEqual(
        [error.name, error.code, error.phase, error.retryable],
        ["AuthError", "wasm_unavailable", "load", false],
      );
      assert.match(error.hint, /init\(\)/);
      return true;
    });
  }
});

test("G10: encrypted storage says so where there is no WebCrypto", async () => {
  const { getRandomValues } = crypto;
  const insecure = { getRandomValues: getRandomValues.bind(crypto) };
  await having({ crypto: { value: insecure } }, async () => {
    await assert.rejects(
      lib.login({ server: "https://a.example", clientId: "c", storage: "encrypted" }),
      (error) => error instanceof AuthError && error.code === "unsupported" && error.phase === "configure",
    );
  });
});
