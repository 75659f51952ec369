// The fixtures: per worker one unpacked package with its application's origin, per test servers of its own.
import { test as base, expect } from "@playwright/test";
import { startServer } from "../../../www/server/index.mjs";
import { startApp } from "./app.mjs";
import { unpack } from "./packed.mjs";
import { startScripted } from "./scripted.mjs";

export { expect };
export { reply, s256, UNAUTHORIZED } from "./scripted.mjs";

export const test = base.extend({
  app: [
    async ({}, use) => {
      const { folder, remove } = await unpack();
      const app = await startApp(folder);
      await use(app);
      await app.close();
      await remove();
    },
    { scope: "worker" },
  ],

  /** The scripted authorization server and API. */
  as: async ({}, use) => {
    const server = await startScripted();
    await use(server);
    await server.close();
  },

  /** Another one, to which nothing may go. */
  evil: async ({}, use) => {
    const server = await startScripted({ host: "localhost" });
    await use(server);
    await server.close();
  },

  /** The embedded server: Space and ProcessMaker. */
  embedded: async ({ app }, use) => {
    const server = await startServer({ port: 0, host: "localhost", redirectUris: [`${app.origin}/`] });
    await use(server);
    await server.close();
  },

  /** Every page of these tests: uncaught errors fail the test, whatever it looks at. */
  page: async ({ page }, use) => {
    const uncaught = [];
    page.on("pageerror", (error) => uncaught.push(error.message));
    await use(page);
    expect(uncaught, "uncaught errors and unhandled rejections").toEqual([]);
  },
});

/** Whether an address is the app's with an answer of the authorization server in it. */
export const isAnswer = (app) => (url) =>
  url.origin === app.origin && /[?&#](code|access_token|error)=/.test(url.href);

/** Signs in at the scripted server up to the redirect back; the answer is still in the address bar. */
export async function comeBack(page, app, options, path = "/") {
  if (page.url() !== app.origin + path) await page.goto(app.origin + path);
  const back = page.waitForURL(isAnswer(app));
  await page.evaluate((options) => begin(options), { redirectUri: `${app.origin}/`, ...options });
  await back;
}

/** Completes or restores in the page, without asking anybody; the session is `window.session`. */
export const resume = (page, options) => page.evaluate((options) => resume(options), options);

/** Enters by a call that leaves the page where it is; the session is `window.session`. */
export const enterBy = (page, name, options) =>
  page.evaluate(
    ([name, options]) =>
      outcome(async () => {
        window.session = await (await lib())[name](await helpers.options(options));
        return summary(session);
      }),
    [name, options],
  );

/** Signs in at the scripted server; the session is `window.session`. */
export async function signIn(page, app, options, path) {
  await comeBack(page, app, options, path);
  const { value, ...error } = await resume(page, options);
  expect(error).toEqual({});
  expect(value.signedIn).toBe(true);
  return value;
}

/** The outcome of a call of the library in the page: `{ value }` or what the error says. */
export const call = (page, name, ...args) =>
  page.evaluate(([name, args]) => outcome(async () => (await lib())[name](...args)), [name, args]);

export const client = (as, more = {}) => ({ server: as.server, clientId: "spa", ...more });

export const space = (embedded, more = {}) => ({
  preset: ["space", embedded.url],
  clientId: "playground",
  ...more,
});

/** Everything that web storage holds, as one text. */
export const stored = (page) =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

/** The one record of a session in a storage: `[key, text]`. */
export const record = (page, area = "sessionStorage") =>
  page.evaluate(
    (area) => Object.entries(window[area]).find(([key]) => key.startsWith("space-auth:session:")),
    area,
  );
