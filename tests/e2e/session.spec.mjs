// A session from sign-in to log-out, on both systems of the embedded server.
import { throughPages } from "./support/pages.mjs";
import { logOut } from "./support/tabs.mjs";
import {
  call,
  client,
  comeBack,
  expect,
  isAnswer,
  reply,
  resume,
  signIn,
  stored,
  test,
} from "./support/test.mjs";

const SYSTEMS = {
  Space: {
    preset: (url) => ["space", url],
    more: { clientId: "playground" },
    me: "team-directory/profiles/me",
  },
  ProcessMaker: {
    preset: (url) => ["processMaker", url, "workflow"],
    more: { clientId: "x-playground", clientSecret: "x-playground-secret" },
    me: "users/me",
  },
};

const optionsOf = (name, embedded, more) => ({
  preset: SYSTEMS[name].preset(embedded.url),
  ...SYSTEMS[name].more,
  ...more,
});

const logIn = (page, app, options, how) =>
  throughPages(page, app, { redirectUri: `${app.origin}/`, ...options }, how);

for (const name of Object.keys(SYSTEMS)) {
  for (const flow of ["code", "implicit"]) {
    test(`A05 B13 C01: ${name}, ${flow}: sign in, call, reload, refresh, log out`, async ({
      page,
      app,
      embedded,
    }) => {
      const options = optionsOf(name, embedded, { flow, appState: { route: "/x" } });
      await logIn(page, app, options);
      const { value, ...failed } = await resume(page, options);
      expect(failed).toEqual({});
      const grant = flow === "code" ? "authorization_code" : "implicit";
      expect(value).toMatchObject({
        signedIn: true,
        grant,
        subject: "user",
        clientId: options.clientId,
        claims: null,
      });
      expect(value.appState).toEqual({ route: "/x" });
      expect(value.scopes).toEqual([name === "Space" ? "**" : "*"]);
      expect(value.expiresAt).toBeGreaterThan(Date.now());
      expect(page.url()).toBe(`${app.origin}/`);
      const me = () => page.evaluate(async (me) => (await session.fetch(me)).status, SYSTEMS[name].me);
      expect(await me()).toBe(200);

      await page.reload();
      expect((await resume(page, options)).value).toMatchObject({ signedIn: true, grant });
      expect(await me()).toBe(200);
      expect(embedded.counters.token).toBe(flow === "code" ? 1 : 0);

      const refreshed = await page.evaluate(() => outcome(() => session.refresh()));
      if (flow === "code") {
        expect(refreshed).toEqual({});
        expect(embedded.counters["token.refresh_token"]).toBe(1);
        embedded.expireAccessTokens();
        if (name === "Space") expect(await me()).toBe(200);
      } else expect(refreshed).toMatchObject({ isAuthError: true, code: "refresh_unavailable" });

      await page.evaluate(() => session.logout());
      expect(await page.evaluate(() => [session.signedIn, session.signal.aborted])).toEqual([false, true]);
      expect(await page.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({
        code: "not_signed_in",
      });
      expect(await stored(page)).toBe("[{},{}]");
      expect(await resume(page, options)).toEqual({ value: null });
      for (const request of embedded.tokenRequests) {
        expect(request).toMatchObject({ method: "POST", referer: null, cookies: false });
        expect(request.bodyParameterNames).not.toContain("client_secret");
      }
    });
  }

  test(`B12: ${name}: a denial`, async ({ page, app, embedded }) => {
    const options = optionsOf(name, embedded);
    await throughPages(page, app, options, { decision: "Deny" });
    expect(await resume(page, options)).toMatchObject({
      isAuthError: true,
      code: "access_denied",
      phase: "redirect",
    });
    expect(page.url()).toBe(`${app.origin}/`);
    expect(embedded.counters.token).toBe(0);
  });
}

for (const [storage, survives] of [
  ["session", true],
  ["local", true],
  ["memory", false],
  ["custom", true],
]) {
  test(`G08: storage ${storage}`, async ({ page, app, embedded }) => {
    const options = optionsOf("Space", embedded, { storage });
    await logIn(page, app, options);
    expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
    const [token, text] = [await page.evaluate(() => session.accessToken()), await stored(page)];
    expect(text.includes(token)).toBe(survives);
    await page.reload();
    const { value } = await resume(page, options);
    expect(Boolean(value?.signedIn)).toBe(survives);
    if (survives) expect(await page.evaluate(() => session.accessToken())).toBe(token);
  });
}

test("B13: hash routes, own parameters and history.state outlive a sign-in", async ({
  page,
  app,
  embedded,
}) => {
  const redirectUri = `${app.origin}/app?tenant=a%2Bb&x=`;
  embedded.registerRedirectUri("playground", redirectUri);
  const options = optionsOf("Space", embedded, { redirectUri });
  await logIn(page, app, options, { path: "/app?tenant=a%2Bb&x=#/inbox" });
  await page.evaluate(() => history.replaceState({ scroll: 7 }, "", `${location.href}#/inbox?code=2`));
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
  expect(page.url()).toBe(`${app.origin}/app?tenant=a%2Bb&x=#/inbox?code=2`);
  expect(await page.evaluate(() => history.state)).toEqual({ scroll: 7 });
  await page.goBack();
  await page.goForward();
  expect(page.url()).toBe(`${app.origin}/app?tenant=a%2Bb&x=#/inbox?code=2`);
});

test("B16: equal options share one session", async ({ page, app, as }) => {
  const options = client(as);
  await signIn(page, app, options);
  const same = await page.evaluate(async (options) => {
    const { login } = await lib();
    const [a, b] = await Promise.all([login(options), login({ ...options, baseUrl: `${location.origin}/` })]);
    await a.refresh();
    const tokens = [await a.accessToken(), await b.accessToken(), await session.accessToken()];
    await b.logout();
    return [new Set(tokens).size, a.signedIn, session.signedIn];
  }, options);
  expect(same).toEqual([1, false, false]);
  expect(as.refreshes).toBe(1);
});

test("A02 B16: the pieces: build, remember, follow, handle", async ({ page, app, as }) => {
  const options = client(as, { redirectUri: `${app.origin}/cb`, scope: ["a", "b"] });
  await page.goto(app.origin);
  const request = await page.evaluate(async (options) => {
    const { init, buildAuthorizationUrl } = await lib();
    await init();
    const before = JSON.stringify([{ ...localStorage }, { ...sessionStorage }]);
    const request = buildAuthorizationUrl(options);
    if (JSON.stringify([{ ...localStorage }, { ...sessionStorage }]) !== before)
      throw new Error("It stored something");
    return request;
  }, options);
  expect(request).toMatchObject({ flow: "code", redirectUri: `${app.origin}/cb` });
  expect(new URL(request.url).searchParams.get("scope")).toBe("a b");

  await page.goto(request.url);
  expect(await call(page, "handleRedirect", options)).toEqual({ value: null });
  expect(isAnswer(app)(new URL(page.url()))).toBe(true);

  const pieces = await page.evaluate(
    async ([request, options]) => {
      const { init, parseRedirect, exchangeCode, refreshTokens, rememberRequest, handleRedirect } =
        await lib();
      await init();
      const { code } = parseRedirect(location.href, request);
      const untouched = location.href.includes("code=");
      const { codeVerifier, redirectUri } = request;
      const first = await exchangeCode({ ...options, code, codeVerifier, redirectUri });
      const second = await refreshTokens({ ...options, refreshToken: first.refreshToken });
      rememberRequest(request);
      const session = await handleRedirect(options);
      return [untouched, first, second, session.signedIn, location.pathname + location.search];
    },
    [request, options],
  );
  expect(pieces).toMatchObject([true, { tokenType: "Bearer", scopes: expect.any(Array) }, {}, true, "/cb"]);
  expect(pieces[1].expiresAt).toBeInstanceOf(Date);
  expect(as.codes).toBe(2);
});

test("E13 E17: log-out forgets first, and then revokes without waiting", async ({ page, app, as }) => {
  const server = { ...as.server, revocationEndpoint: `${as.url}/revoke` };
  const options = client(as, { server });
  as.routes["/revoke"] = () => {};
  await signIn(page, app, options);
  let answer;
  as.routes["/token"] = (request, res) =>
    (answer = () => reply(res, 200, as.tokens({ refresh_token: "rt-late" })));
  const revoked = page.waitForRequest(server.revocationEndpoint);
  const pending = page.evaluate(() => outcome(() => session.refresh()));
  await expect.poll(() => typeof answer).toBe("function");
  await page.evaluate(async () => {
    window.seen = [];
    session.on("signedout", ({ session: told }) => seen.push(told === session));
    await session.logout();
    seen.push(session.signedIn, JSON.stringify({ ...sessionStorage }));
  });
  await revoked;
  expect(await page.evaluate(() => seen)).toEqual(expect.arrayContaining([true, false, "{}"]));
  answer();
  expect(await pending).toMatchObject({ isAuthError: true, code: "not_signed_in" });
  expect(await stored(page)).toBe("[{},{}]");
  expect(await page.evaluate(() => session.signedIn)).toBe(false);
  await expect.poll(() => as.at("/revoke")[0]?.form).toMatchObject({ token_type_hint: "refresh_token" });
});

test("E18: log-out in one tab ends the session in the others", async ({ page, context, app, as }) => {
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const other = await context.newPage();
  await other.goto(app.origin);
  await resume(other, options);
  await other.evaluate(() => {
    window.ended = false;
    session.on("signedout", () => (window.ended = true));
    void session.signal;
  });
  await page.evaluate(() => session.logout());
  // Processes see each other's web storage a moment later.
  await other.waitForFunction(() => localStorage.length === 0);
  expect(await other.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({
    code: "not_signed_in",
  });
  expect(await other.evaluate(() => [session.signedIn, session.signal.aborted, ended])).toEqual([
    false,
    true,
    true,
  ]);
  expect(as.apiCalls).toEqual([]);
});

test("E18: and without anybody asking there", async ({ page, context, app, as }) => {
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const other = await context.newPage();
  await other.goto(app.origin);
  await resume(other, options);
  await logOut(page, [other]);
});

test("E07: events tell the session, and stop when asked to", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  const counts = await page.evaluate(async () => {
    const counts = { refreshed: 0, signedout: 0, mine: 0 };
    for (const name of ["refreshed", "signedout"]) {
      session.on(name, ({ session: told, error }) => told === session && !error && (counts[name] += 1));
    }
    const stop = session.on("refreshed", () => (counts.mine += 1));
    await session.refresh();
    stop();
    stop();
    await Promise.all([session.refresh(), session.refresh(), session.refresh()]);
    await session.logout();
    await session.logout();
    await new Promise((resolve) => setTimeout(resolve));
    return counts;
  });
  expect(counts).toEqual({ refreshed: 2, signedout: 1, mine: 1 });
  expect(as.refreshes).toBe(2);
});

test("C03: an aborted login rejects, and another one goes on", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  let answer;
  as.routes["/token"] = (request, res) => (answer = () => reply(res, 200, as.tokens()));
  const outcomes = page.evaluate(async (options) => {
    const { login } = await lib();
    window.controller = new AbortController();
    const { signal } = controller;
    const calls = [login({ ...options, signal }), login(options)];
    return Promise.all(calls.map((session) => outcome(async () => (await session).signedIn)));
  }, options);
  await expect.poll(() => typeof answer).toBe("function");
  await page.evaluate(() => controller.abort());
  answer();
  const [aborted, other] = await outcomes;
  expect(aborted).toMatchObject({ isAuthError: true, code: "aborted", retryable: false });
  expect(other).toEqual({ value: true });
  expect(as.codes).toBe(1);
});
