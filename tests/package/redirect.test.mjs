// From leaving for the server to a session, in Node, with stand-ins for what a page has.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { having, storage } from "./support/browser.mjs";

const entry = new URL("../../dist/index.js", import.meta.url).href;
let copies = 0;

/** The package as a page that was just loaded has it. */
async function page() {
  const lib = await import(`${entry}?page=${++copies}`);
  await lib.init();
  return lib;
}

const SERVER = {
  authorizationEndpoint: "https://as.example/auth?tenant=1",
  tokenEndpoint: "https://as.example/token",
};
const REDIRECT = "https://app.example/p";
const PREFIX = "space-auth:pending:";

/** What has happened, in order. */
let events = [];
let answer;
let waiting;
let kept;
const forget = [];

function define(name, value) {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  forget.push(() => (before ? Object.defineProperty(globalThis, name, before) : delete globalThis[name]));
}

beforeEach(() => {
  events = [];
  answer = () =>
    Response.json({ access_token: "t1", token_type: "Bearer", expires_in: 600, refresh_token: "r1" });
  waiting = storage();
  kept = storage();
  define("localStorage", waiting.store);
  define("sessionStorage", kept.store);
  define("fetch", async (url, { method, body, credentials, redirect }) => {
    events.push({ url, method, credentials, redirect, body: Object.fromEntries(new URLSearchParams(body)) });
    return answer();
  });
});
afterEach(() => {
  for (const undo of forget.splice(0).reverse()) undo();
});

const options = (more) => ({ server: SERVER, clientId: "spa", redirectUri: REDIRECT, scope: "a b", ...more });

/** Remembers a request and gives the address on which its answer comes back. */
function leave({ buildAuthorizationUrl, rememberRequest }, given, parameters = { code: "the-code" }) {
  const request = buildAuthorizationUrl(given);
  rememberRequest(request);
  const text = new URLSearchParams({ ...parameters, state: request.state });
  return { request, back: `${REDIRECT}${given.flow === "implicit" ? "#" : "?"}${text}` };
}

const isError = (AuthError, code, phase) => (error) =>
  error instanceof AuthError && error.code === code && error.phase === phase && !error.retryable;

test("B16: a sign-in leaves, comes back, is cleaned away, and is stored", async () => {
  const before = await page();
  const address = { href: `${REDIRECT}?own=1#/route`, origin: "https://app.example", protocol: "https:" };
  const left = new Promise((assign) => define("location", { ...address, assign }));
  define("history", { state: { mine: 1 }, replaceState: (...given) => events.push(given) });
  before.login(options({ appState: { to: 1 } }));
  const url = new URL(await left);
  assert.equal(url.origin, "https://as.example");
  const state = url.searchParams.get("state");
  assert.deepEqual([...waiting.items.keys()], [PREFIX + state]);
  const { codeVerifier } = JSON.parse(waiting.items.get(PREFIX + state));
  assert.deepEqual(events, []);

  location.href = `${REDIRECT}?own=1&code=the-code&state=${state}#/route`;
  const after = await page();
  const session = await after.login(options());
  assert.deepEqual(events, [
    [{ mine: 1 }, "", `${REDIRECT}?own=1#/route`],
    {
      url: SERVER.tokenEndpoint,
      method: "POST",
      credentials: "omit",
      redirect: "error",
      body: {
        grant_type: "authorization_code",
        code: "the-code",
        redirect_uri: REDIRECT,
        code_verifier: codeVerifier,
        client_id: "spa",
      },
    },
  ]);
  assert.equal(waiting.items.size, 0, "the request is used up");
  const [[key, record], ...others] = [...kept.items];
  assert.deepEqual(others, []);
  assert.ok(key.startsWith("space-auth:session:") && record.includes("r1") && !record.includes("the-code"));
  assert.equal(await session.accessToken(), "t1");
  assert.deepEqual(session.appState, { to: 1 });
  assert.equal(session.grant, "authorization_code");

  events = [];
  location.href = `${REDIRECT}?own=1#/route`;
  const later = await (await page()).login(options());
  assert.equal(await later.accessToken(), "t1");
  assert.deepEqual(events, [], "a reload sends nothing");
});

test("B01: a redirect that nobody waits for is left alone", async () => {
  const { handleRedirect, login } = await page();
  for (const back of [
    `${REDIRECT}?code=PROMO10&state=unknown`,
    `${REDIRECT}?code=PROMO10`,
    `${REDIRECT}?error=access_denied&state=unknown`,
    `${REDIRECT}#access_token=x&token_type=bearer&state=unknown`,
    `${REDIRECT}?code=x&state=__proto__`,
    REDIRECT,
  ]) {
    assert.equal(await handleRedirect(options(), back), null, back);
    define("location", { href: back, origin: "https://app.example" });
    define("history", { state: null, replaceState: () => assert.fail("the address is not ours to clean") });
    assert.equal(await login(options({ mode: "check" })), null, back);
  }
  assert.deepEqual(events, []);
});

test("G04: where nothing can be stored nobody leaves", async () => {
  const { AuthError, login } = await page();
  define("localStorage", storage({ isFull: true }).store);
  define("sessionStorage", undefined);
  define("location", { href: REDIRECT, origin: "https://app.example", assign: () => assert.fail("it left") });
  await assert.rejects(
    login(options({ storage: "memory" })),
    isError(AuthError, "storage_unavailable", "storage"),
  );
});

test("B16: a code is sent once, and all who ask get its session", async () => {
  const lib = await page();
  const { back } = leave(lib, options());
  const sessions = await Promise.all(Array.from({ length: 20 }, () => lib.handleRedirect(options(), back)));
  const late = await lib.handleRedirect(options(), back);
  assert.equal(events.length, 1);
  for (const session of [...sessions, late]) assert.equal(await session.accessToken(), "t1");
  assert.equal(
    await (await page()).handleRedirect(options(), back),
    null,
    "a later page has nothing to complete",
  );
});

test("C05 A03: a failed code exchange is told to all who ask at once, and is not tried again", async () => {
  for (const [failure, code] of [
    [() => Response.json({ error: "invalid_grant" }, { status: 400 }), "invalid_grant"],
    [() => new Response("down", { status: 503 }), "server_error"],
    [() => Promise.reject(new TypeError("offline")), "network"],
    [() => Response.json({ access_token: "t1" }), "invalid_response"],
  ]) {
    const lib = await page();
    const { back } = leave(lib, options());
    answer = failure;
    events = [];
    const attempts = [1, 2, 3].map(() => lib.handleRedirect(options(), back));
    for (const attempt of attempts)
      await assert.rejects(attempt, isError(lib.AuthError, code, "token"), code);
    assert.equal(events.length, 1, code);
    assert.equal(waiting.items.size, 0, "the request is used up");
    assert.equal(await (await page()).handleRedirect(options(), back), null);
    assert.equal(events.length, 1, code);
  }
});

test("A03: a refused redirect is used up and told to all who ask at once", async () => {
  for (const [parameters, code] of [
    [{ error: "access_denied" }, "access_denied"],
    [{}, "invalid_response"],
    [{ code: "c", access_token: "t" }, "invalid_response"],
    [{ code: "c", iss: "https://evil.example" }, "issuer_mismatch"],
  ]) {
    const lib = await page();
    const given = options({ server: { ...SERVER, issuer: "https://as.example" } });
    const { back } = leave(lib, given, parameters);
    const attempts = [1, 2, 3].map(() => lib.handleRedirect(given, back));
    for (const attempt of attempts)
      await assert.rejects(attempt, isError(lib.AuthError, code, "redirect"), code);
    assert.equal(waiting.items.size, 0);
    assert.equal(await (await page()).handleRedirect(given, back), null);
  }
  assert.deepEqual(events, []);
});

test("A04: an answer that comes too late is refused, and used up", async () => {
  const lib = await page();
  const { back } = leave(lib, options());
  const clock = Date.now;
  Date.now = () => clock() + 600_001;
  try {
    await assert.rejects(
      lib.handleRedirect(options(), back),
      isError(lib.AuthError, "state_mismatch", "redirect"),
    );
  } finally {
    Date.now = clock;
  }
  assert.equal(waiting.items.size, 0);
  assert.deepEqual(events, []);
});

test("A02 A17: the answer to another client, server or scope is left to its own", async () => {
  const lib = await page();
  const { back } = leave(lib, options());
  for (const other of [
    { clientId: "spa2" },
    { scope: "a" },
    { server: { ...SERVER, authorizationEndpoint: "https://evil.example/auth?tenant=1" } },
    { server: { ...SERVER, authorizationEndpoint: "https://as.example/auth/?tenant=1" } },
    { server: { ...SERVER, authorizationEndpoint: undefined } },
  ]) {
    assert.equal(await lib.handleRedirect(options(other), back), null, JSON.stringify(other));
  }
  assert.deepEqual(events, []);
  const other = { ...SERVER, authorizationEndpoint: "https://as.example/auth?tenant=2" };
  assert.ok(
    await lib.handleRedirect(options({ server: other }), back),
    "its query does not tell servers apart",
  );
});

test("A02: four requests are completed in reverse order, each with its own verifier", async () => {
  const lib = await page();
  const all = ["one", "two", "three", "four"].map((clientId) => {
    const given = options({ clientId, appState: clientId });
    return { given, ...leave(lib, given, { code: `code-of-${clientId}` }) };
  });
  assert.equal(waiting.items.size, 4);
  for (const { given, request, back } of all.reverse()) {
    const session = await lib.handleRedirect(given, back);
    assert.equal(session.appState, given.clientId);
    const { body } = events.pop();
    assert.equal(body.code, `code-of-${given.clientId}`);
    assert.equal(body.code_verifier, request.codeVerifier);
  }
  assert.equal(waiting.items.size, 0);
});

test("A02: a stored request counts under its own state only, and for its own flow", async () => {
  const lib = await page();
  const { request, back } = leave(lib, options());
  const text = waiting.items.get(PREFIX + request.state);
  waiting.items.set(`${PREFIX}planted`, text);
  assert.equal(await lib.handleRedirect(options(), `${REDIRECT}?code=c&state=planted`), null);
  const inFragment = `${REDIRECT}#access_token=t&token_type=bearer&state=${request.state}`;
  assert.equal(await lib.handleRedirect(options(), inFragment), null);
  waiting.items.set(PREFIX + request.state, text.replace('"flow":"code"', '"flow":"other"'));
  assert.equal(await lib.handleRedirect(options(), back), null);
  assert.deepEqual(events, []);
});

test("D11: the tokens of the implicit flow are stored when they are taken", async () => {
  const lib = await page();
  const given = options({ flow: "implicit" });
  const parameters = { access_token: "t9", token_type: "bearer", expires_in: "600", refresh_token: "never" };
  const { back } = leave(lib, given, parameters);
  const session = await lib.handleRedirect(given, back);
  assert.equal(await session.accessToken(), "t9");
  assert.equal(session.grant, "implicit");
  assert.equal(kept.items.size, 1);
  const [record] = kept.items.values();
  assert.ok(record.includes("t9") && !record.includes("never"), "no refresh token comes in an address");
  assert.deepEqual(events, []);
});

test("A03: where the tab that was first shares no session, its request is not used a second time", async () => {
  const lib = await page();
  const { request, back } = leave(lib, options());
  const get = waiting.store.getItem;
  // Gone between finding and taking it.
  const store = { getItem: (key) => get(key), removeItem: () => waiting.items.clear() };
  let looks = 0;
  store.getItem = (key) => (key.endsWith(request.state) && looks++ > 0 ? null : get(key));
  await having({ localStorage: { value: store } }, () =>
    assert.rejects(lib.handleRedirect(options(), back), isError(lib.AuthError, "state_mismatch", "redirect")),
  );
  assert.ok(looks > 1);
  assert.deepEqual(events, []);
});
