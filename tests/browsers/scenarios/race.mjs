// Two tabs, each in a process of its own, one refresh token that is good once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { client, isSignedIn, restore, signIn } from "../support/application.mjs";
import { rotate } from "../support/rotation.mjs";
import { until } from "../support/until.mjs";

const EXPIRIES = 5;
/** Of access tokens, in seconds. */
const LIFETIME = 3;
/** Of a refresh, in milliseconds: time for the other tab to do the same. */
const LATENCY = 100;
const CALLS = 50;

/**
 * @param {string} name of the browser
 * @param {import("./index.mjs").World} world
 */
export function race(name, world) {
  test(`${name}: E02 E03: two tabs with an expired token refresh once`, async () => {
    const { app, as } = world;
    const seen = rotate(as, { lifetime: LIFETIME, latency: LATENCY });
    const options = client(as);
    const tabs = [await world.open(), await world.open()];
    await signIn(tabs[0], app, options);
    isSignedIn(await restore(tabs[1], app, options));

    for (let expiry = 1; expiry <= EXPIRIES; expiry += 1) {
      for (const tab of tabs) await until("the access token expires", () => tab.evaluate(hasExpired));
      const before = { refreshes: as.refreshes, replays: seen.replays };
      // The clock is common to all: soon enough, and late enough for both tabs to have been told.
      const at = Date.now() + 150;
      const statuses = await Promise.all(tabs.map((tab) => tab.evaluate(callAt, at, CALLS)));
      const round = {
        answers: statuses.flat().reduce((sum, status) => ({ ...sum, [status]: (sum[status] ?? 0) + 1 }), {}),
        refreshes: as.refreshes - before.refreshes,
        replays: seen.replays - before.replays,
      };
      assert.deepEqual(
        round,
        { answers: { 200: tabs.length * CALLS }, refreshes: 1, replays: 0 },
        `Expiry ${expiry} of ${EXPIRIES}: ${JSON.stringify(round)}`,
      );
    }
    assert.equal(seen.refused, 0, "The API was called with a token that had expired");
    assert.equal(as.codes, 1);
  });
}

const hasExpired = () => Date.now() >= session.expiresAt.getTime();

/** The statuses of `count` calls that start together at a given time, or why there is none. */
const callAt = async (at, count) => {
  await new Promise((resolve) => setTimeout(resolve, at - Date.now()));
  const call = async () => (await session.fetch("x")).status;
  return Promise.all(
    Array.from({ length: count }, () => call().catch(({ code, message }) => code ?? message)),
  );
};
