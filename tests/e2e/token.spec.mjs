// The token endpoint: what is sent there, and what is made of its answers.
import { call, client, comeBack, expect, reply, signIn, stored, test } from "./support/test.mjs";

const REDIRECT = "https://app.example/";
const exchange = (page, options) =>
  call(page, "exchangeCode", {
    code: "code-sentinel",
    redirectUri: REDIRECT,
    codeVerifier: "v".repeat(43),
    ...options,
  });

test.beforeEach(({ page, app }) => page.goto(app.origin));

test("C01 C06: a form by POST, without cookies, secrets in the address or a referrer", async ({
  page,
  app,
  as,
}) => {
  await page.context().addCookies([{ name: "sid", value: "cookie-sentinel", url: as.url }]);
  await page.goto(`${app.origin}/path?mine=1`);
  expect(await exchange(page, client(as))).toHaveProperty("value.accessToken");
  expect(await call(page, "refreshTokens", client(as, { refreshToken: "rt" }))).toHaveProperty("value");
  const server = { ...as.server, revocationEndpoint: `${as.url}/revoke` };
  expect(await call(page, "revokeToken", client(as, { server, token: "rt" }))).toEqual({});
  expect(as.requests).toHaveLength(3);
  for (const request of as.requests) {
    expect(request.method).toBe("POST");
    expect(request.url).toBe(request.path);
    expect(request.headers["content-type"]).toMatch(/^application\/x-www-form-urlencoded/);
    expect(request.headers.accept).toContain("application/json");
    expect(request.headers).not.toHaveProperty("cookie");
    expect(request.headers).not.toHaveProperty("referer");
    expect(request.headers).not.toHaveProperty("authorization");
    expect(request.headers["cache-control"]).toBe("no-cache");
    expect(request.form.client_id).toBe("spa");
    expect(request.form).not.toHaveProperty("client_secret");
  }
  const [code, refresh, revoke] = as.requests.map(({ form }) => form);
  expect(code).toMatchObject({
    grant_type: "authorization_code",
    code: "code-sentinel",
    redirect_uri: REDIRECT,
  });
  expect(refresh).toMatchObject({ grant_type: "refresh_token", refresh_token: "rt" });
  expect(revoke.token).toBe("rt");
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`C02: a redirect with ${status} is not followed`, async ({ page, as, evil }) => {
    as.routes["/token"] = (request, res) => reply(res, status, "", { Location: `${evil.url}/token` });
    expect(await exchange(page, client(as))).toMatchObject({
      isAuthError: true,
      phase: "token",
      retryable: false,
    });
    expect(await call(page, "refreshTokens", client(as, { refreshToken: "rt" }))).toMatchObject({
      isAuthError: true,
    });
    as.routes["/token"] = (request, res) => {
      if (request.url.includes("again")) return reply(res, 200, as.tokens());
      return reply(res, status, "", { Location: `${as.url}/token?again` });
    };
    expect(await exchange(page, client(as))).toMatchObject({ isAuthError: true });
    expect(as.requests.filter(({ url }) => url.includes("again"))).toEqual([]);
    expect(evil.requests).toEqual([]);
  });
}

test("C02: a Refresh header is not followed", async ({ page, app, as, evil }) => {
  as.routes["/token"] = (request, res) => reply(res, 200, "", { Refresh: `0;url=${evil.url}/token` });
  expect(await exchange(page, client(as))).toMatchObject({ isAuthError: true, code: "invalid_response" });
  expect(page.url()).toBe(`${app.origin}/`);
  expect(evil.requests).toEqual([]);
});

const HEAD = { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" };
const STALLS = {
  "no answer": () => {},
  "headers, then nothing": (request, res) => res.writeHead(200, HEAD).flushHeaders(),
  "a body that drips": (request, res) => {
    res.writeHead(200, HEAD);
    const drip = setInterval(() => res.write(" "), 100);
    res.on("close", () => clearInterval(drip));
  },
};

for (const [what, route] of Object.entries(STALLS)) {
  test(`C03: ${what}: the deadline holds`, async ({ page, as }) => {
    as.routes["/token"] = route;
    const timed = ([name, options]) =>
      page.evaluate(
        async ([name, options]) => {
          const library = await lib();
          await library.init();
          const start = performance.now();
          const failed = await outcome(() => library[name](options));
          return { ...failed, took: performance.now() - start };
        },
        [name, options],
      );
    const more = { redirectUri: REDIRECT, code: "x", refreshToken: "rt", timeout: 1000 };
    const [code, refresh] = await Promise.all(
      ["exchangeCode", "refreshTokens"].map((name) => timed([name, client(as, more)])),
    );
    expect(code).toMatchObject({ isAuthError: true, code: "timeout", retryable: false });
    expect(refresh).toMatchObject({ isAuthError: true, code: "timeout", retryable: true });
    for (const { took } of [code, refresh]) {
      expect(took).toBeGreaterThan(900);
      expect(took).toBeLessThan(1500);
    }
  });

  test(`C03: ${what}: the caller's signal holds, too`, async ({ page, as }) => {
    as.routes["/token"] = route;
    const arrived = page.waitForRequest(as.server.tokenEndpoint);
    const failed = page.evaluate(
      (options) => {
        window.controller = new AbortController();
        return outcome(async () => (await lib()).exchangeCode({ ...options, signal: controller.signal }));
      },
      client(as, { redirectUri: REDIRECT, code: "x" }),
    );
    await arrived;
    await page.evaluate(() => controller.abort());
    expect(await failed).toMatchObject({ isAuthError: true, code: "aborted" });
  });
}

test("C04: a huge body is cut off", async ({ page, as }) => {
  let sent = 0;
  let closed;
  const over = new Promise((resolve) => (closed = resolve));
  as.routes["/token"] = (request, res) => {
    res.writeHead(200, HEAD);
    res.on("close", closed);
    const chunk = Buffer.alloc(1 << 16, " ");
    const more = () => {
      while (!res.destroyed && sent < 1 << 30) {
        sent += chunk.length;
        if (!res.write(chunk)) return res.once("drain", more);
      }
      return res.end();
    };
    more();
  };
  const failed = await exchange(page, client(as));
  expect(failed).toMatchObject({ isAuthError: true, code: "invalid_response" });
  await over;
  // Of a gigabyte; what buffers on the way hold is gone, too.
  expect(sent).toBeLessThan(64 << 20);
});

test("C04: a body of a mebibyte is read, one byte more is not", async ({ page, as }) => {
  for (const [extra, isRead] of [
    [0, true],
    [1, false],
  ]) {
    const text = JSON.stringify(as.tokens());
    as.routes["/token"] = (request, res) =>
      reply(res, 200, text + " ".repeat((1 << 20) - text.length + extra));
    const { value, code } = await exchange(page, client(as));
    expect([Boolean(value), code]).toEqual(isRead ? [true, undefined] : [false, "invalid_response"]);
  }
});

test("C05 C12: a code is sent once, a refresh token again only if the server did not look at it", async ({
  page,
  app,
  as,
}) => {
  const failures = [
    [1, (request, res) => res.destroy()],
    [1, (request, res) => reply(res, 503, { error: "temporarily_unavailable" })],
    [1, (request, res) => reply(res, 500, "oops")],
    [3, (request, res) => reply(res, 429, "", { "Retry-After": "0" })],
    [
      1,
      (request, res) => {
        res.writeHead(200, { ...HEAD, "Content-Length": 500 }).write("{");
        res.socket.end();
      },
    ],
  ];
  let refreshes = 0;
  for (const [index, [times, route]] of failures.entries()) {
    as.routes["/token"] = route;
    const failed = await exchange(page, client(as));
    expect(failed).toMatchObject({ isAuthError: true, phase: "token", retryable: false });
    expect(as.codes).toBe(index + 1);
    const refused = await call(page, "refreshTokens", client(as, { refreshToken: "rt" }));
    expect(refused).toMatchObject({ isAuthError: true, retryable: true });
    refreshes += times;
    expect(as.refreshes).toBe(refreshes);
  }
  const options = client(as);
  await comeBack(page, app, options);
  const failed = await page.evaluate((options) => resume(options), options);
  expect(failed).toMatchObject({ isAuthError: true, phase: "token", retryable: false });
  expect(as.codes).toBe(failures.length + 1);
});

test("C06 C07 C08: a secret goes by one method, and nowhere else", async ({ page, app, as }) => {
  const messages = [];
  page.on("console", (message) => messages.push(message.text()));
  const [clientId, clientSecret] = ["a:b+c%", "s:ecret &=ä"];
  const encode = (text) => new URLSearchParams({ x: text }).toString().slice(2);
  const options = client(as, { clientId, clientSecret });
  await exchange(page, options);
  const [first] = as.requests;
  expect(first.form).not.toHaveProperty("client_secret");
  const basic = Buffer.from(`${encode(clientId)}:${encode(clientSecret)}`).toString("base64");
  expect(first.headers.authorization).toBe(`Basic ${basic}`);

  const server = { ...as.server, clientAuthentication: "body" };
  await exchange(page, { ...options, server });
  expect(as.requests[1].headers).not.toHaveProperty("authorization");
  expect(as.requests[1].form).toMatchObject({ client_id: clientId, client_secret: clientSecret });

  await signIn(page, app, { ...options, storage: "local" });
  for (const text of [await stored(page), messages.join(), JSON.stringify(as.at("/auth")), page.url()]) {
    expect(text).not.toContain("ecret &");
    expect(text).not.toContain("s%3Aecret");
  }
  const both = { ...as.server, clientAuthentication: "both" };
  expect(await exchange(page, { ...options, server: both })).toMatchObject({ code: "invalid_configuration" });
});
