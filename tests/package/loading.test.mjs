// How the module gets loaded, and what it does in plain Node once it is there.

import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

const dist = new URL("../../dist/", import.meta.url);
let copies = 0;

const MODULES = ["space_auth.wasm", "space_auth_apps.wasm"];

/** A fresh copy of an entry, with nothing loaded. */
const fresh = (entry = "index.js") => import(`${new URL(entry, dist).href}?copy=${++copies}`);

const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const REDIRECT = "https://app.example/cb?tenant=a%2Bb";
const OPTIONS = { server: "https://acme.example", clientId: "a b&c", redirectUri: REDIRECT };

const bytes = await readFile(new URL("space_auth.wasm", dist));

/** Puts `stub` in the place of `WebAssembly.compile` while `work` runs; gives how often it was called. */
async function compiling(stub, work) {
  const real = WebAssembly.compile;
  let calls = 0;
  WebAssembly.compile = (source) => {
    const go = () => real.call(WebAssembly, source);
    // Node itself compiles a module, for its own fetch.
    return source?.byteLength === bytes.byteLength ? stub(++calls, go, source) : go();
  };
  try {
    await work();
  } finally {
    WebAssembly.compile = real;
  }
  return calls;
}

test("many calls load the module once", async () => {
  const { init, login } = await fresh();
  const options = { server: "https://acme.example", clientId: "c", mode: "check", storage: "memory" };
  const calls = await compiling(
    (_, go) => go(),
    async () => {
      assert.deepEqual(await Promise.all([login(options), login(options), init()]), [null, null, undefined]);
      assert.equal(await login(options), null);
      await init();
    },
  );
  assert.equal(calls, 1);
});

test("a load that fails is told as wasm_unavailable with the policy to set, and forgotten", async () => {
  const { AuthError, buildAuthorizationUrl, init } = await fresh();
  const calls = await compiling(
    (call, go) => (call === 1 ? Promise.reject(new WebAssembly.CompileError("refused by policy")) : go()),
    async () => {
      const failed = [init(), init()];
      for (const attempt of failed) {
        await assert.rejects(attempt, (error) => {
          assert.ok(error instanceof AuthError);
          assert.deepEqual([error.code, error.phase], ["wasm_unavailable", "load"]);
          assert.match(error.hint, /wasm-unsafe-eval/);
          return true;
        });
      }
      assert.throws(() => buildAuthorizationUrl(OPTIONS), { code: "wasm_unavailable" });
      await init();
      assert.ok(buildAuthorizationUrl(OPTIONS).url);
    },
  );
  assert.equal(calls, 2);
});

test("slim takes bytes, a module, or a response, and holds none itself", async () => {
  for (const source of [
    bytes,
    new WebAssembly.Module(bytes),
    new Response(bytes, { headers: { "content-type": "application/wasm" } }),
    Promise.resolve(bytes),
  ]) {
    const slim = await fresh("slim.js");
    await assert.rejects(slim.init(), { code: "wasm_unavailable" });
    assert.equal(await slim.init(source), undefined);
    assert.equal(new URL(slim.buildAuthorizationUrl(OPTIONS).url).hostname, "acme.example");
  }
  const [full, slim] = await Promise.all(
    ["index.js", "slim.js"].map((name) => readFile(new URL(name, dist))),
  );
  assert.ok(full.length - slim.length > bytes.length * 0.9);
});

test("the three ways to carry the module carry the same one", async () => {
  const { init } = await fresh();
  const seen = [];
  await compiling((_, go, source) => (seen.push(source), go()), init);
  assert.deepEqual(
    seen.map((source) => Buffer.from(source)),
    [bytes],
  );
  assert.match(await readFile(new URL("workerd.js", dist), "utf8"), /import \w+ from "\.\/space_auth\.wasm"/);
});

test("M01 no code is made from text", async () => {
  const scripts = (await readdir(dist)).filter((name) => name.endsWith(".js"));
  assert.deepEqual(scripts.sort(), [
    "apps-workerd.js",
    "apps.js",
    "auth-error.js",
    "index.js",
    "slim.js",
    "workerd.js",
  ]);
  for (const name of scripts) {
    const text = await readFile(new URL(name, dist), "utf8");
    assert.doesNotMatch(text, /\beval\s*\(|\bnew\s+Function\b|\bFunction\s*\(/, name);
    assert.doesNotMatch(text, /\b(?:document\.write|innerHTML|importScripts)\b/, name);
    assert.doesNotMatch(
      text,
      /\/(?:root|home|work|tmp|Users)\//,
      `${name} names a folder of the machine that built it`,
    );
  }
  for (const name of MODULES) {
    const module = (await readFile(new URL(name, dist))).toString("latin1");
    assert.doesNotMatch(module, /\/(?:root|home|work|tmp|Users|rustc|registry)\//, `${name} names a folder`);
  }
});

test("M01 the modules import nothing that makes code or touches the page", async () => {
  for (const file of MODULES) {
    const module = new WebAssembly.Module(await readFile(new URL(file, dist)));
    const names = WebAssembly.Module.imports(module).map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => /eval|newnoargs|document|window|localStorage|cookie/i.test(name)),
      [],
      file,
    );
  }
});

test("A05 the vector of RFC 7636 appendix B, in Node", async () => {
  const { buildAuthorizationUrl, init } = await fresh();
  await init();
  const request = buildAuthorizationUrl({ ...OPTIONS, codeVerifier: VERIFIER, state: "s1" });
  const url = new URL(request.url);
  assert.equal(url.origin + url.pathname, "https://acme.example/oauth/auth");
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    response_type: "code",
    client_id: "a b&c",
    redirect_uri: REDIRECT,
    scope: "**",
    state: "s1",
    code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
    code_challenge_method: "S256",
    access_type: "offline",
  });
  assert.equal(new Set(url.searchParams.keys()).size, [...url.searchParams].length);
  assert.deepEqual(
    { ...request, url: undefined },
    { url: undefined, flow: "code", state: "s1", redirectUri: REDIRECT, codeVerifier: VERIFIER },
  );
});

test("A01 state and verifier are fresh, and no other randomness is used", async () => {
  const { buildAuthorizationUrl, init } = await fresh();
  await init();
  const [random, now] = [Math.random, Date.now];
  Math.random = () => 0;
  Date.now = () => 0;
  const seen = new Set();
  try {
    for (let count = 0; count < 1_000; count++) {
      const { state, codeVerifier } = buildAuthorizationUrl(OPTIONS);
      assert.match(state, /^[\w-]{43}$/);
      assert.match(codeVerifier, /^[\w-]{43}$/);
      seen.add(state).add(codeVerifier);
    }
  } finally {
    Math.random = random;
    Date.now = now;
  }
  assert.equal(seen.size, 2_000);
});

test("A12 values of any kind arrive as they were given; lone surrogates are refused", async () => {
  const { buildAuthorizationUrl, init } = await fresh();
  await init();
  for (const value of ["a b", "+", "&=", "%41", "#", "é漢😀", "\0", "\r\n", "%", "__proto__", "'\"<>"]) {
    const parameters = { own: value, [`n${value}`]: "x" };
    const { searchParams } = new URL(buildAuthorizationUrl({ ...OPTIONS, clientId: value, parameters }).url);
    assert.deepEqual(searchParams.getAll("client_id"), [value]);
    assert.deepEqual(searchParams.getAll("own"), [value]);
    assert.deepEqual(searchParams.getAll(`n${value}`), ["x"]);
  }
  for (const wrong of [
    { clientId: "\ud800" },
    { parameters: { a: "\udc00" } },
    { scope: "\ud800" },
    { state: "\ud800" },
  ]) {
    assert.throws(() => buildAuthorizationUrl({ ...OPTIONS, ...wrong }), { code: "invalid_configuration" });
  }
});

test("A09 without a page `redirectUri` must be given", async () => {
  const { AuthError, buildAuthorizationUrl, init } = await fresh();
  await init();
  for (const redirectUri of [
    undefined,
    "",
    "/cb",
    "https://a.example/#x",
    "https://u:p@a.example/",
    "javascript:alert(1)",
  ]) {
    assert.throws(
      () => buildAuthorizationUrl({ ...OPTIONS, redirectUri }),
      (error) =>
        error instanceof AuthError &&
        error.code === "invalid_configuration" &&
        /redirectUri/.test(error.hint),
      String(redirectUri),
    );
  }
});

test("A11 protocol parameters cannot be set", async () => {
  const { buildAuthorizationUrl, init } = await fresh();
  await init();
  for (const name of [
    "client_id",
    "state",
    "redirect_uri",
    "response_type",
    "code_challenge",
    "code_challenge_method",
    "nonce",
  ]) {
    assert.throws(
      () => buildAuthorizationUrl({ ...OPTIONS, parameters: { [name]: "x" } }),
      { code: "invalid_configuration" },
      name,
    );
  }
});

test("G07 options are the caller's own properties only", async () => {
  const { buildAuthorizationUrl, init } = await fresh();
  await init();
  const plain = buildAuthorizationUrl({ ...OPTIONS, state: "s1", codeVerifier: VERIFIER });
  Object.assign(Object.prototype, {
    flow: "implicit",
    scope: "evil",
    parameters: { a: "b" },
    tokenEndpoint: "https://evil.example",
  });
  try {
    assert.deepEqual(
      { ...buildAuthorizationUrl({ ...OPTIONS, state: "s1", codeVerifier: VERIFIER }) },
      { ...plain },
    );
  } finally {
    for (const name of ["flow", "scope", "parameters", "tokenEndpoint"]) delete Object.prototype[name];
  }
});

test("B01 redirects are read in Node", async () => {
  const { AuthError, buildAuthorizationUrl, init, parseRedirect } = await fresh();
  await init();
  const code = buildAuthorizationUrl({ ...OPTIONS, state: "s1" });
  assert.deepEqual(parseRedirect(`${REDIRECT}&code=c%2B1&state=s1`, code), { code: "c+1" });
  assert.deepEqual(parseRedirect(new URL(`${REDIRECT}&code=c&state=s1#/route`), code), { code: "c" });

  const implicit = buildAuthorizationUrl({ ...OPTIONS, flow: "implicit", state: "s2", scope: "a b" });
  assert.equal(implicit.codeVerifier, undefined);
  const before = Date.now();
  const tokens = parseRedirect(
    `${REDIRECT}#access_token=t&token_type=Bearer&expires_in=600&state=s2`,
    implicit,
  );
  assert.ok(tokens.expiresAt instanceof Date);
  assert.ok(tokens.expiresAt - before >= 600_000 && tokens.expiresAt - Date.now() <= 600_000);
  assert.deepEqual(
    { ...tokens, expiresAt: null },
    {
      accessToken: "t",
      tokenType: "Bearer",
      expiresAt: null,
      scopes: ["a", "b"],
    },
  );

  for (const [query, expected] of [
    ["code=c", "state_mismatch"],
    ["code=c&state=", "state_mismatch"],
    ["code=c&state=S1", "state_mismatch"],
    ["code=c&state=s1%00", "state_mismatch"],
    ["state=s1", "invalid_response"],
    ["code=c&code=c&state=s1", "invalid_response"],
    ["code=%zz&state=s1", "invalid_response"],
    ["code=c&access_token=t&state=s1", "invalid_response"],
    ["error=access_denied&error_description=no%00pe&state=s1", "access_denied"],
    ["error=access_denied", "state_mismatch"],
  ]) {
    assert.throws(
      () => parseRedirect(`https://app.example/cb?${query}`, code),
      (error) => {
        assert.ok(error instanceof AuthError, String(error));
        assert.deepEqual([error.code, error.phase], [expected, "redirect"], query);
        assert.doesNotMatch(JSON.stringify(error) + error.stack, /\0/);
        return true;
      },
    );
  }
});

test("B02 the issuer is compared where the request's server has one", async () => {
  const { buildAuthorizationUrl, init, parseRedirect } = await fresh();
  await init();
  const server = {
    issuer: "https://as.example",
    authorizationEndpoint: "https://as.example/auth",
    tokenEndpoint: "https://as.example/token",
    issParameter: true,
  };
  const request = { ...buildAuthorizationUrl({ ...OPTIONS, server, state: "s1" }), server };
  const read = (more) => parseRedirect(`${REDIRECT}&code=c&state=s1${more}`, request);
  assert.deepEqual(read("&iss=https%3A%2F%2Fas.example"), { code: "c" });
  for (const more of ["", "&iss=https%3A%2F%2Fas.example%2F", "&iss=https%3A%2F%2Fevil.example"]) {
    assert.throws(() => read(more), { code: "issuer_mismatch" });
  }
});

test("H01 an error shows no state, no code and no verifier", async () => {
  const { buildAuthorizationUrl, init, parseRedirect } = await fresh();
  const { inspect } = await import("node:util");
  await init();
  const request = buildAuthorizationUrl({ ...OPTIONS, state: "sentinel-state", codeVerifier: VERIFIER });
  for (const query of [
    "code=sentinel-code&state=sentinel-other",
    "code=sentinel-code&code=sentinel-code&state=sentinel-state",
  ]) {
    try {
      parseRedirect(`https://app.example/?${query}`, request);
      assert.fail("it was read");
    } catch (error) {
      assert.equal(error.name, "AuthError");
      const shown = [
        inspect(error, { showHidden: true, depth: 9 }),
        String(error),
        error.stack,
        JSON.stringify(error),
      ].join();
      assert.doesNotMatch(shown, /sentinel|dBjftJeZ4CVP/);
    }
  }
});

test("A login without a page says that there is none", async () => {
  const { AuthError, login } = await fresh();
  await assert.rejects(login({ ...OPTIONS, storage: "memory" }), (error) => {
    assert.ok(error instanceof AuthError, String(error));
    assert.ok(["unsupported", "storage_unavailable"].includes(error.code), error.code);
    return true;
  });
});
