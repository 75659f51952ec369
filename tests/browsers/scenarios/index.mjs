import { after, afterEach, before, beforeEach, describe } from "node:test";
import { startApp } from "../../e2e/support/app.mjs";
import { unpack } from "../../e2e/support/packed.mjs";
import { startScripted } from "../../e2e/support/scripted.mjs";
import { applications } from "./applications.mjs";
import { logOut } from "./log-out.mjs";
import { playground } from "./playground.mjs";
import { race } from "./race.mjs";
import { redirect } from "./redirect.mjs";

/**
 * All that the scenarios use. Every test has an application and a server of its own, and so, by its origin, a storage
 * of its own.
 * @typedef {object} World
 * @property {import("../support/driver.d.ts").Browser} browser
 * @property {Awaited<ReturnType<typeof startApp>>} app
 * @property {Awaited<ReturnType<typeof startScripted>>} as
 * @property {() => Promise<import("../support/driver.d.ts").Tab>} open a blank tab, for this test
 */

/**
 * The tests of one browser, which is started once.
 * @param {string} name
 * @param {() => Promise<import("../support/driver.d.ts").Browser>} start
 */
export function scenarios(name, start) {
  describe(name, { timeout: 180_000 }, () => {
    /** @type {World} */
    const world = {};
    /** @type {Awaited<ReturnType<typeof unpack>>} */
    let unpacked;
    /** Tabs are slow to open, and are used again. @type {import("../support/driver.d.ts").Tab[]} */
    const tabs = [];
    let used = 0;

    before(async () => {
      unpacked = await unpack();
      world.browser = await start();
      world.open = async () => {
        used += 1;
        return (tabs[used - 1] ??= await world.browser.open());
      };
    });
    after(async () => {
      await world.browser?.close();
      await unpacked?.remove();
    });
    beforeEach(async () => {
      world.app = await startApp(unpacked.folder);
      world.as = await startScripted();
    });
    afterEach(async () => {
      for (const tab of tabs.slice(0, used)) await tab.goto("about:blank");
      used = 0;
      await world.app.close();
      await world.as.close();
    });

    redirect(name, world);
    race(name, world);
    logOut(name, world);
    playground(name, world);
    applications(name, world);
  });
}
