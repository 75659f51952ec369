// Starting: the authorization request.
import { call, client, comeBack, expect, isAnswer, s256, signIn, stored, test } from "./support/test.mjs";

const build = async (page, options) => {
  await page.evaluate(async () => (await lib()).init());
  return call(page, "buildAuthorizationUrl", options);
};

test.beforeEach(({ page, app }) => page.goto(app.origin));

test("A01: 100 000 states are all different and look random", async ({ page, as }) => {
  test.slow();
  const { states, ones, bits } = await page.evaluate(async (options) => {
    const { init, buildAuthorizationUrl } = await lib();
    await init();
    const states = new Set();
    let [ones, bits] = [0, 0];
    for (let i = 0; i < 100_000; i += 1) {
      const { state } = buildAuthorizationUrl(options);
      states.add(state);
      if (i % 100) continue;
      const bytes = atob(state.replaceAll("-", "+").replaceAll("_", "/"));
      for (const byte of bytes) ones += byte.charCodeAt(0).toString(2).replaceAll("0", "").length;
      bits += bytes.length * 8;
    }
    return { states: states.size, ones, bits };
  }, client(as));
  expect(states).toBe(100_000);
  expect(bits).toBeGreaterThanOrEqual(1_000 * 128);
  // Six standard deviations of a fair coin.
  expect(Math.abs(ones - bits / 2)).toBeLessThan(6 * Math.sqrt(bits / 4));
});

test("A01: neither Math.random nor the clock decides", async ({ page, as }) => {
  const values = await page.evaluate(
    async (options) => {
      const { init, buildAuthorizationUrl } = await lib();
      Math.random = () => 0;
      Date.now = () => 0;
      performance.now = () => 0;
      await init();
      return [1, 2, 3]
        .map(() => buildAuthorizationUrl(options))
        .flatMap((r) => [r.state, r.codeVerifier, r.nonce]);
    },
    client(as, { scope: "openid" }),
  );
  expect(values.every((value) => value.length >= 43)).toBe(true);
  expect(new Set(values).size).toBe(9);
});

test("A01: without random values nobody is sent away", async ({ page, app, as }) => {
  const failed = await page.evaluate((options) => {
    Crypto.prototype.getRandomValues = () => {
      throw new Error("no entropy");
    };
    return outcome(async () => (await lib()).login(options));
  }, client(as));
  expect(failed).toMatchObject({ isAuthError: true });
  expect(page.url()).toBe(`${app.origin}/`);
  expect(as.requests).toEqual([]);
});

test("A02 A03: four requests of two tabs are completed in reverse order, each once", async ({
  page,
  context,
  app,
  as,
}) => {
  const options = client(as, { storage: "memory" });
  const answers = [];
  const other = await context.newPage();
  for (const tab of [page, page, other, other]) {
    await tab.goto(app.origin);
    await comeBack(tab, app, options);
    answers.push({ tab, url: tab.url() });
  }
  for (const { tab, url } of answers.toReversed()) {
    await tab.goto("about:blank");
    await tab.goto(url);
    const { value } = await tab.evaluate((options) => resume(options), options);
    expect(value).toMatchObject({ signedIn: true });
  }
  expect(as.codes).toBe(4);
  const redeemed = as.grants("authorization_code").map(({ form }) => form.code);
  expect(new Set(redeemed).size).toBe(4);

  for (const { tab, url } of answers) {
    await tab.goto("about:blank");
    await tab.goto(url);
    await tab.evaluate((options) => resume(options), options);
  }
  expect(as.codes).toBe(4);
});

test("A03: a failed answer uses its state up, too", async ({ page, app, as }) => {
  as.routes["/token"] = (request, res) => res.writeHead(500, { "Access-Control-Allow-Origin": "*" }).end();
  const options = client(as);
  await comeBack(page, app, options);
  const url = page.url();
  expect(await page.evaluate((options) => resume(options), options)).toMatchObject({ isAuthError: true });
  await page.goto("about:blank");
  await page.goto(url);
  await page.evaluate((options) => resume(options), options);
  expect(as.codes).toBe(1);
});

test("A05: every request has a challenge of its own that fits the verifier", async ({ page, as }) => {
  const pairs = await page.evaluate(async (options) => {
    const { init, buildAuthorizationUrl } = await lib();
    await init();
    return Array.from({ length: 1_000 }, () => {
      const { url, codeVerifier } = buildAuthorizationUrl(options);
      return [codeVerifier, url];
    });
  }, client(as));
  expect(new Set(pairs.map(([verifier]) => verifier)).size).toBe(1_000);
  for (const [verifier, url] of pairs) {
    const query = new URL(url).searchParams;
    expect(verifier).toMatch(/^[\w.~-]{43,128}$/);
    expect(query.get("code_challenge")).toBe(s256(verifier));
    expect(query.get("code_challenge_method")).toBe("S256");
    expect(url).not.toContain(verifier);
  }
});

test("A05 A07: the server gets state, challenge and the verifier that fits", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  const [{ query }] = as.at("/auth");
  const [{ form }] = as.grants("authorization_code");
  expect(query.state.length).toBeGreaterThanOrEqual(22);
  expect(query.code_challenge).toBe(s256(form.code_verifier));
  expect(JSON.stringify(as.requests.map(({ url, headers }) => [url, headers.referer]))).not.toContain(
    form.code_verifier,
  );
});

test("A06: without crypto.subtle it is still S256", async ({ page, app, as }) => {
  await page.addInitScript(() => {
    delete Crypto.prototype.subtle;
    Object.defineProperty(crypto, "subtle", { value: undefined });
  });
  await page.reload();
  expect(await page.evaluate(() => crypto.subtle)).toBeUndefined();
  await signIn(page, app, client(as));
  expect(as.at("/auth")[0].query.code_challenge_method).toBe("S256");
});

test("A07: a server that ignores the verifier does not make an injected code welcome", async ({
  page,
  app,
  as,
}) => {
  as.routes["/token"] = undefined;
  await comeBack(page, app, client(as));
  const stolen = new URL(page.url());
  stolen.searchParams.set("code", "attackers-code");
  for (const state of ["", "x", null]) {
    if (state === null) stolen.searchParams.delete("state");
    else stolen.searchParams.set("state", state);
    await page.goto(stolen.href);
    await page.evaluate((options) => resume(options), client(as));
  }
  expect(as.at("/token")).toEqual([]);
});

test("A09: the redirect URI arrives byte by byte in both requests", async ({ page, app, as }) => {
  const redirectUri = `${app.origin}/Call%2dback/./x?tenant=a%2Bb&e=`;
  const options = client(as, { redirectUri });
  await signIn(page, app, options);
  const sent = encodeURIComponent(redirectUri);
  expect(as.at("/auth")[0].query.redirect_uri).toBe(redirectUri);
  expect(as.at("/auth")[0].url).toContain(`redirect_uri=${sent}`);
  expect(as.grants("authorization_code")[0].form.redirect_uri).toBe(redirectUri);
});

const BAD_REDIRECTS = [
  "https://app.example/#frag",
  "https://app.example/#",
  "/callback",
  "callback",
  "//app.example/",
  "javascript:alert(1)",
  "data:text/html,x",
  "https://user:secret@app.example/",
  "",
];

test("A09: addresses that must not be the redirect URI", async ({ page, as }) => {
  for (const redirectUri of BAD_REDIRECTS) {
    const options = client(as, { redirectUri });
    for (const failed of [await build(page, options), await call(page, "login", options)]) {
      expect(failed, redirectUri).toMatchObject({
        isAuthError: true,
        code: "invalid_configuration",
        phase: "configure",
      });
      expect(failed.hint).toContain("`redirectUri`");
    }
  }
  expect(as.requests).toEqual([]);
});

const BAD_ENDPOINTS = [
  "javascript:alert(1)//",
  "JaVaScRiPt:alert(1)",
  "java\tscript:alert(1)",
  "java\nscript:alert(1)",
  " javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "blob:https://as.example/1",
  "vbscript:msgbox(1)",
  "file:///etc/passwd",
  "ftp://as.example/",
  "ws://as.example/",
  "about:blank",
  "http://as.example/auth",
  "http://localhost.as.example/auth",
  "http://127.0.0.1.as.example/auth",
  "https://user:secret@as.example/auth",
  "https://as.example/auth#x",
  "/auth",
  "//as.example/auth",
  "not a url",
  "https://",
];

for (const endpoint of [
  "authorizationEndpoint",
  "tokenEndpoint",
  "revocationEndpoint",
  "endSessionEndpoint",
]) {
  test(`A10: addresses that must not be the ${endpoint}`, async ({ page, app, as }) => {
    for (const bad of BAD_ENDPOINTS) {
      const options = client(as, { server: { ...as.server, [endpoint]: bad } });
      for (const failed of [await call(page, "login", options), await build(page, options)]) {
        expect(failed, bad).toMatchObject({ isAuthError: true, code: "invalid_configuration" });
        expect(failed.hint, bad).toContain(endpoint);
      }
    }
    expect(page.url()).toBe(`${app.origin}/`);
    expect(as.requests).toEqual([]);
  });
}

test("A10: http is for loopback, and beyond it only when allowed", async ({ page, as }) => {
  const server = (host) => ({
    server: { authorizationEndpoint: `${host}/auth`, tokenEndpoint: `${host}/token` },
  });
  for (const host of ["http://localhost:1", "http://127.0.0.1:1", "http://[::1]:1", "https://as.example"]) {
    expect(await build(page, client(as, server(host))), host).toHaveProperty("value.state");
  }
  const intranet = client(as, server("http://as.intranet"));
  expect(await build(page, intranet)).toMatchObject({ code: "invalid_configuration" });
  expect(await build(page, { ...intranet, allowHttp: true })).toHaveProperty("value.state");
});

test("A11: what the endpoint's own query holds stays, and nothing is there twice", async ({ page, as }) => {
  const server = { ...as.server, authorizationEndpoint: `${as.url}/auth?tenant=a%2Bb&empty=` };
  const { value } = await build(page, client(as, { server, parameters: { prompt: "consent", ui: "a b&c" } }));
  expect(value.url).toContain("/auth?tenant=a%2Bb&empty=&");
  const names = [...new URL(value.url).searchParams.keys()];
  expect(new Set(names).size).toBe(names.length);
  expect(new URL(value.url).searchParams.get("ui")).toBe("a b&c");
});

const RESERVED = ["client_id", "redirect_uri", "state", "response_type", "scope", "nonce"];

test("A11: protocol parameters cannot be overridden", async ({ page, as }) => {
  for (const name of [...RESERVED, "code_challenge", "code_challenge_method", "st%61te"]) {
    const scope = "openid";
    const server = { ...as.server, authorizationEndpoint: `${as.url}/auth?${name}=evil` };
    const parameters = { [decodeURIComponent(name)]: "evil" };
    for (const options of [client(as, { scope, server }), client(as, { scope, parameters })]) {
      expect(await build(page, options), name).toMatchObject({
        isAuthError: true,
        code: "invalid_configuration",
      });
    }
  }
});

test("A12: values of all kinds arrive as they were given", async ({ page, as }) => {
  const texts = [
    "a b",
    "a+b",
    "a&b=c",
    "100%",
    "%41",
    "#x",
    "ä€😀",
    "\u0000\t\n",
    "'\"<>\\",
    "\u200b\ufeff",
    "~-._*",
  ];
  for (const [index, text] of texts.entries()) {
    const { value } = await build(page, client(as, { clientId: text, parameters: { [`n${text}`]: text } }));
    await fetch(value.url, { redirect: "manual" });
    const { query } = as.at("/auth")[index];
    expect(query.client_id).toBe(text);
    expect(query[`n${text}`]).toBe(text);
  }
});

test("A12: a lone surrogate is refused", async ({ page, as }) => {
  const failures = await page.evaluate(async (options) => {
    const { init, buildAuthorizationUrl } = await lib();
    await init();
    const lone = "a\ud800b";
    const tries = [
      { clientId: lone },
      { scope: lone },
      { state: lone },
      { parameters: { x: lone } },
      { redirectUri: lone },
    ];
    tries.push({ parameters: { [lone]: "x" } }, { scope: [lone] });
    return Promise.all(tries.map((more) => outcome(() => buildAuthorizationUrl({ ...options, ...more }))));
  }, client(as));
  for (const failed of failures)
    expect(failed).toMatchObject({ isAuthError: true, code: "invalid_configuration" });
});

test("A13: the app's own state comes back and never leaves", async ({ page, app, as }) => {
  const appState = { secret: "app-state-sentinel", list: [1, null, "x"] };
  const options = client(as);
  await comeBack(page, app, { ...options, appState });
  const { value } = await page.evaluate((options) => resume(options), options);
  expect(value.appState).toEqual(appState);
  expect(JSON.stringify(as.requests)).not.toContain("app-state-sentinel");
});

test("A17: the answer of one server is never taken to another", async ({ page, app, as, evil }) => {
  const [first, second] = [client(as), client(evil)];
  await comeBack(page, app, first);
  expect(await page.evaluate((options) => resume(options), second)).toEqual({ value: null });
  expect(evil.requests).toEqual([]);
  expect(isAnswer(app)(new URL(page.url()))).toBe(true);
  expect((await page.evaluate((options) => resume(options), first)).value).toMatchObject({ signedIn: true });
  expect(as.codes).toBe(1);
  expect(evil.requests).toEqual([]);
});

test("A04: abandoned requests are few, and end after ten minutes", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  const url = page.url();
  await page.evaluate(async (options) => {
    const { init, buildAuthorizationUrl, rememberRequest } = await lib();
    await init();
    for (let i = 0; i < 14; i += 1) rememberRequest(buildAuthorizationUrl(options));
  }, options);
  await page.clock.setFixedTime(Date.now() + 11 * 60_000);
  await page.goto("about:blank");
  await page.goto(url);
  expect(await page.evaluate((options) => resume(options), options)).toMatchObject({
    code: "state_mismatch",
  });
  expect(as.at("/token")).toEqual([]);

  await page.evaluate(async (options) => {
    const { buildAuthorizationUrl, rememberRequest } = await lib();
    for (let i = 0; i < 1_000; i += 1) rememberRequest(buildAuthorizationUrl(options));
  }, options);
  expect((await stored(page)).length).toBeLessThan(64 << 10);
});
