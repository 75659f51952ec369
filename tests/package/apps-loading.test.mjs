// The entry for applications before its module is there, when it comes, and when it goes to pieces.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";

const dist = new URL("../../dist/", import.meta.url);
const entry = new URL("apps.js", dist).href;
let copies = 0;
/** The entry as a page that was just loaded has it. */
const loaded = () => import(`${entry}?apps=${++copies}`);

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CU";
const PRINT = {
  type: "ssh-ed25519",
  sha256fingerprint: "SHA256:Txkh2l1qNMRalG/EwiuqfU6i2tU5zN//S8XWcpH3J3k",
};

/** Stands in for the `Instance` that the glue makes; `arm` lets the next call trap. */
function watchInstances() {
  const { Instance, compile } = WebAssembly;
  const watched = { instances: 0, compiled: 0, armed: false, isRefused: false, restore: () => {} };
  WebAssembly.compile = (bytes) => {
    watched.compiled++;
    return compile.call(WebAssembly, bytes);
  };
  WebAssembly.Instance = function (module, imports) {
    if (watched.isRefused) throw new RangeError("out of memory");
    const { exports } = new Instance(module, imports);
    watched.instances++;
    let isDead = false;
    const wrapped = Object.entries(exports).map(([name, value]) => {
      if (typeof value !== "function" || name.startsWith("__")) return [name, value];
      const call = (...values) => {
        if (isDead) assert.fail(`${name} was called in an instance that has trapped`);
        if (watched.armed) {
          [watched.armed, isDead] = [false, true];
          throw new WebAssembly.RuntimeError("unreachable");
        }
        return value(...values);
      };
      return [name, call];
    });
    return { exports: Object.fromEntries(wrapped) };
  };
  watched.restore = () => Object.assign(WebAssembly, { Instance, compile });
  return watched;
}

const isError = (AuthError, code, phase) => (error) =>
  error instanceof AuthError && error.code === code && error.phase === phase;

test("the exports of the code are the values that the types declare", async () => {
  const types = await readFile(new URL("apps.d.ts", dist), "utf8");
  const declared = [...types.matchAll(/^export function (\w+)/gm)].map(([, name]) => name);
  const lib = await loaded();
  assert.deepEqual(Object.keys(lib).sort(), [...declared, "AuthError"].sort());
  for (const [name, value] of Object.entries(lib)) {
    assert.ok(!/^__|memory|wbg/i.test(name) && !(value instanceof WebAssembly.Memory), name);
  }
});

test("an error of any entry is an `AuthError` of every other", async () => {
  const entries = await Promise.all(
    ["index.js", "slim.js", "apps.js"].map((name) => import(new URL(name, dist).href)),
  );
  for (const { AuthError } of entries) assert.equal(AuthError, entries[0].AuthError);
});

test("M05: importing needs no global of a browser, and no WebAssembly", async () => {
  const text = `
    const spared = ["TextEncoder", "TextDecoder", "console", "process", "URL"];
    const language = /^(Object|Array|String|Number|Boolean|Symbol|BigInt|Math|JSON|Reflect|Proxy|Promise|Map|Set|WeakMap|WeakSet|WeakRef|Date|RegExp|Function|globalThis|undefined|NaN|Infinity|parse.*|is.*|.*Error|.*Array|ArrayBuffer|DataView|encode.*|decode.*|Intl|Atomics|SharedArrayBuffer|eval)$/;
    for (const name of Object.getOwnPropertyNames(globalThis)) {
      if (!language.test(name) && !spared.includes(name)) delete globalThis[name];
    }
    Object.preventExtensions(globalThis);
    const lib = await import(${JSON.stringify(entry)});
    try { lib.installUrl({ name: "Bot" }); } catch (error) { console.log(error.code, error.phase); }
    await lib.init().catch((error) => console.log(error.code, error.phase));
    lib.applications({ server: { apiBase: "https://a.example/" }, fetch() {} });
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", text]);
  assert.deepEqual(stdout.trim().split("\n"), ["wasm_unavailable load", "wasm_unavailable load"]);
});

test("M05: on edge workers the module is one that their bundlers have compiled", async () => {
  const text = await readFile(new URL("apps-workerd.js", dist), "utf8");
  assert.match(text, /import \w+ from "\.\/space_auth_apps\.wasm"/);
  const own = /^\/\/ (\.\.\/)?(npm|target)\//gm;
  assert.ok(text.match(own));
  assert.doesNotMatch(text, /-text\.js/, "it carries no bytes");
});

test("links need the module, which `init` loads", async () => {
  const { AuthError, init, installUrl, marketplaceUrl } = await loaded();
  for (const work of [
    () => installUrl({ name: "Bot" }),
    () => marketplaceUrl({ marketplaceApp: "a", name: "b" }),
  ]) {
    assert.throws(work, isError(AuthError, "wasm_unavailable", "load"));
  }
  assert.equal(await init(), undefined);
  assert.equal(
    installUrl({
      server: new URL("https://acme.jetbrains.space"),
      name: "Orbit bot",
      endpointUri: new URL("https://bot.example/space"),
      codeFlowEnabled: true,
      codeFlowRedirectURIs: ["https://bot.example/a", new URL("https://bot.example/b")],
      state: undefined,
    }),
    "https://acme.jetbrains.space/extensions/installedApplications/new?name=Orbit+bot&pair=true" +
      "&endpoint=https%3A%2F%2Fbot.example%2Fspace&code-flow-enabled=true" +
      "&code-flow-redirect-uris=https%3A%2F%2Fbot.example%2Fa%0Ahttps%3A%2F%2Fbot.example%2Fb",
  );
  assert.equal(
    marketplaceUrl({ marketplaceApp: "slack.tunnel", name: "Slack & more" }),
    "https://jetbrains.com/space/app/install-app?marketplace-app=slack.tunnel&name=Slack+%26+more",
  );
});

test("calls at the same time make one instance", async () => {
  const watched = watchInstances();
  try {
    const { init, sshKeyFingerprint, verifyRequest } = await loaded();
    assert.equal(watched.compiled + watched.instances, 0, "nothing happens at import");
    const prints = Array.from({ length: 20 }, () => sshKeyFingerprint(KEY));
    const request = { headers: {}, body: "{}" };
    assert.equal(await verifyRequest(request, { verificationToken: "t" }), null);
    await Promise.all([init(), init()]);
    for (const print of await Promise.all(prints)) assert.deepEqual(print, PRINT);
    assert.deepEqual([watched.compiled, watched.instances], [1, 1]);
  } finally {
    watched.restore();
  }
});

test("a module that was refused is tried again with the next call", async () => {
  const watched = watchInstances();
  try {
    const { AuthError, sshKeyFingerprint } = await loaded();
    watched.isRefused = true;
    const error = await sshKeyFingerprint(KEY).catch((thrown) => thrown);
    assert.ok(isError(AuthError, "wasm_unavailable", "load")(error));
    assert.match(error.hint, /wasm-unsafe-eval/);
    watched.isRefused = false;
    assert.deepEqual(await sshKeyFingerprint(KEY), PRINT);
  } finally {
    watched.restore();
  }
});

test("N02: after a trap the next call goes on in another instance", async () => {
  const watched = watchInstances();
  try {
    const lib = await loaded();
    await lib.init();
    const is = isError(lib.AuthError, "internal_error", "request");
    const session = { server: { apiBase: "https://a.example/" }, fetch: async () => Response.json("s3cret") };
    const apps = lib.applications(session);
    const how = { signingKey: "k" };
    for (const [work, expected] of [
      [() => lib.sshKeyFingerprint(KEY), PRINT],
      [() => apps.clientSecret("me"), "s3cret"],
      [() => lib.verifyRequest({ headers: {}, body: "" }, how), null],
      [async () => lib.marketplaceUrl({ marketplaceApp: "a", name: "b" }).length, 68],
    ]) {
      const before = watched.instances;
      watched.armed = true;
      const error = await work().catch((thrown) => thrown);
      assert.ok(is(error), String(error));
      assert.deepEqual(await work(), expected);
      assert.equal(watched.instances, before + 1);
    }
    watched.armed = true;
    watched.isRefused = true;
    await assert.rejects(lib.sshKeyFingerprint(KEY), is, "the new instance is refused");
  } finally {
    watched.restore();
  }
});

test("N09: large arguments and answers leave the memory as large as it was", async () => {
  const memories = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = function (module, imports) {
    const instance = new Instance(module, imports);
    memories.push(instance.exports.memory);
    return instance;
  };
  try {
    const { applications, init } = await loaded();
    await init();
    const text = "x".repeat(1 << 19);
    const answer = { id: "1", clientId: "c", name: "Bot", text };
    const apps = applications({
      server: { apiBase: "https://a.example/" },
      fetch: async () => Response.json(answer),
    });
    const round = () => apps.register({ name: "Bot", text, list: Array(2_000).fill({ a: 1 }) });
    for (let warm = 0; warm < 3; warm++) await round();
    const { byteLength } = memories[0].buffer;
    for (let times = 0; times < 30; times++) assert.equal((await round()).text.length, text.length);
    assert.equal(memories.length, 1);
    assert.equal(memories[0].buffer.byteLength, byteLength);
  } finally {
    WebAssembly.Instance = Instance;
  }
});

test("`applications` needs a session with an address", async () => {
  const { AuthError, applications } = await loaded();
  for (const session of [
    undefined,
    null,
    5,
    {},
    { server: {}, fetch },
    { server: { apiBase: 5 }, fetch },
    { server: { apiBase: "api" }, fetch },
    { server: { apiBase: "https://user:word@a.example/" }, fetch },
    { server: { apiBase: "https://a.example/" } },
  ]) {
    assert.throws(
      () => applications(session),
      (error) =>
        isError(AuthError, "invalid_configuration", "configure")(error) && /`session`/.test(error.hint),
    );
  }
});
