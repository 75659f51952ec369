// One session in several tabs, several sessions in one browser, and what the tabs do when their store fails them.
import { client, expect, signIn, stored } from "./support/test.mjs";
import {
  enter,
  events,
  everyStore,
  family,
  isOver,
  join,
  manyCalls,
  openTab,
  OVER,
  resume,
  rotate,
  test,
  token,
  wait,
  watchEvents,
} from "./support/tabs.mjs";

const HOUR = 3_600_000;
/** By then the other tabs must know (E18). */
const SOON = { timeout: 500, intervals: [20] };

test("G01 J02: memory is handed to a new tab, and is gone with the last one", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as, { storage: "memory" });
  await signIn(page, app, options);
  const other = await join(await openTab(context, app), options);
  expect(await token(other)).toBe(await token(page));

  for (const [one, another] of [
    [page, other],
    [other, page],
  ]) {
    await one.evaluate(() => session.refresh());
    const renewed = await token(one);
    await expect.poll(() => token(another), SOON).toBe(renewed);
  }
  for (const tab of [page, other]) await wait(tab, HOUR);
  expect(await Promise.all([manyCalls(page), manyCalls(other)])).toEqual([[200], [200]]);
  expect(server).toMatchObject({ refreshes: 3, replays: [] });
  for (const tab of [page, other]) expect(await everyStore(tab)).not.toMatch(/[ar]t-\d/);

  // The tab that signed in goes; the session stays in the other one, and in the next.
  await page.close();
  const third = await join(await openTab(context, app), options);
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
  for (let i = 0; i < 3; i++) others.push(await join(await openTab(context, app), options));
  await others[1].evaluate(() => session.logout());
  for (const tab of [page, ...others]) await expect.poll(() => isOver(tab), SOON).toBe(OVER);
  for (const tab of [page, ...others]) {
    expect(await tab.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({
      code: "not_signed_in",
    });
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

/** Fills the store until not a character more has room. */
const fill = (tab) =>
  tab.evaluate(() => {
    let text = "x".repeat(1 << 20);
    for (let i = 0; text; i++) {
      try {
        localStorage.setItem(`filler ${i}`, text);
      } catch {
        text = text.slice(0, text.length >> 1);
      }
    }
  });

const makeRoom = (tab) =>
  tab.evaluate(() => {
    for (const key of Object.keys(localStorage)) if (key.startsWith("filler")) localStorage.removeItem(key);
  });

const FULL = {
  "is really full": { full: fill, roomy: makeRoom },
  "refuses every text": {
    full: (tab) =>
      tab.evaluate(() => {
        window.real = Storage.prototype.setItem;
        Storage.prototype.setItem = () => {
          throw new DOMException("full", "QuotaExceededError");
        };
      }),
    roomy: (tab) => tab.evaluate(() => void (window.real && (Storage.prototype.setItem = window.real))),
  },
};

for (const [what, { full, roomy }] of Object.entries(FULL)) {
  test(`G05: the store ${what} when a token is rotated: all tabs keep the session`, async ({
    page,
    context,
    app,
    as,
  }) => {
    const server = rotate(as);
    const options = client(as, { storage: "local" });
    await signIn(page, app, options);
    const other = await join(await openTab(context, app), options);
    const tabs = [page, other];
    for (const tab of tabs) await watchEvents(tab);
    for (const tab of tabs) await full(tab);
    // Longer than what it takes the place of.
    server.more = { scope: "x".repeat(2_000) };

    await page.evaluate(() => session.refresh());
    expect(await page.evaluate(() => session.signedIn)).toBe(true);
    await expect.poll(() => token(other), SOON).toBe(await token(page));
    expect([await events(page), await events(other)]).toEqual([["storage_unavailable", "refreshed"], []]);

    await page.evaluate(() => session.refresh());
    await expect.poll(() => token(other), SOON).toBe(await token(page));
    await other.evaluate(() => session.refresh());
    await expect.poll(() => token(page), SOON).toBe(await token(other));
    const told = [await events(page), await events(other)];
    for (const list of told) expect(list.filter((name) => name === "storage_unavailable")).toHaveLength(1);

    // One that comes now finds an old record in the store; what it must not use of it, it gets from the others.
    const third = await join(await openTab(context, app), options);
    await third.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 4, replays: [] });
    for (const tab of tabs) await expect.poll(() => token(tab), SOON).toBe(await token(third));

    for (const tab of tabs) await roomy(tab);
    await page.evaluate(() => session.refresh());
    expect(await stored(page)).toContain(await token(page));
    for (const tab of [page, other, third]) await tab.close();
    const last = await join(await openTab(context, app), options);
    await last.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 6, replays: [] });
  });
}

test("E14: what a refresh of the user before brings does not take the place of the next user", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const idle = await join(await openTab(context, app), options);
  const other = await openTab(context, app);
  server.holds = true;
  const refresh = page.evaluate(() => outcome(() => session.refresh()));
  await expect.poll(() => server.held.length).toBe(1);
  await enter(other, options);
  server.holds = false;
  server.held[0].answer();
  await refresh;
  const tabs = [page, idle, other];
  for (const tab of tabs) await expect.poll(() => family(tab), SOON).toBe(2);
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
    await signIn(page, app, options);
    const other = await join(await openTab(context, app), options);
    for (const tab of [page, other]) await watchEvents(tab);
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
    await signIn(page, app, options);
    const other = await join(await openTab(context, app), options);
    for (const tab of [page, other]) await watchEvents(tab);
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
      .poll(() => page.evaluate(() => sessions.map(({ signedIn }) => signedIn)), SOON)
      .toEqual([false, false, false]);
    expect(await page.evaluate(() => told.map(({ signedout }) => signedout))).toEqual([1, 1, 1]);
  });
}

/** How the store loses what it had. */
const CLEARINGS = {
  "is cleared": () => localStorage.clear(),
  "loses the record": () => {
    for (const key of Object.keys(localStorage)) localStorage.removeItem(key);
  },
};

for (const [what, clear] of Object.entries(CLEARINGS)) {
  test(`G09: the store ${what}: signed out, everywhere`, async ({ page, context, app, as }) => {
    rotate(as);
    const options = client(as, { storage: "local" });
    await signIn(page, app, options);
    const other = await join(await openTab(context, app), options);
    for (const tab of [page, other]) await watchEvents(tab);
    await page.evaluate(clear);
    await expect.poll(() => isOver(other), SOON).toBe(OVER);
    // The page that did it gets no event; it sees it at its next use.
    for (const tab of [page, other]) {
      expect(await tab.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({
        code: "not_signed_in",
      });
      expect(await isOver(tab)).toBe(OVER);
      expect(await events(tab)).toEqual(["signedout"]);
    }
    expect(as.apiCalls).toEqual([]);
  });

  test(`G09 E13: the store ${what} while a refresh is under way: it brings nothing back`, async ({
    page,
    context,
    app,
    as,
  }) => {
    const server = rotate(as);
    const options = client(as, { storage: "local" });
    await signIn(page, app, options);
    const other = await join(await openTab(context, app), options);
    for (const tab of [page, other]) await watchEvents(tab);
    server.holds = true;
    const refresh = page.evaluate(() => outcome(() => session.refresh()));
    await expect.poll(() => server.held.length).toBe(1);
    await other.evaluate(clear);
    await expect.poll(() => isOver(page), SOON).toBe(OVER);
    server.held[0].answer();
    expect(await refresh).toMatchObject({ isAuthError: true, code: "not_signed_in" });
    expect(await stored(page)).not.toMatch(/[ar]t-\d/);
    expect(await other.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({
      code: "not_signed_in",
    });
    expect([await events(page), await events(other)]).toEqual([["signedout"], ["signedout"]]);
    expect(await resume(page, options)).toEqual({ value: null });
  });
}

test("G11: 10 000 events that nobody meant change nothing", async ({ page, app, as }) => {
  const server = rotate(as);
  await signIn(page, app, client(as, { storage: "local" }));
  await watchEvents(page);
  const before = [await token(page), await stored(page)];
  const took = await page.evaluate(async () => {
    const key = Object.keys(localStorage).find((key) => key.includes(":session:"));
    const spoilt = '{"v":1,"generation":9007199254740991,"family":"f","access_token":"evil"}';
    const kinds = [
      {},
      { key: null, storageArea: localStorage },
      { key, newValue: null, oldValue: localStorage[key], storageArea: localStorage },
      { key, newValue: "{junk", storageArea: localStorage },
      { key, newValue: spoilt, storageArea: localStorage },
      { key, newValue: spoilt, storageArea: sessionStorage },
      { key: "another", newValue: spoilt, storageArea: localStorage },
      { key: `${key}:encrypted`, newValue: spoilt },
      { key: "space-auth:session:", newValue: "" },
      { key: "space-auth:pending:x", newValue: "[".repeat(9_999) },
    ];
    const start = performance.now();
    for (let i = 0; i < 10_000; i++) {
      dispatchEvent(new StorageEvent("storage", kinds[i % kinds.length]));
      if (i % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    await session.fetch("x");
    return performance.now() - start;
  });
  expect([await token(page), await stored(page)]).toEqual(before);
  expect(await events(page)).toEqual([]);
  expect(server.refreshes).toBe(0);
  // A call among them waits for no more than them.
  expect(took).toBeLessThan(10_000);
});
