// Pages that sleep, freeze, come back, lose the network or the right time.
import config from "../../playwright.config.mjs";
import { client, expect, reply, resume, signIn } from "./support/test.mjs";
import {
  another,
  events,
  expectSignedOut,
  HOUR,
  isOver,
  join,
  manyCalls,
  OVER,
  rotate,
  signInTwoTabs,
  test,
  token,
  wait,
  watchEvents,
} from "./support/tabs.mjs";

const { launchOptions } = config.use;
// Playwright itself turns the back/forward cache off; the last word on the command line is ours.
test.use({
  launchOptions: {
    ...launchOptions,
    ignoreDefaultArgs: ["--disable-back-forward-cache"],
    args: [...launchOptions.args, "--enable-features=BackForwardCache"],
  },
});

const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Notes when the page comes back, and what can be seen of its session at that very moment, before any call. */
const watchReturns = (page) =>
  page.evaluate(() => {
    window.returns = [];
    addEventListener("pageshow", ({ persisted }) => {
      const notRestored = performance.getEntriesByType("navigation")[0]?.notRestoredReasons ?? null;
      returns.push({ persisted, notRestored: notRestored && JSON.stringify(notRestored) });
    });
  });

/** Away to another page of the app, and back. */
async function awayAndBack(page, app, meanwhile = async () => {}) {
  await page.goto(`${app.origin}/elsewhere`);
  await meanwhile();
  await page.goBack({ waitUntil: "commit" });
  await page.waitForFunction(() => document.readyState === "complete");
}

for (const storage of ["session", "local", "memory", "encrypted"]) {
  test(`J01: storage "${storage}": a page with a session comes back as it was`, async ({ page, app, as }) => {
    const server = rotate(as);
    await signIn(page, app, client(as, { storage }));
    await watchReturns(page);
    await page.evaluate(() => void session.signal);
    for (let time = 1; time <= 3; time++) {
      await page.evaluate(() => session.refresh());
      await awayAndBack(page, app);
      const back = await page.evaluate(() => window.returns?.at(-1));
      expect(back, "kept in the back/forward cache").toEqual({ persisted: true, notRestored: null });
      expect(await page.evaluate(() => session.signedIn)).toBe(true);
      expect(await manyCalls(page)).toEqual([200]);
    }
    expect(server).toMatchObject({ refreshes: 3, replays: [] });
  });
}

for (const storage of ["local", "memory", "encrypted"]) {
  test(`J01 E18: storage "${storage}": whoever comes back after a log-out elsewhere is signed out`, async ({
    page,
    context,
    app,
    as,
  }) => {
    const options = client(as, { storage });
    await signIn(page, app, options);
    const other = await another(context, app, options);
    await watchReturns(page);
    await watchEvents(page);
    await awayAndBack(page, app, () => other.evaluate(() => session.logout()));
    expect(await page.evaluate(() => window.returns?.at(-1)?.persisted)).toBe(true);
    await expectSignedOut(page);
    expect(await isOver(page)).toBe(OVER);
    expect(await events(page)).toEqual(["signedout"]);
    expect(as.apiCalls).toEqual([]);
  });

  test(`J01 E18: storage "${storage}": and needs no call to know it`, async ({ page, context, app, as }) => {
    const options = client(as, { storage });
    await signIn(page, app, options);
    const other = await another(context, app, options);
    await page.evaluate(() => void session.signal);
    await awayAndBack(page, app, () => other.evaluate(() => session.logout()));
    await expect.poll(() => isOver(page)).toBe(OVER);
  });
}

// In memory alone it would be gone with the tab that has it.
for (const storage of ["local", "encrypted"]) {
  test(`J01 E03: storage "${storage}": a refresh elsewhere is found on return`, async ({
    page,
    context,
    app,
    as,
  }) => {
    const server = rotate(as);
    const options = client(as, { storage });
    await signIn(page, app, options);
    const other = await another(context, app, options);
    await awayAndBack(page, app, async () => {
      for (let time = 0; time < 3; time++) await other.evaluate(() => session.refresh());
      await other.close();
    });
    await page.evaluate(() => session.refresh());
    expect(server.replays).toEqual([]);
    expect(await page.evaluate(() => session.signedIn)).toBe(true);
  });
}

/**
 * Freezes a tab: no timer, no answer and no message is heard until it is thawed, by what this gives. The debugger does
 * it, since `Page.setWebLifecycleState` freezes hidden pages only, and without a screen all of them count as visible.
 */
async function freeze(context, tab) {
  await tab.evaluate(() => void (window.ticking = setInterval(() => {}, 10)));
  const devtools = await context.newCDPSession(tab);
  const frozen = new Promise((resolve) => devtools.once("Debugger.paused", resolve));
  await devtools.send("Debugger.enable");
  await devtools.send("Debugger.pause");
  await frozen;
  return async () => {
    await devtools.send("Debugger.disable");
    await tab.evaluate(() => clearInterval(ticking));
  };
}

test("E18 J02: a frozen tab knows of a log-out at its first use", async ({ page, context, app, as }) => {
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const other = await another(context, app, options);
  await watchEvents(page);
  const thaw = await freeze(context, page);
  await other.evaluate(() => session.logout());
  await thaw();
  // Processes see each other's web storage a moment later.
  await page.waitForFunction(() => localStorage.length === 0);
  await expectSignedOut(page);
  expect(await isOver(page)).toBe(OVER);
  expect(await events(page)).toEqual(["signedout"]);
  expect(as.apiCalls).toEqual([]);
});

for (const storage of ["local", "memory"]) {
  test(`E05 J02: storage "${storage}": a frozen tab does not keep the turn`, async ({
    page,
    context,
    app,
    as,
  }) => {
    const TIMEOUT = 2_000;
    const server = rotate(as);
    const options = client(as, { storage, timeout: TIMEOUT });
    await signIn(page, app, options);
    await token(page);
    const other = await another(context, app, options);
    for (const tab of [page, other]) await watchEvents(tab);

    // The server has the request of a tab that is frozen, and has not looked at it yet.
    const hanging = [];
    const usual = as.routes["/token"];
    as.routes["/token"] = (...given) => hanging.push(given);
    await page.evaluate(() => {
      window.refreshing = outcome(() => session.refresh());
      return null;
    });
    await expect.poll(() => hanging.length).toBe(1);
    const thaw = await freeze(context, page);
    as.routes["/token"] = usual;

    const start = Date.now();
    expect(await other.evaluate(() => outcome(() => session.refresh()))).toEqual({});
    const took = Date.now() - start;
    expect(took, "had to wait for the frozen one").toBeGreaterThan(TIMEOUT);
    console.log(`E05: storage "${storage}": ${took} ms behind a frozen tab`);
    expect(took).toBeLessThan(TIMEOUT + 3_000);

    await thaw();
    await page.evaluate(() => refreshing);
    expect(await manyCalls(page)).toEqual([200]);
    // It may not have heard of the new tokens; before it uses its own again, it asks.
    await page.evaluate(() => session.refresh());
    await expect.poll(() => token(other)).toBe(await token(page));
    await other.evaluate(() => session.refresh());
    expect([...(await events(page)), ...(await events(other))]).not.toContain("signedout");
    expect(server.replays).toEqual([]);
    expect((await page.evaluate(() => navigator.locks.query())).held).toEqual([]);
  });
}

test("E10: years forward and back: no refresh that was not due, and never a storm", async ({
  page,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  await page.evaluate(() => {
    const now = Date.now.bind(Date);
    window.offset = 0;
    Date.now = () => now() + offset;
  });
  /** By the clock the token has expired; or it has not. */
  const JUMPS = [
    [0, false],
    [59 * 60_000, true],
    [HOUR / 2, false],
    [-DAY, false],
    [10 * YEAR, true],
    [10 * YEAR + DAY, true],
    [-10 * YEAR, false],
    [0, false],
    [80 * YEAR, true],
    [-50 * YEAR, false],
    [HOUR, false],
  ];
  let most = 0;
  for (const [offset, hasExpired] of JUMPS) {
    await page.evaluate((to) => (offset = to), offset);
    if (hasExpired) most += 1;
    for (let time = 0; time < 5; time++) expect(await manyCalls(page)).toEqual([200]);
    console.log(`E10: ${(offset / DAY).toFixed(2)} days: ${server.refreshes} refreshes`);
    expect(server.refreshes, `${offset} ms off`).toBeLessThanOrEqual(most + 1);
  }
  expect(server.replays).toEqual([]);
  // After a load nothing but the clock on the wall is left to judge by.
  const before = server.refreshes;
  for (const offset of [-YEAR, YEAR, 0]) {
    await page.reload();
    await wait(page, offset);
    await join(page, options);
    for (let time = 0; time < 5; time++) expect(await manyCalls(page)).toEqual([200]);
  }
  expect(server.refreshes - before).toBeLessThanOrEqual(3);
  expect(server.replays).toEqual([]);
});

test("E08 E09: offline, then online: the same session, one refresh", async ({ page, context, app, as }) => {
  const server = rotate(as);
  const options = client(as, { storage: "local" });
  const other = await signInTwoTabs({ page, context, app }, options);
  for (const tab of [page, other]) await wait(tab, HOUR);
  await context.setOffline(true);
  for (let time = 0; time < 3; time++) {
    for (const tab of [page, other]) {
      const failed = await tab.evaluate(() => outcome(() => session.fetch("x")));
      expect(failed).toMatchObject({ isAuthError: true, code: "network", retryable: true });
      expect(await tab.evaluate(() => session.signedIn)).toBe(true);
    }
  }
  await context.setOffline(false);
  expect(await Promise.all([manyCalls(page), manyCalls(other)])).toEqual([[200], [200]]);
  expect(server).toMatchObject({ refreshes: 1, replays: [] });
  expect([...(await events(page)), ...(await events(other))]).not.toContain("signedout");
});

test("E09: what the browser thinks of the network is not asked", async ({ page, app, as }) => {
  const server = rotate(as);
  await signIn(page, app, client(as));
  await page.evaluate(() => {
    Object.defineProperty(Navigator.prototype, "onLine", { get: () => false });
    dispatchEvent(new Event("offline"));
  });
  await page.evaluate(() => session.refresh());
  expect(await manyCalls(page)).toEqual([200]);
  expect(server.refreshes).toBe(1);
});

const PORTALS = {
  "a page with 200": (request, res) =>
    reply(res, 200, "<!doctype html><title>Welcome to our Wi-Fi</title>", { "Content-Type": "text/html" }),
  "a page with 200 that claims to be JSON": (request, res) =>
    reply(res, 200, "<html>Accept our terms</html>"),
  "a redirect to its own page": (request, res) =>
    reply(res, 302, "", { Location: "http://127.0.0.1:9/portal" }),
  "a page with 511": (request, res) =>
    reply(res, 511, "<html>Log in</html>", { "Content-Type": "text/html" }),
};

for (const [what, portal] of Object.entries(PORTALS)) {
  test(`E09: a captive portal answers with ${what}: the session stays`, async ({ page, app, as }) => {
    const server = rotate(as);
    const options = client(as, { storage: "local" });
    await signIn(page, app, options);
    await watchEvents(page);
    const usual = as.routes["/token"];
    as.routes["/token"] = portal;
    for (let time = 0; time < 2; time++) {
      const failed = await page.evaluate(() => outcome(() => session.refresh()));
      expect.soft(failed).toMatchObject({ isAuthError: true, phase: "refresh", retryable: true });
      expect(await page.evaluate(() => session.signedIn)).toBe(true);
      expect(await manyCalls(page)).toEqual([200]);
    }
    await page.reload();
    await join(page, options);
    as.routes["/token"] = usual;
    await page.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 1, replays: [] });
    expect((await resume(page, options)).value.signedIn).toBe(true);
  });
}
