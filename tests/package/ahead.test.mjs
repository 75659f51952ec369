// Refreshing ahead of expiry.

import assert from "node:assert/strict";
import { test } from "node:test";

import { page, world } from "./support/world.mjs";

const here = world();
const lib = await page();
const SERVER = { tokenEndpoint: "https://as.example/token", apiBase: "https://api.example/" };
const NOW = 1_700_000_000;
let issued = 0;

const json = (answer, status = 200) =>
  new Response(JSON.stringify(answer), { status, headers: { "content-type": "application/json" } });
const fresh = () =>
  json({ access_token: `at-${++issued}`, refresh_token: "rt", token_type: "Bearer", expires_in: 600 });
const tokenRequests = () => here.sent.filter(({ url }) => url === SERVER.tokenEndpoint).length;
const settle = () => new Promise((resolve) => setTimeout(resolve, 50));

async function signedIn(more) {
  here.at(NOW);
  here.answer = fresh;
  const session = await lib.password({
    server: SERVER,
    clientId: "spa",
    username: "a",
    password: "b",
    storage: "memory",
    ...more,
  });
  return { session, first: await session.accessToken() };
}

test("E12: a token that expires soon is refreshed in the background, and by itself only when asked to", async () => {
  for (const [refreshAhead, refreshes] of [
    [undefined, 0],
    [0, 0],
    [60_000, 0],
    [200_000, 1],
  ]) {
    const { session, first } = await signedIn({ refreshAhead, clientId: `spa-${refreshAhead}` });
    here.sent = [];
    here.at(NOW + 450);
    const many = await Promise.all(Array.from({ length: 20 }, () => session.accessToken()));
    assert.deepEqual([...new Set(many)], [first], "nobody waits");
    await settle();
    assert.equal(tokenRequests(), refreshes, String(refreshAhead));
    assert.equal((await session.accessToken()) === first, refreshes === 0);
    await session.logout();
  }
});

test("E12: it is tried at most once in 30 seconds, and a failure of it is no failure of the call", async () => {
  const { session, first } = await signedIn({ refreshAhead: 200_000, clientId: "failing" });
  here.sent = [];
  here.answer = () => json({ error: "temporarily_unavailable" }, 503);
  for (let second = 450; second < 520; second++) {
    here.at(NOW + second);
    assert.equal(await session.accessToken(), first);
    await settle();
  }
  assert.equal(tokenRequests(), 3);
  assert.equal(session.signedIn, true);
  await session.logout();
});

test("E12: with jitter: sessions that were opened at once do not ask at once", async () => {
  const moments = new Set();
  for (let tab = 0; tab < 12; tab++) {
    const { session } = await signedIn({ refreshAhead: 200_000, clientId: `tab-${tab}` });
    here.sent = [];
    for (let second = 340; second <= 410 && tokenRequests() === 0; second++) {
      here.at(NOW + second);
      await session.accessToken();
      if (tokenRequests() > 0) moments.add(second);
    }
    await session.logout();
  }
  assert.ok(moments.size > 3, [...moments].join());
  for (const second of moments) assert.ok(second >= 350 && second <= 401, String(second));
});
