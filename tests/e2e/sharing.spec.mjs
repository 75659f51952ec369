// One session in several tabs, and several sessions in one browser.
import { client, expect, resume, signIn, stored } from "./support/test.mjs";
import {
  another,
  enter,
  events,
  everyStore,
  expectSignedOut,
  family,
  HOUR,
  isOver,
  join,
  logOut,
  manyCalls,
  openTab,
  OVER,
  rotate,
  signInTwoTabs,
  test,
  token,
  wait,
} from "./support/tabs.mjs";

test("G01 J02: memory is handed to a new tab, and is gone with the last one", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as, { storage: "memory" });
  await signIn(page, app, options);
  const other = await another(context, app, options);
  expect(await token(other)).toBe(await token(page));

  for (const [one, another] of [
    [page, other],
    [other, page],
  ]) {
    await one.evaluate(() => session.refresh());
    const renewed = await token(one);
    await expect.poll(() => token(another)).toBe(renewed);
  }
  for (const tab of [page, other]) await wait(tab, HOUR);
  expect(await Promise.all([manyCalls(page), manyCalls(other)])).toEqual([[200], [200]]);
  expect(server).toMatchObject({ refreshes: 3, replays: [] });
  for (const tab of [page, other]) expect(await everyStore(tab)).not.toMatch(/[ar]t-\d/);

  // The tab that signed in goes; the session stays in the other one, and in the next.
  await page.close();
  const third = await another(context, app, options);
  await third.evaluate(() => session.refresh());
  expect(await family(third)).toBe(1);
  for (const tab of [other, third]) await tab.close();
  expect(await resume(await openTab(context, app), options)).toEqual({ value: null });
  expect(server.replays).toEqual([]);
});

test("E18: the end of a session in memory is its end in all tabs", async ({ page, context, app, as }) => {
  const options = client(as, { storage: "memory" });
  await signIn(page, app, options);
  const others = [];
  for (let i = 0; i < 3; i++) others.push(await another(context, app, options));
  await logOut(others[1], [page, others[0], others[2]]);
  for (const tab of [page, ...others]) {
    await expectSignedOut(tab);
    expect(await resume(tab, options)).toEqual({ value: null });
  }
  expect(await resume(await openTab(context, app), options)).toEqual({ value: null });
});

/** The same sessionStorage in another tab. */
const DUPLICATES = {
  async "window that the page opened"(page, context, app) {
    const opened = context.waitForEvent("page");
    await page.evaluate((address) => void window.open(address), app.origin);
    const other = await opened;
    await other.waitForURL(`${app.origin}/`);
    return other;
  },
  async "duplicate of the tab"(page, context, app) {
    const items = await page.evaluate(() => ({ ...sessionStorage }));
    const other = await openTab(context, app);
    await other.evaluate((items) => Object.assign(sessionStorage, items), items);
    return other;
  },
};

for (const [what, duplicate] of Object.entries(DUPLICATES)) {
  test(`J08: a ${what} uses no refresh token twice`, async ({ page, context, app, as }) => {
    const server = rotate(as);
    const options = client(as);
    await signIn(page, app, options);
    const other = await join(await duplicate(page, context, app), options);
    expect(await token(other)).toBe(await token(page));
    for (let time = 1; time <= 5; time++) {
      for (const tab of [page, other]) await wait(tab, HOUR);
      expect(await Promise.all([manyCalls(page), manyCalls(other)])).toEqual([[200], [200]]);
      expect(server).toMatchObject({ refreshes: time, replays: [] });
    }
    // One of them sleeps, and the other one is closed before it wakes up.
    for (let time = 0; time < 2; time++) await other.evaluate(() => session.refresh());
    await other.close();
    await page.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 8, replays: [] });
    await page.reload();
    await join(page, options);
    expect(await family(page)).toBe(1);
  });
}

test("J08 E03: a duplicate that has not been looked at for long uses no old token", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as);
  await signIn(page, app, options);
  const other = await DUPLICATES["duplicate of the tab"](page, context, app);
  // Nothing of the library is there yet that could hear of it.
  await page.evaluate(() => session.refresh());
  await join(other, options);
  await other.evaluate(() => session.refresh());
  expect(server).toMatchObject({ refreshes: 1, replays: [] });
  expect(await token(other)).toBe(await token(page));
});

test("I10 E04 E14: the users of two tabs never meet", async ({ page, context, app, as }) => {
  const server = rotate(as);
  const options = client(as);
  const other = await openTab(context, app);
  await signIn(page, app, options);
  await signIn(other, app, options);
  expect([await family(page), await family(other)]).toEqual([1, 2]);

  // Both at once, answered one after the other.
  server.holds = true;
  const refreshes = [page, other].map((tab) => tab.evaluate(() => session.refresh()));
  for (let time = 0; time < 2; time++) {
    await expect.poll(() => server.held.length).toBeGreaterThan(0);
    await page.waitForTimeout(200);
    server.held.pop().answer();
  }
  await Promise.all(refreshes);
  expect([await family(page), await family(other)]).toEqual([1, 2]);
  server.holds = false;
  for (const [tab, own] of [
    [page, 1],
    [other, 2],
  ]) {
    await tab.reload();
    await join(tab, options);
    expect(await family(tab)).toBe(own);
    const text = await tab.evaluate(() => JSON.stringify({ ...sessionStorage }));
    expect(text).toContain(`at-${own}-`);
    expect(text).not.toContain(`at-${3 - own}-`);
  }
  // One user's end is not the other's.
  await page.evaluate(() => session.logout());
  await other.evaluate(() => session.refresh());
  expect([await isOver(page), await family(other)]).toEqual([OVER, 2]);
  expect(server).toMatchObject({ refreshes: 3, replays: [] });
});

test("E04 E05: one user's slow refresh does not hold up another user's", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as);
  const other = await openTab(context, app);
  await signIn(page, app, options);
  await signIn(other, app, options);
  server.holds = true;
  const refreshes = [page, other].map((tab) => tab.evaluate(() => session.refresh()));
  try {
    await expect.poll(() => server.held.length, { timeout: 3_000 }).toBe(2);
    // The first one was sent first, and is answered last.
    server.held.sort((one, other) => one.family - other.family);
    server.held.pop().answer();
    await refreshes[1];
    expect([await family(page), await family(other)]).toEqual([1, 2]);
  } finally {
    server.holds = false;
    for (const { answer } of server.held) answer();
    await Promise.all(refreshes);
  }
  expect([await family(page), await family(other)]).toEqual([1, 2]);
});

test("E14: what a refresh of the user before brings does not take the place of the next user", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const idle = await another(context, app, options);
  const other = await openTab(context, app);
  server.holds = true;
  const refresh = page.evaluate(() => outcome(() => session.refresh()));
  await expect.poll(() => server.held.length).toBe(1);
  await enter(other, options);
  server.holds = false;
  server.held[0].answer();
  await refresh;
  const tabs = [page, idle, other];
  for (const tab of tabs) await expect.poll(() => family(tab)).toBe(2);
  expect(await stored(page)).toContain("at-2-");
  expect(await stored(page)).not.toContain("at-1-");
  for (const tab of tabs) await tab.evaluate(() => session.refresh());
  expect(await Promise.all(tabs.map(family))).toEqual([2, 2, 2]);
  expect(server.replays).toEqual([]);
});

test.describe("without locks and without IndexedDB", () => {
  test.beforeEach(({ context }) =>
    context.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
      Object.defineProperty(window, "indexedDB", { value: undefined });
    }),
  );

  test("E15: a refresh token that another tab was faster with ends nothing", async ({
    page,
    context,
    app,
    as,
  }) => {
    const server = rotate(as, { isForgiving: true });
    const options = client(as, { storage: "local" });
    const other = await signInTwoTabs({ page, context, app }, options);
    server.holds = true;
    const refreshes = [page, other].map((tab) => tab.evaluate(() => outcome(() => session.refresh())));
    await expect.poll(() => server.held.length).toBe(2);
    expect(server.replays).toHaveLength(1);
    // First the answer with the tokens, then the refusal.
    server.held[0].answer();
    await expect.poll(() => stored(page)).toMatch(/rt-1-2/);
    server.held[1].answer();
    expect(await Promise.all(refreshes)).toEqual([{}, {}]);
    server.holds = false;
    expect(await Promise.all([page, other].map(token))).toEqual(["at-1-2", "at-1-2"]);
    await other.evaluate(() => session.refresh());
    const all = [await events(page), await events(other)].flat();
    expect(all).not.toContain("signedout");
    expect(all).not.toContain("error");
    expect(server.replays).toHaveLength(1);
  });

  test("E15: with nothing newer anywhere the session is over, which is told once", async ({
    page,
    context,
    app,
    as,
  }) => {
    const server = rotate(as);
    const options = client(as, { storage: "local" });
    const other = await signInTwoTabs({ page, context, app }, options);
    // Somebody else has used it.
    const text = await page.evaluate(() => Object.values(localStorage).find((text) => text.includes("rt-")));
    const { refresh_token: refreshToken } = JSON.parse(text);
    await fetch(`${as.url}/token`, {
      method: "POST",
      body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: refreshToken }),
    });
    expect(await page.evaluate(() => outcome(() => session.refresh()))).toMatchObject({
      code: "invalid_grant",
    });
    // Without a ledger the other tab first asks whether somebody has the record in memory.
    for (const tab of [page, other]) await expect.poll(() => isOver(tab), { timeout: 2_500 }).toBe(OVER);
    expect([await events(page), await events(other)]).toEqual([["signedout"], ["signedout"]]);
    expect(server.replays).toHaveLength(1);
  });
});

for (const storage of ["session", "local", "memory", "encrypted"]) {
  test(`J05: storage "${storage}": two copies of the library refresh once`, async ({ page, app, as }) => {
    const server = rotate(as);
    const options = client(as, { storage });
    await signIn(page, app, options);
    await page.evaluate(async (options) => {
      const address = (copy) => `/node_modules/space-auth-wasm/dist/index.js?copy=${copy}`;
      window.sessions = [session];
      for (const copy of [1, 2]) {
        const { login } = await import(address(copy));
        sessions.push(await login({ ...options, mode: "check" }));
      }
      window.told = sessions.map((each, number) => {
        const told = { refreshed: 0, signedout: 0 };
        for (const name of Object.keys(told)) each.on(name, () => (told[name] += 1));
        return told;
      });
    }, options);
    for (let time = 1; time <= 5; time++) {
      await wait(page, HOUR);
      const tokens = await page.evaluate(async () => {
        const calls = Array.from({ length: 60 }, (_, i) => sessions[i % 3].accessToken());
        return [...new Set(await Promise.all(calls))];
      });
      expect(tokens).toHaveLength(1);
      expect(server).toMatchObject({ refreshes: time, replays: [] });
    }
    await page.evaluate(() => sessions[1].logout());
    await expect
      .poll(() => page.evaluate(() => sessions.map(({ signedIn }) => signedIn)))
      .toEqual([false, false, false]);
    expect(await page.evaluate(() => told.map(({ signedout }) => signedout))).toEqual([1, 1, 1]);
  });
}
