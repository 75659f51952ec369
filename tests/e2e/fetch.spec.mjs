// `session.fetch`: refreshing, repeating, and where a token goes.
import { another } from "./support/tabs.mjs";
import { client, expect, reply, signIn, test, UNAUTHORIZED } from "./support/test.mjs";

/** The tokens signed in with expire at once for the API; every new one is taken. */
function expireFirst(as) {
  as.routes["/api"] = (request, res) => {
    const isOld = request.headers.authorization === `Bearer ${as.first}`;
    return isOld
      ? reply(res, 401, {}, UNAUTHORIZED)
      : reply(res, 200, { method: request.method, body: request.body });
  };
}

async function signInWith(page, app, as, tokens = {}, more = {}, path) {
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens(request.form.code ? tokens : {}));
  const value = await signIn(page, app, client(as, more), path);
  as.first = await page.evaluate(() => session.accessToken({ minValidity: 0 }));
  return value;
}

test("E01: 1 000 calls with an expired token refresh it once", async ({ page, app, as }) => {
  await signInWith(page, app, as, { expires_in: 3600 });
  await page.clock.setFixedTime(Date.now() + 3600_000);
  const statuses = await page.evaluate(async () => {
    const calls = Array.from({ length: 1_000 }, (_, i) =>
      session.fetch(`n${i}`).then(({ status }) => status),
    );
    return Promise.all(calls);
  });
  expect(statuses).toEqual(Array(1_000).fill(200));
  expect(as.refreshes).toBe(1);
  expect(as.apiCalls).toHaveLength(1_000);
  const sent = new Set(as.apiCalls.map(({ headers }) => headers.authorization));
  expect([...sent]).toEqual([expect.not.stringContaining(as.first)]);
});

test("E01 E11: 1 000 calls with a token that the API refuses refresh it once", async ({ page, app, as }) => {
  await signInWith(page, app, as);
  expireFirst(as);
  const statuses = await page.evaluate(() =>
    Promise.all(Array.from({ length: 1_000 }, (_, i) => session.fetch(`n${i}`).then(({ status }) => status))),
  );
  expect(statuses).toEqual(Array(1_000).fill(200));
  expect(as.refreshes).toBe(1);
});

test("E03: a tab adopts what another has refreshed, and sends nothing", async ({
  page,
  context,
  app,
  as,
}) => {
  const options = client(as, { storage: "local" });
  await signInWith(page, app, as, {}, { storage: "local" });
  const other = await another(context, app, options);
  await page.evaluate(() => session.refresh());
  expireFirst(as);
  expect(await other.evaluate(async () => (await session.fetch("x")).status)).toBe(200);
  expect(as.refreshes).toBe(1);
  const both = [page, other].map((tab) => tab.evaluate(() => session.accessToken()));
  expect(new Set(await Promise.all(both)).size).toBe(1);
});

test("E02 E03: two tabs that refresh at once use each refresh token once", async ({
  page,
  context,
  app,
  as,
}) => {
  const options = client(as, { storage: "local" });
  await signInWith(page, app, as, {}, { storage: "local" });
  const other = await another(context, app, options);
  expireFirst(as);
  const many = () =>
    Promise.all(Array.from({ length: 100 }, () => session.fetch("x").then(({ status }) => status)));
  const statuses = await Promise.all([page.evaluate(many), other.evaluate(many)]);
  expect(statuses.flat()).toEqual(Array(200).fill(200));
  expect(as.refreshes).toBe(1);
});

test("E07: the new refresh token is stored before anyone hears of it", async ({ page, app, as }) => {
  await signInWith(page, app, as);
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens({ refresh_token: "rt-new" }));
  const seen = await page.evaluate(async () => {
    const has = () => JSON.stringify({ ...sessionStorage }).includes("rt-new");
    const event = new Promise((resolve) => session.on("refreshed", () => resolve(has())));
    return [await session.refresh().then(has), await event];
  });
  expect(seen).toEqual([true, true]);
});

test("E08: a passing fault keeps the session, and a good token in use", async ({
  page,
  context,
  app,
  as,
}) => {
  await signInWith(page, app, as, { expires_in: 3600 });
  // Good for a few seconds more: it should be refreshed, and need not be.
  await page.clock.setFixedTime(Date.now() + 3590_000);
  as.routes["/token"] = (request, res) => res.destroy();
  expect(await page.evaluate(() => session.accessToken({ minValidity: 30_000 }))).toBe(as.first);
  await page.clock.setFixedTime(Date.now() + 3600_000);
  const failed = await page.evaluate(() => outcome(() => session.fetch("x")));
  expect(failed).toMatchObject({ isAuthError: true, code: "network", retryable: true });
  await context.setOffline(true);
  expect(await page.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({ code: "network" });
  await context.setOffline(false);
  const before = as.refreshes;
  as.routes["/token"] = undefined;
  expect(await page.evaluate(async () => (await session.fetch("x")).status)).toBe(200);
  expect(as.refreshes).toBe(before + 1);
});

test("E10: jumps of the clock", async ({ page, app, as }) => {
  await signInWith(page, app, as, { expires_in: 3600 });
  const call = () => page.evaluate(async () => (await session.fetch("x")).status);
  const day = 86_400_000;
  const now = Date.now();
  for (const [jump, most] of [
    [0, 0],
    [-day, 0],
    [1800_000, 0],
    [10 * 365 * day, 1],
    [10 * 365 * day + 1000, 1],
  ]) {
    await page.clock.setFixedTime(now + jump);
    expect(await call()).toBe(200);
    expect(as.refreshes, `after ${jump}`).toBe(most);
  }
  // Back again, ten years: one more refresh at most, and then none.
  await page.clock.setFixedTime(now);
  for (let i = 0; i < 5; i += 1) expect(await call()).toBe(200);
  expect(as.refreshes).toBeLessThanOrEqual(2);

  expireFirst(as);
  as.first = await page.evaluate(() => session.accessToken());
  await page.clock.setFixedTime(now - day);
  const before = as.refreshes;
  expect(await call()).toBe(200);
  expect(as.refreshes - before).toBe(1);
});

test("E11: an API that always refuses sees two requests, and the app its answer", async ({
  page,
  app,
  as,
}) => {
  await signInWith(page, app, as);
  as.routes["/api"] = (request, res) => reply(res, 401, { why: "always" }, UNAUTHORIZED);
  const seen = await page.evaluate(async () => {
    const response = await session.fetch("x");
    return [response.status, await response.json(), session.signedIn];
  });
  expect(seen).toEqual([401, { why: "always" }, true]);
  expect(as.apiCalls).toHaveLength(2);
  expect(as.refreshes).toBe(1);
});

test("E11: a refusal that says nothing, and never ends, is the app's to see", async ({ page, app, as }) => {
  await signIn(page, app, client(as, { timeout: 1_000 }));
  as.routes["/api"] = (request, res) => {
    res.writeHead(401, { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" });
    res.write('{"error":"inv');
  };
  expect(await page.evaluate(async () => (await session.fetch("x")).status)).toBe(401);
  expect([as.apiCalls.length, as.refreshes]).toEqual([1, 0]);
});

for (const [status, challenge] of [
  [403, 'Bearer error="insufficient_scope"'],
  [403, 'Bearer error="invalid_token"'],
  [401, 'Basic realm="x"'],
  [401, 'Bearer error="invalid_request"'],
  [500, 'Bearer error="invalid_token"'],
]) {
  test(`E11: ${status} with ${challenge} refreshes nothing`, async ({ page, app, as }) => {
    await signInWith(page, app, as);
    as.routes["/api"] = (request, res) => reply(res, status, {}, { "WWW-Authenticate": challenge });
    expect(await page.evaluate(async () => (await session.fetch("x")).status)).toBe(status);
    expect([as.apiCalls.length, as.refreshes]).toEqual([1, 0]);
  });
}

for (const kind of ["string", "Blob", "FormData", "URLSearchParams", "ArrayBuffer"]) {
  test(`F11: a ${kind} is sent again, intact`, async ({ page, app, as }) => {
    await signInWith(page, app, as);
    expireFirst(as);
    const response = await page.evaluate(async (kind) => {
      const bodies = {
        string: () => "text äö",
        Blob: () => new Blob(["blob"], { type: "text/plain" }),
        FormData: () => {
          const form = new FormData();
          form.append("a", "1");
          form.append("file", new Blob(["content"]), "f.txt");
          return form;
        },
        URLSearchParams: () => new URLSearchParams({ a: "1 2", b: "ä" }),
        ArrayBuffer: () => new TextEncoder().encode("bytes").buffer,
      };
      const response = await session.fetch("x", { method: "POST", body: bodies[kind]() });
      return [response.status, await response.json()];
    }, kind);
    const [first, second] = as.apiCalls;
    expect(response).toEqual([200, { method: "POST", body: first.body }]);
    expect(first.body).not.toBe("");
    expect(second.body).toBe(first.body);
    expect(second.headers["content-type"]).toBe(first.headers["content-type"]);
    expect(as.refreshes).toBe(1);
  });
}

test("F11: a Request with a body is sent again, intact", async ({ page, app, as }) => {
  await signInWith(page, app, as);
  expireFirst(as);
  const status = await page.evaluate(async (url) => {
    const headers = { "x-test": "1", "content-type": "application/json" };
    return (await session.fetch(new Request(url, { method: "PUT", body: '{"a":1}', headers }))).status;
  }, `${as.url}/api/x`);
  expect(status).toBe(200);
  for (const call of as.apiCalls) {
    expect(call).toMatchObject({ method: "PUT", body: '{"a":1}', headers: { "x-test": "1" } });
  }
});

test("F11: a stream is not sent again", async ({ page, app, as }) => {
  await signInWith(page, app, as);
  expireFirst(as);
  const seen = await page.evaluate(async () => {
    // Over HTTP/1.1 a browser sends no stream at all, so that what it is given is watched instead.
    const bodies = [];
    const real = window.fetch;
    window.fetch = async (request) => {
      if (!request.url.includes("/api/")) return real(request);
      bodies.push(await request.text());
      return new Response("", {
        status: 401,
        headers: { "WWW-Authenticate": 'Bearer error="invalid_token"' },
      });
    };
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode("once"));
        controller.close();
      },
    });
    const response = await session.fetch("x", { method: "POST", body, duplex: "half" });
    return [response.status, bodies];
  });
  expect(seen).toEqual([401, ["once"]]);
});

test("F13: 999 of 1 000 callers give up, and the shared refresh goes on", async ({ page, app, as }) => {
  await signInWith(page, app, as, { expires_in: 3600 });
  let answer;
  as.routes["/token"] = (request, res) => (answer = () => reply(res, 200, as.tokens()));
  await page.clock.setFixedTime(Date.now() + 3600_000);
  const asked = page.waitForRequest(as.server.tokenEndpoint);
  const outcomes = page.evaluate(async () => {
    window.controller = new AbortController();
    const { signal } = controller;
    const abortable = Array.from({ length: 999 }, () =>
      session.fetch("x", { signal }).catch(({ name }) => name),
    );
    const last = session.fetch("last").then(({ status }) => status);
    return [await last, ...(await Promise.all(abortable))];
  });
  await asked;
  await page.evaluate(() => controller.abort());
  await expect.poll(() => typeof answer).toBe("function");
  answer();
  expect(await outcomes).toEqual([200, ...Array(999).fill("AbortError")]);
  expect(as.refreshes).toBe(1);
  expect(as.apiCalls).toHaveLength(1);
});

test("F13: what is aborted before it begins is not sent", async ({ page, app, as }) => {
  await signInWith(page, app, as);
  const failed = await page.evaluate(() =>
    session.fetch("x", { signal: AbortSignal.abort() }).catch(({ name }) => name),
  );
  expect(failed).toBe("AbortError");
  expect(as.apiCalls).toEqual([]);
  const token = await page.evaluate(() =>
    outcome(() => session.accessToken({ signal: AbortSignal.abort() })),
  );
  expect(token).toMatchObject({ isAuthError: true, code: "aborted" });
});

test("F07: one credential per request", async ({ page, app, as }) => {
  await signInWith(page, app, as);
  expireFirst(as);
  const statuses = await page.evaluate(async (url) => {
    const post = (body) => session.fetch("x", { method: "POST", body });
    const header = { Authorization: "Basic bXk6b3du" };
    const calls = [
      session.fetch("own", { headers: header }),
      session.fetch(new Request(`${url}/api/own`, { headers: new Headers(header) })),
      session.fetch("own", { headers: [["authorization", "Basic bXk6b3du"]] }),
      session.fetch("query?access_token=mine"),
      post(new URLSearchParams({ access_token: "mine" })),
      post(new URLSearchParams({ a: "1" })),
    ];
    return (await Promise.all(calls)).map(({ status }) => status);
  }, as.url);
  expect(statuses).toEqual(Array(6).fill(200));
  for (const { path, url, body, headers } of as.apiCalls) {
    const inQuery = url.includes("access_token=");
    const inBody = body.includes("access_token=");
    const credentials = [headers.authorization, inQuery, inBody].filter(Boolean);
    expect(credentials, url).toHaveLength(1);
    if (path.endsWith("/own")) expect(headers.authorization).toBe("Basic bXk6b3du");
  }
});

test("F08 F14: no token in an address, and the page's own fetch is left alone", async ({ page, app, as }) => {
  await page.addInitScript(() => (window.original = window.fetch));
  await signInWith(page, app, as);
  await page.evaluate(async () => {
    await session.fetch("x?y=1#z");
    await session.refresh();
    await session.fetch("x");
  });
  expect(await page.evaluate(() => window.fetch === original && /native code/.test(String(fetch)))).toBe(
    true,
  );
  const tokens = await page.evaluate(() => session.accessToken());
  expect(tokens).toMatch(/^at-/);
  for (const { url, headers } of as.requests) {
    expect(url).not.toMatch(/at-\d|rt-\d/);
    expect(headers.referer ?? "").not.toMatch(/at-\d|rt-\d|code=/);
  }
});
