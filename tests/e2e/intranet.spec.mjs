// Plain http on a host of an intranet: no secure context, so that the browser lacks what it gives to others.
import config from "../../playwright.config.mjs";
import { startServer } from "../../www/server/index.mjs";
import { decide, logInAs } from "./support/pages.mjs";
import { expect, record } from "./support/test.mjs";
import { begin, logIn, open, signedIn, startNamed, startSite, test as base } from "./support/site.mjs";

const { launchOptions } = config.use;
const test = base.extend({
  intranet: async ({ app }, use) => {
    const site = await startSite(app, "app.intranet.test");
    const server = await startServer({
      redirectUris: [`${site.origin}/callback`, `${site.origin}/`],
      allowOrigin: () => true,
    });
    const named = await startNamed("pm.intranet.test", server.port);
    await use({ site, server, url: named.url });
    for (const one of [named, server, site]) await one.close();
  },
});

test.use({
  launchOptions: {
    ...launchOptions,
    args: [...launchOptions.args, "--host-resolver-rules=MAP *.intranet.test 127.0.0.1"],
  },
});

const processMaker = (url, more = {}) => ({
  preset: ["processMaker", url, "workflow"],
  clientId: "x-playground",
  clientSecret: "x-playground-secret",
  allowHttp: true,
  ...more,
});

const status = (page) => page.evaluate(async () => (await session.fetch("users/me")).status);

async function expectInsecure(page) {
  expect(await page.evaluate(() => [isSecureContext, crypto.subtle, navigator.locks])).toEqual([
    false,
    undefined,
    undefined,
  ]);
}

/** The session does all that sessions do. */
async function expectAlive(page, options, flow, server) {
  const grant = flow === "code" ? "authorization_code" : "implicit";
  expect(await status(page)).toBe(200);
  await page.goto(`${new URL(page.url()).origin}/app`);
  await expectInsecure(page);
  expect(await page.evaluate((options) => resume(options), options)).toMatchObject({
    value: { signedIn: true, grant },
  });
  expect(await status(page)).toBe(200);
  const before = await page.evaluate(() => session.accessToken());
  const refreshed = await page.evaluate(() => outcome(() => session.refresh()));
  if (flow === "code") {
    expect(refreshed).toEqual({});
    expect(await page.evaluate(() => session.accessToken())).not.toBe(before);
    expect(await status(page)).toBe(200);
    expect(server.counters["token.refresh_token"]).toBe(1);
    const twenty = () => Promise.all(Array.from({ length: 20 }, () => session.refresh()));
    await page.evaluate(twenty);
    expect(server.counters["token.refresh_token"]).toBe(2);
  } else expect(refreshed).toMatchObject({ code: "refresh_unavailable" });
  await page.evaluate(() => session.logout());
  expect(await record(page)).toBe(undefined);
}

for (const flow of ["code", "implicit"]) {
  test(`A06 A10 E06: ProcessMaker, ${flow}, by redirect`, async ({
    page,
    intranet: { site, server, url },
  }) => {
    const options = site.redirectPage(processMaker(url, { flow, appState: { route: "/x" } }));
    await page.goto(site.origin);
    await expectInsecure(page);
    await page.evaluate((options) => window.begin(options), options);
    await logInAs(page);
    await decide(page);
    await page.waitForURL(options.redirectUri);
    expect(await page.evaluate(() => completed)).toMatchObject({
      value: { signedIn: true, appState: { route: "/x" } },
    });
    await expectAlive(page, options, flow, server);
  });

  test(`A06 A10 E06 I03: ProcessMaker, ${flow}, by popup`, async ({
    page,
    context,
    intranet: { site, server, url },
  }) => {
    const options = site.redirectPage(processMaker(url, { flow, appState: { route: "/x" } }));
    await page.goto(`${site.origin}/app`);
    await expectInsecure(page);
    const popup = await open(page, options);
    await logIn(popup);
    expect(await signedIn(page)).toMatchObject({ value: { signedIn: true, appState: { route: "/x" } } });
    expect(page.url()).toBe(`${site.origin}/app`);
    expect(context.pages()).toEqual([page]);
    await expectAlive(page, options, flow, server);
  });
}

test("A06 A10: Space with PKCE, by popup", async ({ page, intranet: { site, server, url } }) => {
  const options = site.redirectPage({ preset: ["space", url], clientId: "playground", allowHttp: true });
  await page.goto(site.origin);
  await expectInsecure(page);
  const popup = await open(page, options);
  expect(new URL(popup.url() === "about:blank" ? await address(popup) : popup.url()).search).toContain(
    "code_challenge_method=S256",
  );
  await logIn(popup);
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  expect(server.counters.token).toBe(1);
});

async function address(popup) {
  await popup.getByLabel("User name").waitFor();
  return popup.url();
}

test("A10: without `allowHttp` nobody goes anywhere", async ({ page, context, intranet: { site, url } }) => {
  const options = site.redirectPage(processMaker(url, { allowHttp: false }));
  await page.goto(site.origin);
  for (const mode of ["redirect", "popup", "silent"]) {
    await begin(page, { ...options, mode });
    expect(await signedIn(page)).toMatchObject({ isAuthError: true, code: "invalid_configuration" });
  }
  await expect.poll(() => context.pages().length).toBe(1);
  expect(page.url()).toBe(`${site.origin}/`);
});
