// A server that asks for patience, and a password that must not stay anywhere.
import { throughPages } from "./support/pages.mjs";
import { enterBy, expect, resume, space, stored, test } from "./support/test.mjs";

const SENTINEL = "sentinel-Pa55w0rd/+%ü";

const confidential = (embedded, more) =>
  space(embedded, { clientId: "playground-confidential", clientSecret: "playground-secret", ...more });

async function signIn(page, app, options) {
  await throughPages(page, app, options);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
}

const refresh = (page) => page.evaluate(() => outcome(() => session.refresh()));

const status = (page) => page.evaluate(async () => (await session.fetch("projects")).status);

/** When the requests of a grant arrived, in milliseconds. */
const times = (server, grant) =>
  server.tokenRequests.filter((request) => request.grant === grant).map(({ at }) => Date.parse(at));

const gaps = (all) => all.slice(1).map((time, index) => time - all[index]);

/** An answer of the token endpoint, for one grant. */
const refuse = (grant, more) => ({ token: { status: 429, grant, times: 100, ...more } });

test("C12: a refresh waits as long as the server asks, and succeeds", async ({ page, app, embedded }) => {
  await signIn(page, app, space(embedded));
  embedded.setFault(refuse("refresh_token", { retryAfter: 2, times: 2 }));
  expect(await refresh(page)).toEqual({});
  const all = times(embedded, "refresh_token");
  expect(all).toHaveLength(3);
  for (const gap of gaps(all)) expect(gap).toBeGreaterThanOrEqual(2_000);
  expect(await status(page)).toBe(200);
});

test("C12: without Retry-After a refresh waits longer each time", async ({ page, app, embedded }) => {
  await signIn(page, app, space(embedded));
  embedded.setFault(refuse("refresh_token", { times: 2 }));
  expect(await refresh(page)).toEqual({});
  const [first, second, ...more] = gaps(times(embedded, "refresh_token"));
  expect(more).toEqual([]);
  expect(first).toBeGreaterThanOrEqual(250);
  expect(second).toBeGreaterThanOrEqual(2 * 250);
});

test("C12: a date as Retry-After is waited for, too", async ({ page, app, embedded }) => {
  await signIn(page, app, space(embedded));
  const date = new Date(Date.now() + 4_000).toUTCString();
  embedded.setFault(refuse("refresh_token", { headers: { "Retry-After": date }, times: 1 }));
  expect(await refresh(page)).toEqual({});
  const [, second] = times(embedded, "refresh_token");
  expect(second).toBeGreaterThanOrEqual(Date.parse(date));
});

test("C12 E08: three requests are enough: then it is rate_limited, and the session stays", async ({
  page,
  app,
  embedded,
}) => {
  await signIn(page, app, space(embedded));
  embedded.setFault(refuse("refresh_token", { retryAfter: 1 }));
  expect(await refresh(page)).toMatchObject({
    isAuthError: true,
    code: "rate_limited",
    phase: "refresh",
    retryable: true,
    status: 429,
  });
  expect(times(embedded, "refresh_token")).toHaveLength(3);
  expect(await page.evaluate(() => session.signedIn)).toBe(true);
  embedded.clearFaults();
  expect(await refresh(page)).toEqual({});
});

test("C12 E08: a Retry-After beyond the timeout is not waited for, and the session stays", async ({
  page,
  app,
  embedded,
}) => {
  const options = space(embedded, { timeout: 2_000 });
  await signIn(page, app, options);
  const before = await stored(page);
  embedded.setFault(refuse("refresh_token", { retryAfter: 3_600 }));
  const start = Date.now();
  expect(await refresh(page)).toMatchObject({
    isAuthError: true,
    code: "rate_limited",
    phase: "refresh",
    retryable: true,
    status: 429,
  });
  expect(Date.now() - start).toBeLessThan(2_000);
  expect(times(embedded, "refresh_token")).toHaveLength(1);
  expect(await page.evaluate(() => session.signedIn)).toBe(true);
  expect(await stored(page)).toBe(before);
  expect(await status(page)).toBe(200);
  await page.reload();
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
  embedded.clearFaults();
  expect(await refresh(page)).toEqual({});
});

test("C12 E01: many calls with an expired token wait together", async ({ page, app, embedded }) => {
  await signIn(page, app, space(embedded));
  embedded.expireAccessTokens();
  embedded.setFault(refuse("refresh_token", { retryAfter: 1, times: 1 }));
  const statuses = await page.evaluate(() =>
    Promise.all(Array.from({ length: 20 }, async () => (await session.fetch("projects")).status)),
  );
  expect(statuses).toEqual(Array(20).fill(200));
  expect(times(embedded, "refresh_token")).toHaveLength(2);
});

test("C12: client credentials may be asked for again", async ({ page, app, embedded }) => {
  await page.goto(app.origin);
  embedded.setFault(refuse("client_credentials", { retryAfter: 1, times: 1 }));
  expect(await enterBy(page, "clientCredentials", confidential(embedded))).toMatchObject({
    value: { signedIn: true },
  });
  const [gap, ...more] = gaps(times(embedded, "client_credentials"));
  expect(gap).toBeGreaterThanOrEqual(1_000);
  expect(more).toEqual([]);
});

/** What may go wrong with a request, and what is said of it. */
const FAILURES = [
  ["a 429", { status: 429, retryAfter: 0 }, { code: "rate_limited", status: 429 }],
  ["a 503", { status: 503, retryAfter: 0 }, { code: "server_error", status: 503 }],
  ["a request that is lost", { status: undefined, drop: "request" }, { code: "network" }],
  ["an answer that is lost", { status: undefined, drop: "response" }, { code: "network" }],
];

for (const [what, fault, expected] of FAILURES) {
  test(`C05 C12: a code is sent once, whatever happens: ${what}`, async ({ page, app, embedded }) => {
    const options = space(embedded);
    await throughPages(page, app, options);
    embedded.setFault(refuse("authorization_code", fault));
    expect(await resume(page, options)).toMatchObject({
      isAuthError: true,
      phase: "token",
      retryable: false,
      ...expected,
    });
    embedded.clearFaults();
    await page.waitForTimeout(1_500);
    expect(embedded.counters["token.authorization_code"]).toBe(1);
    expect(await resume(page, options)).toEqual({ value: null });
    await page.reload();
    expect(await resume(page, options)).toEqual({ value: null });
    expect(embedded.counters["token.authorization_code"]).toBe(1);
  });

  test(`C09: a password is sent once, whatever happens: ${what}`, async ({ page, app, embedded }) => {
    await page.goto(app.origin);
    embedded.setFault(refuse("password", fault));
    const server = { tokenEndpoint: `${embedded.url}/oauth/token`, clientAuthentication: "body" };
    // The secret goes in the body, so that no preflight has used the connection before: on one that was used, Chromium
    // itself sends a lost request once more.
    const { preset, ...client } = confidential(embedded);
    const options = { ...client, server, scope: "**", username: "alice", password: "alice-password" };
    expect(await enterBy(page, "password", options)).toMatchObject({
      isAuthError: true,
      phase: "token",
      ...expected,
    });
    embedded.clearFaults();
    await page.waitForTimeout(1_500);
    expect(embedded.counters["token.password"]).toBe(1);
    expect(await stored(page)).toBe("[{},{}]");
  });
}

test("C12: a 429 of the API is the caller's to see, and is not repeated", async ({ page, app, embedded }) => {
  await signIn(page, app, space(embedded));
  const before = embedded.counters;
  embedded.setFault({ api: { status: 429, retryAfter: 7 } });
  const seen = await page.evaluate(async () => {
    const response = await session.fetch("projects");
    return [response.status, response.headers.get("Retry-After"), (await response.json()).error];
  });
  expect(seen).toEqual([429, "7", "rate-limited"]);
  expect(embedded.counters).toEqual({ ...before, api: before.api + 1 });
  expect(await page.evaluate(() => session.signedIn)).toBe(true);
  expect(await status(page)).toBe(200);
});

for (const answer of [429, 400]) {
  test(`C12: Space's "rate-limited" with ${answer}`, async ({ page, app, embedded }) => {
    await signIn(page, app, space(embedded, { timeout: 1_000 }));
    const body = { error: "rate-limited", error_description: "Too many requests" };
    embedded.setFault(refuse("refresh_token", { status: answer, retryAfter: 60, body }));
    expect(await refresh(page)).toMatchObject({
      isAuthError: true,
      code: "rate_limited",
      retryable: true,
      status: answer,
      description: "Too many requests",
    });
    expect(times(embedded, "refresh_token")).toHaveLength(1);
    expect(await page.evaluate(() => session.signedIn)).toBe(true);
  });
}

const ENDINGS = [
  ["the sign-in works", {}],
  ["the password is wrong", {}],
  ["the server is overloaded", { status: 429, retryAfter: 0 }],
  ["the server fails", { status: 500 }],
  ["the server repeats it", { status: 400, body: { error: "invalid_grant", error_description: SENTINEL } }],
  ["the server answers with it", { status: 400, body: { error: SENTINEL } }],
  ["the connection breaks", { drop: "response" }],
];

for (const [what, fault] of ENDINGS) {
  test(`C09 H01: a password leaves no trace when ${what}`, async ({ page, app, as, embedded }) => {
    const seen = [];
    page.on("console", async (message) => {
      const values = await Promise.all(message.args().map((value) => value.jsonValue().catch(() => "")));
      seen.push(message.text(), JSON.stringify(values));
    });
    page.on("pageerror", ({ message, stack }) => seen.push(message, stack));
    // The answer that takes any password is the scripted server's.
    const isGood = what === "the sign-in works";
    const server = isGood ? { server: as.server, clientId: "spa" } : confidential(embedded);
    if (Object.keys(fault).length > 0) embedded.setFault({ token: { times: 100, ...fault } });
    let sent = 0;
    page.on("request", (request) => {
      seen.push(request.url(), JSON.stringify(request.headers()));
      const form = new URLSearchParams(request.postData() ?? "");
      if (form.get("password") === SENTINEL) sent += 1;
    });
    await page.goto(app.origin);
    const found = await page.evaluate(
      async ([options, isGood]) => {
        const { password } = await lib();
        const given = await helpers.options(options);
        try {
          window.session = await password(given);
          session.on("error", ({ error }) => console.log(error));
        } catch (error) {
          console.log(error);
          window.failure = error;
        }
        if (Boolean(window.failure) === isGood) throw new Error("That is not how it should have ended");
        delete options.password;
        delete given.password;
        const values = [window.session, window.failure, given];
        const places = [location.href, document.cookie, window.name, document.documentElement.outerHTML];
        const noted = [performance.getEntries(), history.state];
        const stores = [
          { ...localStorage },
          { ...sessionStorage },
          await indexedDB.databases(),
          await caches.keys(),
        ];
        const shown = JSON.stringify([window.session, window.failure, ...noted, ...stores]);
        return [...values.map(helpers.everything), ...places, shown].join("\n");
      },
      [{ ...server, username: "alice", password: SENTINEL }, isGood],
    );
    expect(sent).toBe(1);
    const all = [found, await stored(page), page.url(), ...seen].join("\n");
    const basic = Buffer.from(SENTINEL).toString("base64").slice(0, -4);
    for (const form of [SENTINEL, encodeURIComponent(SENTINEL), JSON.stringify(SENTINEL), basic]) {
      expect(all).not.toContain(form.replaceAll('"', ""));
    }
    expect(all).not.toMatch(/sentinel.?pa55/i);
    expect(await page.context().cookies(app.origin)).toEqual([]);
  });
}
