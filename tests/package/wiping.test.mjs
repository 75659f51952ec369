// What the module's memory still holds: every byte of it is looked at.

import assert from "node:assert/strict";
import { test } from "node:test";

import { page, refusal, world } from "./support/world.mjs";

const here = world();
const SERVER = {
  authorizationEndpoint: "https://as.example/authorize",
  tokenEndpoint: "https://as.example/token",
  revocationEndpoint: "https://as.example/revoke",
};
const CLIENT = { server: SERVER, clientId: "spa", storage: "memory" };
const TOKENS = { access_token: "sentinel-first", refresh_token: "sentinel-lasting", token_type: "Bearer" };
const json = (answer, status = 200) =>
  new Response(JSON.stringify(answer), { status, headers: { "content-type": "application/json" } });

/** The package, and what searches its memory. */
async function opened() {
  const { Instance } = WebAssembly;
  /** @type {WebAssembly.Instance[]} */
  const instances = [];
  here.define(
    "Instance",
    function (...given) {
      return instances[instances.push(new Instance(...given)) - 1];
    },
    WebAssembly,
  );
  const lib = await page();
  const [{ exports }] = instances;
  const holds = (text) => Buffer.from(exports.memory.buffer).includes(text);
  return { lib, holds };
}

test("C09: a password is wiped as soon as the request is sent, and a token when it is replaced or left", async () => {
  const { lib, holds } = await opened();
  const password = "sentinel pa55&word";
  const encoded = new URLSearchParams({ password }).toString().slice("password=".length);
  let sent = 0;
  here.answer = ({ parameters }) => {
    sent += 1;
    assert.equal(new Map(parameters).get("password"), password);
    for (const text of [password, encoded, "pa55"]) assert.ok(!holds(text), "wiped before anyone answers");
    return json(TOKENS);
  };
  const session = await lib.password({ ...CLIENT, username: "alice", password });
  assert.equal(sent, 1);
  for (const text of [password, encoded, "pa55"]) assert.ok(!holds(text));
  assert.ok(holds("sentinel-first") && holds("sentinel-lasting"), "the search finds what is there");

  here.answer = () => json({ ...TOKENS, access_token: "sentinel-second", refresh_token: "sentinel-rotated" });
  await session.refresh();
  assert.ok(!holds("sentinel-first") && !holds("sentinel-lasting"), "D08: used up");
  assert.ok(holds("sentinel-second") && holds("sentinel-rotated"));

  assert.equal(await session.accessToken(), "sentinel-second");
  here.answer = () => new Response(null);
  await session.logout();
  assert.ok(!holds("sentinel"), "E17: nothing is left after log-out");
});

for (const [what, code, answer] of [
  [
    "is refused",
    "invalid_grant",
    () => json({ error: "invalid_grant", error_description: "not sentinel pa55" }, 400),
  ],
  [
    "meets a server in trouble",
    "temporarily_unavailable",
    () => json({ error: "temporarily_unavailable" }, 503),
  ],
  ["meets a dead line", "network", () => Promise.reject(new TypeError("no answer"))],
]) {
  test(`C09 H01: a password that ${what} is neither kept nor told`, async () => {
    const { lib, holds } = await opened();
    here.answer = answer;
    const failure = lib.password({ ...CLIENT, username: "alice", password: "sentinel pa55" });
    const error = await refusal(lib.AuthError, failure, code);
    assert.equal(error.description, undefined);
    assert.ok(!holds("pa55"));
    assert.equal(here.sent.length, 1);
  });
}

test("C06: a client secret is wiped with the session that needs it", async () => {
  const { lib, holds } = await opened();
  here.answer = () => json({ access_token: "at", token_type: "Bearer" });
  const tokens = await lib.exchangeCode({
    ...{
      server: SERVER,
      clientId: "spa",
      clientSecret: "sentinel-secret",
      redirectUri: "https://app.example/",
    },
    ...{ code: "sentinel-code", codeVerifier: "sentinel-verifier".padEnd(43, "x") },
  });
  assert.equal(tokens.accessToken, "at");
  assert.equal(here.sent.length, 1);
  assert.ok(!holds("sentinel") && !holds(Buffer.from("spa:sentinel-secret").toString("base64")));
});
