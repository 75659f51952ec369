// The session in localStorage, under a key that no script can read out.
import config from "../../playwright.config.mjs";
import { startSite } from "./support/site.mjs";
import { client, expect, record, signIn } from "./support/test.mjs";
import {
  everyStore,
  isOver,
  join,
  openTab,
  OVER,
  resume,
  rotate,
  test,
  token,
  wait,
} from "./support/tabs.mjs";

const { launchOptions } = config.use;
const args = [...launchOptions.args, "--host-resolver-rules=MAP *.intranet.test 127.0.0.1"];
test.use({ launchOptions: { ...launchOptions, args } });

const HOUR = 3_600_000;
const encrypted = (as) => client(as, { storage: "encrypted" });

/** The key as it is stored. */
const storedKey = (page) =>
  page.evaluate(async () => {
    const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
    const database = await answer(indexedDB.open("space-auth"));
    const keys = await answer(database.transaction("keys").objectStore("keys").getAll());
    database.close();
    const exported = await Promise.all(
      ["raw", "jwk"].map((format) =>
        crypto.subtle.exportKey(format, keys[0]).then(String, ({ name }) => name),
      ),
    );
    return { count: keys.length, extractable: keys[0].extractable, name: keys[0].algorithm.name, exported };
  });

test("G10: what is stored holds no token, and its key cannot be read out", async ({ page, app, as }) => {
  rotate(as);
  await signIn(page, app, encrypted(as));
  const [access, text] = [await token(page), await everyStore(page)];
  expect(access).toMatch(/^at-/);
  const [name, cipher] = await record(page, "localStorage");
  expect(name).toMatch(/^space-auth:session:/);
  const bytes = Buffer.from(cipher, "base64").toString("latin1");
  for (const found of [text, bytes, cipher]) {
    for (const secret of [access, "rt-", "access_token"]) expect(found).not.toContain(secret);
  }
  expect(await storedKey(page)).toEqual({
    count: 1,
    extractable: false,
    name: "AES-GCM",
    exported: ["InvalidAccessError", "InvalidAccessError"],
  });
  await page.evaluate(() => session.refresh());
  expect(
    (await record(page, "localStorage"))[1],
    "each text has an initialisation vector of its own",
  ).not.toBe(cipher);
});

test("G10 E02: it survives a reload, is there in all tabs, and is refreshed once", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = encrypted(as);
  await signIn(page, app, options);
  const first = await token(page);
  await page.reload();
  await join(page, options);
  expect(await token(page)).toBe(first);
  const other = await join(await openTab(context, app), options);
  for (const tab of [page, other]) await wait(tab, HOUR);
  const [one, another] = await Promise.all([token(page), token(other)]);
  expect(one).toBe(another);
  expect(server).toMatchObject({ refreshes: 1, replays: [] });
  expect((await storedKey(page)).count).toBe(1);
  await other.evaluate(() => session.logout());
  await expect.poll(() => isOver(page)).toBe(OVER);
  expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
});

const LOSSES = {
  "the key is lost": (page) =>
    page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.deleteDatabase("space-auth");
          request.onsuccess = resolve;
          request.onblocked = reject;
        }),
    ),
  "the text was changed": (page) =>
    page.evaluate(() => {
      const [[name, text]] = Object.entries(localStorage);
      const middle = text.length >> 1;
      localStorage.setItem(
        name,
        text.slice(0, middle) + (text[middle] === "A" ? "B" : "A") + text.slice(middle + 1),
      );
    }),
  "the text is none of ours": (page) =>
    page.evaluate(() => localStorage.setItem(Object.keys(localStorage)[0], "%%%")),
  "the text is empty": (page) => page.evaluate(() => localStorage.setItem(Object.keys(localStorage)[0], "")),
};

for (const [what, lose] of Object.entries(LOSSES)) {
  test(`G10 G02: ${what}: signed out, cleanly`, async ({ page, app, as }) => {
    rotate(as);
    const options = encrypted(as);
    await signIn(page, app, options);
    await lose(page);
    await page.reload();
    expect(await resume(page, options)).toEqual({ value: null });
    expect(
      await page.evaluate(() => Object.keys(localStorage)),
      "nothing is left that nobody can read",
    ).toEqual([]);
    await signIn(page, app, options);
    expect(await page.evaluate(async () => (await session.fetch("x")).status)).toBe(200);
  });
}

test("G10 G03: a text of another session is not mistaken for this one", async ({ page, app, as }) => {
  rotate(as);
  const [one, other] = [encrypted(as), { ...encrypted(as), clientId: "other" }];
  await signIn(page, app, one);
  const [, text] = await record(page, "localStorage");
  await signIn(page, app, other);
  await page.evaluate((text) => {
    for (const name of Object.keys(localStorage)) localStorage.setItem(name, text);
  }, text);
  await page.reload();
  expect(await resume(page, other)).toEqual({ value: null });
  expect(await resume(page, one)).toMatchObject({ value: { signedIn: true, clientId: "spa" } });
});

test("G10: without `crypto.subtle` it is unsupported, and says so before anything is sent", async ({
  page,
  app,
  as,
}) => {
  const site = await startSite(app, "app.intranet.test");
  await page.goto(site.origin);
  const failed = await resume(page, { ...encrypted(as), allowHttp: true });
  expect(failed).toMatchObject({
    isAuthError: true,
    code: "unsupported",
    phase: "configure",
    retryable: false,
  });
  expect(as.requests).toEqual([]);
  await site.close();
});
