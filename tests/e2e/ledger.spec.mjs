// A browser whose IndexedDB is slow, or that has none: refreshes stay in line, and what they bring is kept.
import { client, expect, signIn, stored } from "./support/test.mjs";
import { rotate, signInTwoTabs, test, token } from "./support/tabs.mjs";

/** More than IndexedDB may take, ms. */
const LONG = 2_500;

/** For the page: `slow` says which of the next openings of a database take long. */
const watchOpenings = (page) =>
  page.evaluate((LONG) => {
    window.slow = [];
    const { open } = IDBFactory.prototype;
    IDBFactory.prototype.open = function (...given) {
      if (!slow.shift()) return open.apply(this, given);
      const request = {};
      setTimeout(() => {
        const opening = open.apply(indexedDB, given);
        opening.onsuccess = () => {
          request.result = opening.result;
          request.onsuccess();
        };
      }, LONG);
      return request;
    };
  }, LONG);

/** The openings of a refresh, in their order. */
const OPENINGS = {
  "when the turn is taken": [true],
  "when the newest record is looked for": [false, true],
  "both times": [true, true],
};

for (const storage of ["session", "local"]) {
  for (const [when, slow] of Object.entries(OPENINGS)) {
    test(`G05 E07: storage "${storage}": IndexedDB is slow ${when}: no token is lost`, async ({
      page,
      app,
      as,
    }) => {
      const server = rotate(as);
      await signIn(page, app, client(as, { storage }));
      await token(page);
      await watchOpenings(page);
      await page.evaluate((slow) => (window.slow = slow), slow);
      const first = await page.evaluate(() => outcome(() => session.refresh()));
      // It may have been called off; then nothing was sent.
      if (first.code) expect(first).toMatchObject({ code: "timeout", retryable: true });
      expect(server.refreshes).toBe(first.code ? 0 : 1);
      expect(await page.evaluate(() => window.slow)).toEqual([]);
      expect(await page.evaluate(() => outcome(() => session.refresh()))).toEqual({});
      expect(await stored(page)).toContain(await token(page));
      expect(await page.evaluate(() => session.signedIn)).toBe(true);
      expect(server.replays).toEqual([]);
    });
  }
}

test("E03 E16: without IndexedDB the lock alone keeps tabs in line, however long it takes", async ({
  page,
  context,
  app,
  as,
}) => {
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("forbidden", "SecurityError");
    };
  });
  const server = rotate(as);
  const other = await signInTwoTabs({ page, context, app }, client(as, { storage: "local" }));
  server.holds = true;
  const refreshes = [page, other].map((tab) => tab.evaluate(() => outcome(() => session.refresh())));
  await expect.poll(() => server.held.length).toBe(1);
  await page.waitForTimeout(1_500);
  expect(server.held).toHaveLength(1);
  server.held[0].answer();
  expect(await Promise.all(refreshes)).toEqual([{}, {}]);
  expect(server).toMatchObject({ refreshes: 1, replays: [] });
  expect(await token(page)).toBe(await token(other));
});

for (const locks of ["with", "without"]) {
  test(`E03 E06: ${locks} locks: of forty who want a refresh at once none is turned away`, async ({
    page,
    app,
    as,
  }) => {
    if (locks === "without") {
      await page.addInitScript(() => Object.defineProperty(navigator, "locks", { value: undefined }));
    }
    const server = rotate(as);
    const options = client(as, { storage: "local", timeout: 3_000 });
    await signIn(page, app, options);
    const outcomes = await page.evaluate(async (options) => {
      const copies = Array.from({ length: 40 }, (_, copy) => copy);
      const sessions = await Promise.all(
        copies.map(async (copy) => {
          const { login } = await import(`/node_modules/space-auth-wasm/dist/index.js?copy=${copy}`);
          return login({ ...options, mode: "check" });
        }),
      );
      return Promise.all(sessions.map((each) => each.refresh().then(String, ({ code }) => code)));
    }, options);
    expect(outcomes).toEqual(Array.from({ length: 40 }, () => "undefined"));
    expect(server).toMatchObject({ refreshes: 1, replays: [] });
  });
}
