// Coming back: the authorization response.
import { call, client, comeBack, expect, isAnswer, reply, resume, stored, test } from "./support/test.mjs";

const IMPLICIT = { flow: "implicit" };

/** Opens an answer of one's own making in place of the server's. `make` gets the good one. */
async function forge(page, app, options, make) {
  await comeBack(page, app, options);
  const url = new URL(page.url());
  const given = new URLSearchParams(options.flow === "implicit" ? url.hash.slice(1) : url.search);
  const forged = make(Object.fromEntries(given), url);
  await page.goto("about:blank");
  await page.goto(app.origin + forged);
  return forged;
}

test("B01: a state that is not exactly the stored one makes no request", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  const { code, state } = Object.fromEntries(new URL(page.url()).searchParams);
  const flipped = state.replace(/[a-z]/gi, (c) => (c < "a" ? c.toLowerCase() : c.toUpperCase()));
  const wrong = [`code=x`, `code=x&state=`, `code=x&state=${flipped}`, `code=x&state=${state}%00`];
  wrong.push(`code=x&state=${state}+`, `code=x&State=${state}`, `code=x&state=${state.slice(0, -1)}`);
  wrong.push(`code=x&state=%20${state}`, `code=x&state=__proto__`, `code=x&state[]=${state}`);
  for (const query of wrong) {
    await page.goto(`${app.origin}/?${query}`);
    expect(await resume(page, options), query).toEqual({ value: null });
    await page.goto(`${app.origin}/#${query}`);
    expect(await resume(page, options), query).toEqual({ value: null });
  }
  expect(as.at("/token")).toEqual([]);
  // None of them used the real one up.
  await page.goto(`${app.origin}/?code=${code}&state=${state}`);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
});

const FORGED = [
  ["B04", "code twice", {}, (a) => `/?code=${a.code}&state=${a.state}&code=evil`],
  ["B04", "state twice", {}, (a) => `/?code=${a.code}&state=${a.state}&state=${a.state}`],
  ["B04", "state twice, the other one wrong", {}, (a) => `/?code=${a.code}&state=${a.state}&state=b`],
  ["B04", "code twice, once encoded", {}, (a) => `/?code=${a.code}&state=${a.state}&c%6fde=evil`],
  [
    "B04",
    "two tokens",
    IMPLICIT,
    (a) => `/#access_token=good&access_token=evil&token_type=bearer&state=${a.state}`,
  ],
  ["B06", "half an escape", IMPLICIT, (a) => `/#access_token=%E0%A4%A&token_type=bearer&state=${a.state}`],
  ["B06", "a bare percent sign", {}, (a) => `/?code=%&state=${a.state}`],
  ["B06", "no hexadecimal", {}, (a) => `/?code=%zz&state=${a.state}`],
  ["B06", "overlong UTF-8", {}, (a) => `/?code=%C0%AF&state=${a.state}`],
  ["B06", "NUL", {}, (a) => `/?code=a%00b&state=${a.state}`],
  ["B06", "a byte order mark", {}, (a) => `/?code=%EF%BB%BF&state=${a.state}`],
  ["B06 B10", "a value of 20 KiB", {}, (a) => `/?code=${"x".repeat(20 << 10)}&state=${a.state}`],
  [
    "B07",
    "a plus sign in a token",
    IMPLICIT,
    (a) => `/#access_token=a%2Bb+c&token_type=bearer&state=${a.state}`,
  ],
  [
    "B09",
    "a token for a code",
    {},
    (a) => `/?code=${a.code}&access_token=evil&token_type=bearer&state=${a.state}`,
  ],
  ["B09", "only a token for a code", {}, (a) => `/?access_token=evil&token_type=bearer&state=${a.state}`],
  [
    "B09",
    "a code for a token",
    IMPLICIT,
    (a) => `/#code=x&access_token=t&token_type=bearer&state=${a.state}`,
  ],
  ["B11", "no token type", IMPLICIT, (a) => `/#access_token=t&state=${a.state}`],
  ["B11", "another token type", IMPLICIT, (a) => `/#access_token=t&token_type=mac&state=${a.state}`],
  [
    "B11",
    "a malformed lifetime",
    IMPLICIT,
    (a) => `/#access_token=t&token_type=bearer&expires_in=1h&state=${a.state}`,
  ],
  ["B11", "an empty token", IMPLICIT, (a) => `/#access_token=&token_type=bearer&state=${a.state}`],
];

for (const [id, what, more, make] of FORGED) {
  test(`${id} B13: ${what} is refused, and gone from the address bar`, async ({ page, app, as }) => {
    const options = client(as, more);
    await forge(page, app, options, make);
    const failed = await resume(page, options);
    expect(failed).toMatchObject({ isAuthError: true, code: "invalid_response", phase: "redirect" });
    expect(page.url()).toBe(`${app.origin}/`);
    expect(as.at("/token")).toEqual([]);
    expect(await stored(page)).not.toContain("evil");
  });
}

test("B05 B07: what parseRedirect makes of encodings", async ({ page, app, as }) => {
  await page.goto(app.origin);
  await page.evaluate(async () => (await lib()).init());
  const parse = (url, request) =>
    call(page, "parseRedirect", url, { url: `${as.url}/auth`, redirectUri: app.origin, ...request });
  const implicit = { flow: "implicit", state: "abc&access_token=evil" };
  const split = await parse(`${app.origin}/#state=abc%26access_token%3Devil&token_type=bearer`, implicit);
  expect(split).toMatchObject({ isAuthError: true, code: "invalid_response" });
  expect(JSON.stringify(split)).not.toContain("evil");
  const good = await parse(
    `${app.origin}/#state=abc%26access_token%3Devil&access_token=a%2Bb&token_type=bearer`,
    implicit,
  );
  expect(good.value).toMatchObject({ accessToken: "a+b", tokenType: expect.stringMatching(/^bearer$/i) });
  const code = { flow: "code", state: "%" };
  expect(await parse(`${app.origin}/?state=%25&code=x`, code)).toEqual({ value: { code: "x" } });
  expect(await parse(`${app.origin}/?state=%2525&code=x`, code)).toMatchObject({ code: "state_mismatch" });
});

test("B06 B10: large and odd addresses are read at once", async ({ page, app, as }) => {
  const options = client(as);
  await page.goto(app.origin);
  const request = await page.evaluate(async (options) => {
    const { init, buildAuthorizationUrl } = await lib();
    await init();
    return buildAuthorizationUrl(options);
  }, options);
  const slowest = await page.evaluate(
    async ([request, origin]) => {
      const { parseRedirect, AuthError } = await lib();
      const good = `code=x&state=${request.state}`;
      const many = Array.from({ length: 10_000 }, (_, i) => `p${i}=1`).join("&");
      const texts = [
        "%".repeat(1 << 20),
        `${good}&x=${"%".repeat(1 << 20)}`,
        `${good}&${many}`,
        "&".repeat(1 << 20),
      ];
      texts.push("x".repeat(5 << 20), `${good}&state=${"%41".repeat(1 << 20)}`, "=".repeat(1 << 20));
      const times = [];
      for (const text of texts) {
        for (const mark of "?#") {
          const runs = [1, 2, 3].map(() => {
            const start = performance.now();
            try {
              parseRedirect(`${origin}/${mark}${text}`, request);
            } catch (error) {
              if (!(error instanceof AuthError)) throw error;
            }
            return performance.now() - start;
          });
          times.push(Math.min(...runs));
        }
      }
      return Math.max(...times);
    },
    [request, app.origin],
  );
  // The bar is 100 ms; the machine may be busy with something else.
  expect(slowest).toBeLessThan(400);
});

test("B10 B17 B18: parameters of others are ignored and kept", async ({ page, app, as }) => {
  const options = client(as);
  const odd = "__proto__=x&constructor[prototype][y]=1&toString=z&utm=1&flag";
  await forge(page, app, options, (a) => `/?${odd}&code=${a.code}&state=${a.state}#/route?code=1`);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
  expect(page.url()).toBe(`${app.origin}/?${odd}#/route?code=1`);
  expect(await page.evaluate(() => [{}.x, {}.y, typeof {}.toString])).toEqual([
    undefined,
    undefined,
    "function",
  ]);
});

test("B08: only the part of the address that belongs to the flow is read", async ({ page, app, as }) => {
  const options = client(as);
  const forged = await forge(page, app, options, (a) => `/?state=attacker#code=${a.code}&state=${a.state}`);
  expect(await resume(page, options)).toEqual({ value: null });
  expect(page.url()).toBe(app.origin + forged);

  const implicit = client(as, IMPLICIT);
  await forge(
    page,
    app,
    implicit,
    (a) => `/?state=attacker#access_token=t&token_type=bearer&state=${a.state}`,
  );
  expect((await resume(page, implicit)).value).toMatchObject({ grant: "implicit" });
  expect(as.at("/token")).toEqual([]);
});

test("B11: an implicit answer brings no refresh token", async ({ page, app, as }) => {
  const options = client(as, IMPLICIT);
  const more = "refresh_token=rt-sentinel&expires_in=60";
  await forge(page, app, options, (a) => `/#access_token=t&token_type=BEARER&${more}&state=${a.state}`);
  const { value } = await resume(page, options);
  expect(value.expiresAt).toBeGreaterThan(Date.now() + 50_000);
  expect(await stored(page)).not.toContain("rt-sentinel");
  const failed = await page.evaluate(() => outcome(() => session.refresh()));
  expect(failed).toMatchObject({ isAuthError: true, code: "refresh_unavailable" });
});

const ERRORS = [
  ["access_denied", "plain words", undefined],
  ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "javascript:alert(1)"],
  ["x".repeat(3000), "y".repeat(15_000), "data:text/html,x"],
  ["server_error", "\u001b[31mred\u202e\u2066\u0000\u0007\r\nnext", "https://as.example/why"],
  ["temporarily_unavailable", "", "vbscript:x"],
];

for (const [index, [error, description, uri]] of ERRORS.entries()) {
  test(`B12 B13: error answer ${index + 1} is inert text`, async ({ page, app, as }) => {
    const options = client(as);
    await forge(page, app, options, ({ state }) => {
      const query = { error, error_description: description, state, ...(uri && { error_uri: uri }) };
      return `/?${new URLSearchParams(query)}`;
    });
    const failed = await resume(page, options);
    expect(failed).toMatchObject({ isAuthError: true, phase: "redirect" });
    if (/^\w{1,64}$/.test(error)) expect(failed.code).toBe(error);
    expect(failed.code.length).toBeLessThanOrEqual(512);
    const text = failed.description ?? "";
    expect(text.length).toBeLessThanOrEqual(512);
    expect(text).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
    expect(page.url()).toBe(`${app.origin}/`);
    expect(await page.evaluate(() => document.body.childNodes.length)).toBe(0);
    expect(as.at("/token")).toEqual([]);
  });
}

test("B12: an error_uri that a link would run is not handed on", async ({ page, app, as }) => {
  for (const uri of ["javascript:alert(1)", " JavaScript:alert(1)", "data:text/html,x", "vbscript:x"]) {
    const options = client(as);
    await page.goto("about:blank");
    await forge(page, app, options, ({ state }) => {
      return `/?${new URLSearchParams({ error: "server_error", error_uri: uri, state })}`;
    });
    const failed = await resume(page, options);
    expect(failed.code).toBe("server_error");
    expect(failed.uri ?? "https:").toMatch(/^https?:/);
  }
});

test("B12: an error with a wrong state does not end the real request", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  const good = page.url();
  await page.goto(`${app.origin}/?error=access_denied&state=wrong`);
  expect(await resume(page, options)).toEqual({ value: null });
  await page.goto(good);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
});

test("B12: an implicit flow's error may stand in the query", async ({ page, app, as }) => {
  const options = client(as, IMPLICIT);
  await forge(page, app, options, (a) => `/?error=access_denied&state=${a.state}&utm=1`);
  expect(await resume(page, options)).toMatchObject({ code: "access_denied", phase: "redirect" });
  expect(page.url()).toBe(`${app.origin}/?utm=1`);
});

test("B13: the address is clean before the first request, and the Back button shows none", async ({
  page,
  app,
  as,
}) => {
  const options = client(as);
  await page.goto(app.origin);
  const redirectUri = `${app.origin}/?utm=1`;
  await comeBack(page, app, { ...options, redirectUri });
  await page.evaluate(() =>
    history.replaceState({ deep: [1, { x: "y" }] }, "", `${location.href}#/route?q=1`),
  );
  const before = await page.evaluate(() => history.length);
  const inSameTask = await page.evaluate(async (options) => {
    const { init, handleRedirect } = await lib();
    await init();
    const fetched = new Promise((resolve) => {
      const real = window.fetch;
      window.fetch = (...args) => (resolve(location.href), real(...args));
    });
    const session = handleRedirect(options);
    const href = await fetched;
    return [href, (await session).signedIn];
  }, options);
  const clean = `${app.origin}/?utm=1#/route?q=1`;
  expect(inSameTask).toEqual([clean, true]);
  expect(page.url()).toBe(clean);
  const after = await page.evaluate(() => ({ length: history.length, state: history.state }));
  expect(after).toEqual({ length: before, state: { deep: [1, { x: "y" }] } });
  const entries = await page.evaluate(() =>
    navigation
      .entries()
      .map(({ url }) => url)
      .join("\n"),
  );
  expect(entries).not.toMatch(/[?&]code=/);

  await page.goto(`${app.origin}/next`);
  await page.goBack();
  expect(page.url()).toBe(clean);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
  expect(as.codes).toBe(1);
});

test("B16: however often and wherever a page signs in, the code is sent once", async ({
  page,
  context,
  app,
  as,
}) => {
  const options = client(as, { storage: "local", mode: "check" });
  await comeBack(page, app, { ...options, mode: "redirect" });
  const other = await context.newPage();
  await other.goto(page.url());
  const many = async (options) => {
    const { login, handleRedirect } = await lib();
    const calls = [login(options), login(options), handleRedirect(options), login(options)];
    return Promise.all(calls.map((session) => outcome(async () => (await session)?.signedIn)));
  };
  const outcomes = await Promise.all([page.evaluate(many, options), other.evaluate(many, options)]);
  // A tab that comes while the other one is at it, or later, has no redirect to complete any more.
  const isIn = outcomes.map((calls) => calls.every(({ value }) => value === true));
  expect(isIn).toContain(true);
  expect(outcomes.flat().filter(({ code }) => code)).toEqual([]);
  expect(as.codes).toBe(1);
  for (const tab of [page, other]) {
    await tab.waitForFunction(() => Object.keys(localStorage).some((key) => key.includes(":session:")));
    expect((await resume(tab, options)).value).toMatchObject({ signedIn: true });
  }
  expect(as.codes).toBe(1);
});

test("B16 J06: components of one page share one request and its outcome", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  const same = await page.evaluate(async (options) => {
    const { login, handleRedirect } = await lib();
    const calls = [
      login(options),
      login(options),
      handleRedirect(options),
      login({ ...options, mode: "check" }),
    ];
    const sessions = await Promise.all(calls);
    return Promise.all(sessions.map((session) => session.accessToken()));
  }, options);
  expect(new Set(same).size).toBe(1);
  expect(as.codes).toBe(1);
  expect(page.url()).toBe(`${app.origin}/`);
});

test("B16: tabs that share no storage send the code once, too", async ({ page, context, app, as }) => {
  const options = client(as, { storage: "session" });
  await comeBack(page, app, options);
  const other = await context.newPage();
  await other.goto(page.url());
  const outcomes = await Promise.all([resume(page, options), resume(other, options)]);
  expect(as.codes).toBe(1);
  expect(outcomes.filter(({ value }) => value?.signedIn)).toHaveLength(1);
  const [second] = outcomes.filter(({ value }) => !value?.signedIn);
  if (second.value !== null) expect(second).toMatchObject({ isAuthError: true, code: "state_mismatch" });
});

test("B17: an app's own code and state are its own", async ({ page, app, as }) => {
  for (const own of [
    "/?code=PROMO10",
    "/shop?code=PROMO10&state=NY",
    "/?error=none#state=1&access_token=2",
  ]) {
    await page.goto(app.origin + own);
    expect(await resume(page, client(as))).toEqual({ value: null });
    expect(await call(page, "handleRedirect", client(as))).toEqual({ value: null });
    expect(page.url()).toBe(app.origin + own);
  }
  expect(as.requests).toEqual([]);
});

test("B13: handleRedirect of another address leaves the address bar alone", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  const answer = page.url();
  await page.goto(`${app.origin}/?mine=1`);
  const { value } = await page.evaluate(
    ([options, answer]) =>
      outcome(async () => (await (await lib()).handleRedirect(options, answer)).signedIn),
    [options, answer],
  );
  expect(value).toBe(true);
  expect(page.url()).toBe(`${app.origin}/?mine=1`);
  expect(isAnswer(app)(new URL(page.url()))).toBe(false);
});

test("E10: the longest `timeout` is no short one", async ({ page, app, as }) => {
  await page.addInitScript(() => {
    const { request } = LockManager.prototype;
    LockManager.prototype.request = async function (name, options, work) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      options.signal?.throwIfAborted();
      return request.call(this, name, options, work);
    };
  });
  const options = client(as, { timeout: 2 ** 31 - 1 });
  await comeBack(page, app, options);
  expect(await resume(page, options)).toMatchObject({ value: { signedIn: true } });
  expect(await page.evaluate(() => outcome(() => session.refresh()))).toEqual({});
});
