// `storage: "encrypted"`: what is on the disk, who can read it, and what happens when nobody can any more.
import config from "../../playwright.config.mjs";
import { client, expect, resume, signIn } from "./support/test.mjs";
import { startNamed, startSite } from "./support/site.mjs";
import {
  another,
  everyStore,
  HOUR,
  join,
  logOut,
  manyCalls,
  openTab,
  rotate,
  test,
  token,
  wait,
} from "./support/tabs.mjs";

const { launchOptions } = config.use;
test.use({
  launchOptions: {
    ...launchOptions,
    args: [...launchOptions.args, "--host-resolver-rules=MAP *.intranet.test 127.0.0.1"],
  },
});

const encrypted = (as, more = {}) => client(as, { storage: "encrypted", ...more });

/** The one item of the session: `[key, text]`. */
const item = (tab) =>
  tab.evaluate(() => Object.entries(localStorage).find(([key]) => key.startsWith("space-auth:session:")));

const put = (tab, key, text) => tab.evaluate(([key, text]) => localStorage.setItem(key, text), [key, text]);

/** Deletes the key with its database; rejects while somebody keeps it open. */
const loseKey = (tab) =>
  tab.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const deletion = indexedDB.deleteDatabase("space-auth");
        deletion.onsuccess = () => resolve();
        deletion.onblocked = deletion.onerror = () => reject(new Error("kept open"));
      }),
  );

/** The texts that a text could hide: itself, and what base64 in it says, as UTF-8, UTF-16 and reversed. */
function unfolded(text) {
  const bytes = (text.match(/[\w+/=-]{8,}/g) ?? []).flatMap((part) =>
    [0, 1, 2, 3].map((skipped) => Buffer.from(part.slice(skipped), "base64")),
  );
  const all = [
    text,
    ...bytes.flatMap((each) => ["latin1", "utf8", "utf16le"].map((how) => each.toString(how))),
  ];
  return all.flatMap((each) => [each, [...each].reverse().join("")]);
}

test("G10: neither the record nor IndexedDB shows a byte of a token", async ({ page, app, as }) => {
  const SENTINELS = ["sentinel-access", "sentinel-refresh", "sentinel-scope"];
  const server = rotate(as);
  await signIn(page, app, encrypted(as));
  server.more = { access_token: SENTINELS[0], refresh_token: SENTINELS[1], scope: SENTINELS[2] };
  await page.evaluate(() => session.refresh());
  expect(await token(page)).toBe(SENTINELS[0]);
  const [, text] = await item(page);
  expect(Buffer.from(text, "base64").length).toBeGreaterThan(200);
  const texts = [...unfolded(text), ...unfolded(await everyStore(page))];
  for (const what of [...SENTINELS, "access_token", "refresh_token", "authorization_code"])
    expect(
      texts.some((each) => each.includes(what) || each.includes(what.slice(-8))),
      what,
    ).toBe(false);

  // The search finds what is there.
  const plain = Buffer.from(`{"access_token":"${SENTINELS[0]}"}`).toString("base64");
  expect(unfolded(plain).some((each) => each.includes(SENTINELS[0]))).toBe(true);
  // Equal records do not look equal.
  await page.evaluate(() => session.refresh());
  const [, again] = await item(page);
  expect(again.slice(0, 16)).not.toBe(text.slice(0, 16));
});

test("G10: the session is there after a reload, in another tab, and is one for both", async ({
  page,
  context,
  app,
  as,
}) => {
  const server = rotate(as);
  const options = encrypted(as);
  await signIn(page, app, options);
  const before = await token(page);
  await page.reload();
  await join(page, options);
  const other = await another(context, app, options);
  expect([await token(page), await token(other)]).toEqual([before, before]);

  for (let time = 1; time <= 3; time++) {
    for (const tab of [page, other]) await wait(tab, HOUR);
    expect(await Promise.all([manyCalls(page), manyCalls(other)])).toEqual([[200], [200]]);
    expect(server).toMatchObject({ refreshes: time, replays: [] });
    expect(await token(page)).toBe(await token(other));
  }
  await page.close();
  await other.evaluate(() => session.refresh());
  expect(server).toMatchObject({ refreshes: 4, replays: [] });
  const third = await another(context, app, options);
  await logOut(third, [other]);
  expect(await item(other)).toBe(undefined);
});

test("G10: the key cannot be read out", async ({ page, app, as }) => {
  await signIn(page, app, encrypted(as));
  const keys = await page.evaluate(async () => {
    const answer = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    const found = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name));
      for (const store of database.objectStoreNames)
        found.push(...(await answer(database.transaction(store).objectStore(store).getAll())));
      database.close();
    }
    const keys = found.filter((value) => value instanceof CryptoKey);
    const exported = (key, how) =>
      crypto.subtle.exportKey(how, key).then(
        () => "exported",
        ({ name }) => name,
      );
    return Promise.all(
      keys.map(async (key) => ({
        ...{ extractable: key.extractable, algorithm: key.algorithm, usages: [...key.usages].sort() },
        exports: await Promise.all(["raw", "jwk"].map((how) => exported(key, how))),
      })),
    );
  });
  expect(keys).toEqual([
    {
      extractable: false,
      algorithm: { name: "AES-GCM", length: 256 },
      usages: ["decrypt", "encrypt"],
      exports: ["InvalidAccessError", "InvalidAccessError"],
    },
  ]);
});

test("G10: with its key lost a session is over, and the next one is as good as any", async ({
  page,
  context,
  app,
  as,
}) => {
  const options = encrypted(as);
  await signIn(page, app, options);
  await loseKey(page);
  await page.reload();
  expect(await resume(page, options)).toEqual({ value: null });
  expect(await resume(page, options)).toEqual({ value: null });
  expect(await item(page), "what nobody can read is cleared away").toBe(undefined);
  expect(as.refreshes).toBe(0);

  await signIn(page, app, options);
  await page.reload();
  await join(page, options);
  await another(context, app, options);
});

test("G10: the key may be lost while the session is in use", async ({ page, context, app, as }) => {
  const server = rotate(as);
  const options = encrypted(as);
  await signIn(page, app, options);
  await loseKey(page);
  // The page has it still; what a refresh brings is stored under a new one.
  for (const call of ["accessToken", "refresh", "accessToken"]) {
    expect(await page.evaluate((call) => outcome(async () => void (await session[call]())), call)).toEqual(
      {},
    );
  }
  const other = await another(context, app, options);
  expect(await token(other)).toBe(await token(page));
  expect(server.replays).toEqual([]);
});

test("G10: what is stored under a new key is not mistaken for spoilt by whoever has the old one", async ({
  page,
  context,
  app,
  as,
}) => {
  const options = encrypted(as);
  await signIn(page, app, options);
  await loseKey(page);
  const other = await openTab(context, app);
  expect(await resume(other, options), "nobody can read what is stored").toEqual({ value: null });
  await signIn(other, app, options);
  await join(page, options);
  expect(await token(page)).toBe(await token(other));
  await other.reload();
  await join(other, options);
});

const flip = (text, at) => {
  const bytes = Buffer.from(text, "base64");
  bytes[(at + bytes.length) % bytes.length] ^= 1;
  return bytes.toString("base64");
};

/** What may have become of the text, and what else may be in its place. */
const TAMPERINGS = {
  "a bit of the nonce": (text) => flip(text, 0),
  "a bit of the text": (text) => flip(text, 40),
  "a bit of the tag": (text) => flip(text, -1),
  "its end": (text) => text.slice(0, -8),
  "its beginning": (text) => text.slice(16),
  "all but the nonce": (text) => text.slice(0, 16),
  nothing: () => "",
  "no base64": () => "{}*",
  "a plain record": () =>
    JSON.stringify({
      v: 1,
      generation: 9e15,
      family: "f",
      grant: "password",
      access_token: "evil",
      scope: "",
    }),
  "the text of another client": (text, other) => other,
};

test("G10 G02: a text that was tampered with, or is another's, is none", async ({ page, app, as }) => {
  const [options, another] = ["spa", "another"].map((clientId) => encrypted(as, { clientId }));
  await signIn(page, app, another);
  const [otherKey, otherText] = await item(page);
  await page.evaluate(() => localStorage.clear());
  await signIn(page, app, options);
  const [key, text] = await item(page);
  expect(key).not.toBe(otherKey);

  for (const [what, tamper] of Object.entries(TAMPERINGS)) {
    await page.reload();
    await put(page, key, tamper(text, otherText));
    expect(await resume(page, options), what).toEqual({ value: null });
    expect(await item(page), what).toBe(undefined);
  }
  expect(as.refreshes).toBe(0);
});

test("G10: without `crypto.subtle` it is refused, and not done halfway", async ({ page, app, as }) => {
  const site = await startSite(app, "app.intranet.test");
  const named = await startNamed("as.intranet.test", Number(new URL(as.url).port));
  try {
    await page.goto(site.origin);
    expect(await page.evaluate(() => [isSecureContext, crypto.subtle])).toEqual([false, undefined]);
    const server = { authorizationEndpoint: `${named.url}/auth`, tokenEndpoint: `${named.url}/token` };
    const given = { server, clientId: "spa", storage: "encrypted", allowHttp: true };
    for (const name of ["login", "password", "handleRedirect"]) {
      const failed = await page.evaluate(
        ([name, given]) => outcome(async () => (await lib())[name](given)),
        [name, { ...given, username: "alice", password: "x" }],
      );
      expect(failed, name).toMatchObject({
        ...{ isAuthError: true, code: "unsupported", phase: "configure", retryable: false },
        hint: expect.stringContaining("crypto.subtle"),
      });
    }
    expect(page.url()).toBe(`${site.origin}/`);
    expect(await page.evaluate(() => localStorage.length + sessionStorage.length)).toBe(0);
    expect(as.requests).toEqual([]);
  } finally {
    await named.close();
    await site.close();
  }
});
