// Logging out in one tab, seen from another.
import assert from "node:assert/strict";
import { test } from "node:test";
import { reply } from "../../e2e/support/scripted.mjs";
import { client, isSignedIn, records, restore, signIn } from "../support/application.mjs";
import { until } from "../support/until.mjs";

/** How long a tab that is awake may take to hear of it, in milliseconds. */
const LIMIT = 500;

/**
 * @param {string} name of the browser
 * @param {import("./index.mjs").World} world
 */
export function logOut(name, world) {
  /** Two tabs of one session, the first of which notes when it ends. */
  async function twoTabs(options) {
    const tabs = [await world.open(), await world.open()];
    await signIn(tabs[0], world.app, options);
    isSignedIn(await restore(tabs[1], world.app, options));
    await tabs[0].evaluate(() => {
      window.endings = [];
      session.on("signedout", () => endings.push(Date.now()));
    });
    return tabs;
  }

  const isOver = () => [session.signedIn, session.signal.aborted];

  test(`${name}: E13 E17: a log-out in one tab during a refresh in another ends both`, async () => {
    const { app, as } = world;
    const options = client(as);
    const [first, second] = await twoTabs(options);
    let answer;
    as.routes["/token"] = (_, res) => (answer = () => reply(res, 200, as.tokens()));
    await first.evaluate(() => {
      window.refreshing = outcome(() => session.refresh());
      window.refreshing.then(() => (window.isRefreshed = true));
    });
    await until("the refresh has reached the server", () => answer !== undefined);

    await second.evaluate(() => session.logout());
    assert.deepEqual(await second.evaluate(isOver), [false, true], "The tab that logged out");
    answer();

    const refreshed = await first.evaluate(() => refreshing);
    assert.equal(refreshed.code, "not_signed_in", `The refresh gave ${JSON.stringify(refreshed)}`);
    assert.deepEqual(await first.evaluate(isOver), [false, true], "The tab that was refreshing");
    assert.equal((await first.evaluate(() => endings)).length, 1, "`signedout` is told once");
    assert.equal(as.refreshes, 1);
    for (const tab of [first, second]) {
      await until("no record is stored", () => records(tab), { is: (keys) => keys.length === 0 });
    }
    for (const tab of [first, second]) {
      assert.deepEqual(await restore(tab, app, options), { value: null }, "A reload signs nobody in");
      assert.deepEqual(await records(tab), []);
    }
  });

  test(`${name}: E18: a log-out in one tab reaches the other within ${LIMIT} ms`, async (t) => {
    const [first, second] = await twoTabs(client(world.as));
    const left = await second.evaluate(async () => {
      const at = Date.now();
      await session.logout();
      return at;
    });
    const [ended] = await until("the other tab has heard of it", () => first.evaluate(() => endings), {
      is: (endings) => endings.length > 0,
    });
    t.diagnostic(`${name}: heard of after ${ended - left} ms`);
    assert.ok(ended - left <= LIMIT, `It took ${ended - left} ms`);
    assert.deepEqual(await first.evaluate(isOver), [false, true]);
    assert.deepEqual(world.as.apiCalls, []);
  });
}
