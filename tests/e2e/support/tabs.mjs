// Several tabs of one application, and a server that no token can be played to twice.
import { singleUse } from "./rotating.mjs";
import { expect, reply, resume, signIn, test as base } from "./test.mjs";

export const test = base.extend({
  context: async ({ context }, use) => {
    const uncaught = [];
    context.on("weberror", (error) => uncaught.push(error.error().message));
    await use(context);
    expect(uncaught, "uncaught errors and unhandled rejections").toEqual([]);
  },
});

export const HOUR = 3_600_000;

/** By then the other tabs must know of a log-out (E18), ms. */
const LIMIT = 500;

/**
 * Has the token endpoint give tokens that name their sign-in, the family: `at-1-2` is the second one of the first
 * sign-in. A refresh token is good once; whoever uses it again ends its family (RFC 9700 section 4.14.2), unless the
 * server is forgiving.
 * @param {any} as the scripted server
 * @param {{ isForgiving?: boolean, more?: object }} [how] `more` members of the answers
 */
export function rotate(as, { isForgiving = false, more = {} } = {}) {
  const refreshTokens = singleUse({ isForgiving });
  const server = {
    families: 0,
    refreshes: 0,
    /** Tokens that were used again. */
    replays: [],
    /** Whether answers to a refresh wait in `held` until the test gives them: `held[0].answer()`. */
    holds: false,
    held: [],
    more,
  };
  let serial = 0;
  as.routes["/token"] = (request, res) => {
    const { grant_type: grant, refresh_token: used } = request.form;
    const isRefresh = grant === "refresh_token";
    if (isRefresh) server.refreshes += 1;
    else server.families += 1;
    const { family, isGranted } = isRefresh
      ? refreshTokens.use(used)
      : { family: { number: server.families }, isGranted: true };
    const number = family?.number;
    let answer;
    if (isGranted) {
      serial += 1;
      const names = { access_token: `at-${number}-${serial}`, refresh_token: `rt-${number}-${serial}` };
      const tokens = { ...names, token_type: "Bearer", expires_in: 3600, ...server.more };
      refreshTokens.add(tokens.refresh_token, family);
      answer = () => reply(res, 200, tokens);
    } else {
      server.replays.push(used);
      answer = () => reply(res, 400, { error: "invalid_grant" });
    }
    if (isRefresh && server.holds) server.held.push({ family: number, answer });
    else answer();
  };
  return server;
}

/** Another tab, that has no session yet. */
export async function openTab(context, app) {
  const tab = await context.newPage();
  await tab.goto(app.origin);
  return tab;
}

/** A tab that finds the session there already. */
export async function join(tab, options) {
  expect(await resume(tab, options)).toMatchObject({ value: { signedIn: true } });
  return tab;
}

/** Another tab, that has the session. */
export const another = async (context, app, options) => join(await openTab(context, app), options);

/** Signs in, and gives another tab of the same session; the events of both are noted. */
export async function signInTwoTabs({ page, context, app }, options) {
  await signIn(page, app, options);
  const other = await another(context, app, options);
  for (const tab of [page, other]) await watchEvents(tab);
  return other;
}

/** Signs in at once, whoever was signed in before. */
export const enter = (tab, options) =>
  tab.evaluate(async (options) => {
    const { password } = await lib();
    window.session = await password({ ...options, username: "alice", password: "x" });
    return session.accessToken();
  }, options);

export const token = (tab) => tab.evaluate(() => session.accessToken());

/** The sign-in that a tab's token is of. */
export const family = async (tab) => Number((await token(tab)).split("-")[1]);

/** As if so many milliseconds had passed by the clock. */
export const wait = (tab, time) =>
  tab.evaluate((time) => {
    const now = Date.now.bind(Date);
    Date.now = () => now() + time;
  }, time);

/** Many calls at once; gives the statuses that they came back with. */
export const manyCalls = (tab, times = 20) =>
  tab.evaluate(async (times) => {
    const calls = Array.from({ length: times }, () => session.fetch("x").then(({ status }) => status));
    return [...new Set(await Promise.all(calls))];
  }, times);

/** Notes the events of a tab's session: `events` in the page. */
export const watchEvents = (tab) =>
  tab.evaluate(() => {
    window.events = [];
    for (const name of ["refreshed", "signedout", "error"])
      session.on(name, ({ error }) => events.push(name === "error" ? error.code : name));
  });

export const events = (tab) => tab.evaluate(() => events);

/** Whether a session is at its end, seen from outside: without a call that would look at a store. */
export const isOver = (tab) => tab.evaluate(() => [session.signedIn, session.signal.aborted].join());

export const OVER = "false,true";

/** A call finds the session at its end. */
export async function expectSignedOut(tab) {
  const failed = await tab.evaluate(() => outcome(() => session.fetch("x")));
  expect(failed).toMatchObject({ isAuthError: true, code: "not_signed_in" });
}

/** Logs out in one tab; the others hear of it in time, by the clock that their pages share. */
export async function logOut(tab, others) {
  for (const other of others) {
    await other.evaluate(() => {
      session.signal.addEventListener("abort", () => {
        window.heard = performance.timeOrigin + performance.now();
      });
    });
  }
  const start = await tab.evaluate(() => {
    const start = performance.timeOrigin + performance.now();
    return session.logout().then(() => start);
  });
  for (const other of others) {
    await expect.poll(() => isOver(other)).toBe(OVER);
    expect((await other.evaluate(() => heard)) - start).toBeLessThan(LIMIT);
  }
}

/** All that a page of this origin can find in its stores, as one text. */
export const everyStore = (tab) =>
  tab.evaluate(async () => {
    const found = [JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])];
    const answer = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const { name } of await indexedDB.databases()) {
      const database = await answer(indexedDB.open(name));
      for (const store of database.objectStoreNames) {
        const values = database.transaction(store).objectStore(store);
        found.push(JSON.stringify([store, await answer(values.getAllKeys()), await answer(values.getAll())]));
      }
      database.close();
    }
    for (const name of await caches.keys()) found.push(name);
    return found.join("\n");
  });
