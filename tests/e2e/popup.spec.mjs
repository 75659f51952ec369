// Signing in by a window of its own, as a user meets it.
import { BLOCKER, NOTHING } from "./support/popup.mjs";
import { client, expect, reply, space, stored } from "./support/test.mjs";
import {
  begin,
  lastClick,
  leftovers,
  logIn,
  logInPage,
  open,
  signedIn,
  test,
  watchLeftovers,
} from "./support/site.mjs";

test.use(BLOCKER);

const WAYS = {
  login: (options) => (window.completed = resume(options)),
  handleRedirect: (options) =>
    (window.completed = outcome(async () => {
      const { handleRedirect } = await lib();
      window.session = await handleRedirect(await helpers.options(options));
      return session && summary(session);
    })),
};

for (const flow of ["code", "implicit"]) {
  for (const [way, work] of Object.entries(WAYS)) {
    test(`A05 B13 I02 I03: ${flow}, by a redirect page that calls ${way}`, async ({
      page,
      context,
      site,
      embedded,
    }) => {
      const appState = { route: "/x" };
      const options = site.redirectPage(space(embedded, { flow, appState }), "/callback", work);
      embedded.registerRedirectUri("playground", options.redirectUri);
      const address = `${site.origin}/app?page=2#/inbox`;
      await page.goto(address);
      const before = await page.evaluate(() => [history.length, document.body.innerHTML]);
      const popup = await open(page, options);
      await logIn(popup);

      const { value, ...failed } = await signedIn(page);
      expect(failed).toEqual({});
      const grant = flow === "code" ? "authorization_code" : "implicit";
      expect(value).toMatchObject({ signedIn: true, grant, appState });
      expect(
        await page.evaluate(async () => (await session.fetch("team-directory/profiles/me")).status),
      ).toBe(200);
      expect(page.url()).toBe(address);
      expect(await page.evaluate(() => [history.length, document.body.innerHTML])).toEqual(before);
      expect(context.pages()).toEqual([page]);
      expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
      expect(embedded.counters.token).toBe(flow === "code" ? 1 : 0);

      // The very same page ends a sign-in by redirect.
      await page.evaluate(() => session.logout());
      await page.evaluate((options) => window.begin(options), options);
      await page.waitForURL((url) => url.origin === site.origin && url.pathname === "/callback");
      expect(await page.evaluate(() => completed)).toMatchObject({ value: { signedIn: true, appState } });
      expect(page.url()).toBe(options.redirectUri);
    });
  }
}

/** A page with a button that signs in; the module is there before the click. */
const withButton = (site, options) =>
  site.onLoad(
    "/button",
    async (options) => {
      const { login } = await lib();
      const given = await helpers.options({ mode: "popup", ...options });
      const button = Object.assign(document.createElement("button"), { textContent: "Sign in" });
      button.onclick = () => (window.signingIn = outcome(async () => summary(await login(given))));
      document.body.append(button);
    },
    options,
  );

test("I05: a click opens the window, though the browser blocks others", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(withButton(site, options));
  const event = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Sign in" }).click();
  await lastClick(await event, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
});

test("B17: parameters of the page's own do not keep the window away", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as));
  for (const own of ["/issues?state=open", "/#/issues?state=open", "/issues?code=2&state=open"]) {
    await page.goto(site.origin + own);
    await page.evaluate(() => sessionStorage.clear());
    await begin(page, options);
    expect(await signedIn(page), own).toMatchObject({ value: { signedIn: true } });
    expect(page.url()).toBe(site.origin + own);
    await page.goto("about:blank");
  }
});

test("I09 E04: five windows at once, in another order", async ({ page, context, site, as }) => {
  const server = logInPage(as);
  as.routes["/auth"] = (request, res) => {
    const { redirect_uri: back, state, client_id: id, scope } = request.query;
    res.writeHead(302, { Location: as.answerAt(back, "code", { code: `${id}-${scope}`, state }) }).end();
  };
  as.routes["/token"] = ({ form }, res) =>
    form.code.startsWith(`${form.client_id}-`)
      ? reply(res, 200, as.tokens({ access_token: `at-${form.code}`, scope: form.code.split("-")[1] }))
      : reply(res, 400, { error: "invalid_grant" });
  const all = [
    ["a", "one"],
    ["a", "two"],
    ["b", "one"],
    ["b", "two"],
    ["c", "three"],
  ].map(([clientId, scope]) =>
    site.redirectPage(
      client(as, { server, clientId, scope, appState: `${clientId}-${scope}` }),
      `/${clientId}/${scope}`,
    ),
  );
  await page.goto(site.origin);
  const popups = [];
  for (const options of all) {
    popups.push(await open(page, options));
    await page.evaluate(() => (window.all ??= []).push(signingIn));
  }
  expect(context.pages().length).toBe(6);
  for (const index of [3, 0, 4, 2, 1]) await lastClick(popups[index], "Log in");
  const done = await page.evaluate(async () => Promise.all(all));
  for (const [index, { clientId, scope, appState }] of all.entries()) {
    expect(done[index]).toMatchObject({ value: { clientId, scopes: [scope], appState, signedIn: true } });
  }
  const tokens = await page.evaluate(
    (all) =>
      Promise.all(
        all.map(async (options) => (await (await lib()).login({ ...options, mode: "check" })).accessToken()),
      ),
    all,
  );
  expect(tokens).toEqual(all.map(({ appState }) => `at-${appState}`));
  expect(as.codes).toBe(5);
});

test("I09: two windows of one client both give its session", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(site.origin);
  const first = await open(page, options);
  await page.evaluate(() => {
    window.firstOne = signingIn;
  });
  const second = await open(page, options);
  await lastClick(second, "Log in");
  await lastClick(first, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  expect(await page.evaluate(() => firstOne)).toMatchObject({ value: { signedIn: true } });
  expect(await page.evaluate(() => session.signedIn)).toBe(true);
});

test("C03 I06: an abort ends the sign-in; the window, which nobody can reach, is left to the user", async ({
  page,
  context,
  site,
  as,
}) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await watchLeftovers(page);
  await page.goto(site.origin);
  await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
  const before = await leftovers(page);
  const event = page.waitForEvent("popup");
  await page.evaluate(async (options) => {
    const { login } = await lib();
    window.controller = new AbortController();
    const { signal } = controller;
    window.signingIn = outcome(() => login({ ...options, mode: "popup", signal }));
  }, options);
  const popup = await event;
  await popup.getByRole("button").waitFor();
  await page.evaluate(() => controller.abort());
  expect(await signedIn(page)).toMatchObject({ isAuthError: true, code: "aborted" });
  await popup.close();
  expect(context.pages()).toEqual([page]);
  expect(await leftovers(page)).toEqual(before);

  const early = await page.evaluate(async (options) => {
    const { login } = await lib();
    return outcome(() => login({ ...options, mode: "popup", signal: AbortSignal.abort() }));
  }, options);
  expect(early).toMatchObject({ isAuthError: true, code: "aborted" });
  expect(context.pages()).toEqual([page]);
});

for (const flow of ["code", "implicit"]) {
  test(`B12: ${flow}: a denial`, async ({ page, context, site, embedded }) => {
    const options = site.redirectPage(space(embedded, { flow }));
    embedded.registerRedirectUri("playground", options.redirectUri);
    await watchLeftovers(page);
    await page.goto(site.origin);
    const popup = await open(page, options);
    await logIn(popup, "Deny");
    expect(await signedIn(page)).toMatchObject({
      isAuthError: true,
      code: "access_denied",
      phase: "redirect",
    });
    expect(context.pages()).toEqual([page]);
    expect(await leftovers(page)).toMatchObject(NOTHING);
    expect(embedded.counters.token).toBe(0);
  });
}

test("E16: a stored session is restored, and the window closed again", async ({
  page,
  context,
  site,
  as,
}) => {
  const options = site.redirectPage(client(as));
  await page.goto(site.origin);
  await open(page, options);
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  await expect.poll(() => context.pages().length).toBe(1);
  await page.reload();
  const asked = as.requests.length;
  const popup = await open(page, options);
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  if (!popup.isClosed()) await popup.waitForEvent("close");
  expect(context.pages()).toEqual([page]);
  expect(as.requests.length).toBe(asked);
});

test("E16: whose stored session is over signs in at the first attempt", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as));
  as.routes["/token"] = ({ form }, res) =>
    form.grant_type === "refresh_token"
      ? reply(res, 400, { error: "invalid_grant" })
      : reply(res, 200, as.tokens({ expires_in: 1 }));
  await page.goto(site.origin);
  for (const time of [1, 2]) {
    await open(page, options);
    expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
    expect(as.refreshes).toBe(time - 1);
    await page.waitForTimeout(1_100);
    await page.reload();
  }
});

test("A09: wrong options close the window again", async ({ page, context, site, as }) => {
  const options = site.redirectPage(client(as));
  await page.goto(site.origin);
  for (const wrong of [{ redirectUri: "/x" }, { clientId: "" }, { server: {} }, { flow: "magic" }]) {
    await begin(page, { ...options, ...wrong });
    expect(await signedIn(page)).toMatchObject({ isAuthError: true, code: "invalid_configuration" });
    await expect.poll(() => context.pages().length).toBe(1);
  }
  expect(await stored(page)).toBe("[{},{}]");
  expect(as.requests).toEqual([]);
});
