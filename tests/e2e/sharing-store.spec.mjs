// What the tabs of a session do when their store is full, loses what it had, or tells of what nobody did.
import { client, expect, resume, signIn, stored } from "./support/test.mjs";
import {
  another,
  events,
  expectSignedOut,
  isOver,
  OVER,
  rotate,
  signInTwoTabs,
  test,
  token,
  watchEvents,
} from "./support/tabs.mjs";

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
    const other = await signInTwoTabs({ page, context, app }, options);
    const tabs = [page, other];
    for (const tab of tabs) await full(tab);
    // Longer than what it takes the place of.
    server.more = { scope: "x".repeat(2_000) };

    await page.evaluate(() => session.refresh());
    expect(await page.evaluate(() => session.signedIn)).toBe(true);
    await expect.poll(() => token(other)).toBe(await token(page));
    expect([await events(page), await events(other)]).toEqual([["storage_unavailable", "refreshed"], []]);

    await page.evaluate(() => session.refresh());
    await expect.poll(() => token(other)).toBe(await token(page));
    await other.evaluate(() => session.refresh());
    await expect.poll(() => token(page)).toBe(await token(other));
    const told = [await events(page), await events(other)];
    for (const list of told) expect(list.filter((name) => name === "storage_unavailable")).toHaveLength(1);

    // One that comes now finds an old record in the store; what it must not use of it, it gets from the others.
    const third = await another(context, app, options);
    await third.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 4, replays: [] });
    for (const tab of tabs) await expect.poll(() => token(tab)).toBe(await token(third));

    for (const tab of tabs) await roomy(tab);
    await page.evaluate(() => session.refresh());
    expect(await stored(page)).toContain(await token(page));
    for (const tab of [page, other, third]) await tab.close();
    const last = await another(context, app, options);
    await last.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 6, replays: [] });
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
    const other = await signInTwoTabs({ page, context, app }, options);
    await page.evaluate(clear);
    await expect.poll(() => isOver(other)).toBe(OVER);
    // The page that did it gets no event; it sees it at its next use.
    for (const tab of [page, other]) {
      await expectSignedOut(tab);
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
    const other = await signInTwoTabs({ page, context, app }, options);
    server.holds = true;
    const refresh = page.evaluate(() => outcome(() => session.refresh()));
    await expect.poll(() => server.held.length).toBe(1);
    await other.evaluate(clear);
    await expect.poll(() => isOver(page)).toBe(OVER);
    server.held[0].answer();
    expect(await refresh).toMatchObject({ isAuthError: true, code: "not_signed_in" });
    expect(await stored(page)).not.toMatch(/[ar]t-\d/);
    await expectSignedOut(other);
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
