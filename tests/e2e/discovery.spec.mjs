// How a server is found by its metadata, and which metadata are refused.
import { test } from "./support/openid.mjs";
import { call, expect, reply } from "./support/test.mjs";

const REFUSED = /^(invalid_response|issuer_mismatch)$/;

const KNOWN = "/.well-known/openid-configuration";

/** The metadata of the scripted server. */
const metadata = (as, more) => ({
  issuer: as.url,
  authorization_endpoint: `${as.url}/auth`,
  token_endpoint: `${as.url}/token`,
  ...more,
});

async function discovered(page, as, body, headers) {
  as.routes[KNOWN] = (request, res) => reply(res, 200, body, headers);
  return call(page, "discover", as.url);
}

test("K01: a server is found by its metadata", async ({ page, app, op }) => {
  await page.goto(app.origin);
  const { value } = await call(page, "discover", op.issuer);
  expect(value).toMatchObject({
    issuer: op.issuer,
    authorizationEndpoint: op.authorizationEndpoint,
    tokenEndpoint: op.tokenEndpoint,
    revocationEndpoint: op.revocationEndpoint,
    endSessionEndpoint: op.endSessionEndpoint,
    userinfoEndpoint: op.userinfoEndpoint,
    jwksUri: op.jwksUri,
    issParameter: true,
  });
  expect(op.counters.discovery).toBe(1);
});

test("K01: an issuer that is written in another way is another issuer", async ({ page, app, op }) => {
  await page.goto(app.origin);
  const [, port] = op.issuer.match(/:(\d+)$/);
  for (const issuer of [`${op.issuer}/`, op.issuer.replace("http", "HTTP"), `http://127.1:${port}`]) {
    const failed = await call(page, "discover", issuer);
    expect(failed, issuer).toMatchObject({
      isAuthError: true,
      code: "issuer_mismatch",
      phase: "configure",
      retryable: false,
    });
  }
});

test("K01: metadata of another issuer are refused, and so are some without a name", async ({
  page,
  app,
  as,
}) => {
  await page.goto(app.origin);
  const others = [`${as.url}/`, as.url.toUpperCase(), "https://as.example", "", null, [as.url], undefined];
  for (const issuer of others) {
    const failed = await discovered(page, as, metadata(as, { issuer }));
    expect(failed, String(issuer)).toMatchObject({ code: "issuer_mismatch", phase: "configure" });
  }
  expect(await discovered(page, as, metadata(as))).toMatchObject({ value: { issuer: as.url } });
});

test("K02: the metadata of an issuer with a path are looked for below it, then before it", async ({
  page,
  app,
  as,
}) => {
  await page.goto(app.origin);
  const issuer = `${as.url}/tenant`;
  const places = [`/tenant${KNOWN}`, "/.well-known/oauth-authorization-server/tenant"];
  as.routes[places[1]] = (request, res) => reply(res, 200, metadata(as, { issuer }));
  expect(await call(page, "discover", issuer)).toMatchObject({ value: { issuer } });
  expect(as.requests.map(({ path }) => path)).toEqual(places);
});

test("A10: endpoints that are neither https nor on this machine are refused", async ({ page, app, as }) => {
  await page.goto(app.origin);
  const names = [
    "authorization_endpoint",
    "token_endpoint",
    "revocation_endpoint",
    "end_session_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
  ];
  const bad = [
    "http://as.example/x",
    "javascript:alert(1)//",
    "ftp://localhost/x",
    "/x",
    "https://a@b.example/",
  ];
  for (const name of names) {
    for (const address of [...bad, "https://as.example/#x", 7, null]) {
      const failed = await discovered(page, as, metadata(as, { [name]: address }));
      expect(failed, `${name} ${address}`).toMatchObject({
        isAuthError: true,
        code: "invalid_response",
        phase: "configure",
      });
    }
  }
  const good = metadata(as, { token_endpoint: "https://as.example/token" });
  expect(await discovered(page, as, good)).toMatchObject({
    value: { tokenEndpoint: "https://as.example/token" },
  });
});

test("A10: an issuer that is no address for secrets is refused before any request", async ({ page, app }) => {
  await page.goto(app.origin);
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  for (const issuer of [
    "http://as.example",
    "as.example",
    "javascript:alert(1)",
    "https://as.example/?x",
    "",
  ]) {
    const failed = await call(page, "discover", issuer);
    expect(failed, issuer).toMatchObject({ isAuthError: true, code: "invalid_configuration" });
  }
  expect(asked.filter((url) => !url.startsWith(app.origin))).toEqual([]);
});

test("C04 D02 D03: metadata that are too large, not JSON, or say something twice are refused", async ({
  page,
  app,
  as,
}) => {
  await page.goto(app.origin);
  const good = JSON.stringify(metadata(as));
  const padded = (length) => good + " ".repeat(length - good.length);
  expect(await discovered(page, as, padded(1 << 20))).toMatchObject({ value: { issuer: as.url } });
  const bad = {
    "more than a mebibyte": padded((1 << 20) + 1),
    "a member twice": good.replace("}", `,"issuer":"${as.url}"}`),
    "an unknown member twice": good.replace("}", ',"x":1,"x":1}'),
    "a page": "<!doctype html><title>Log in</title>",
    nothing: "",
    "half of it": good.slice(0, -1),
    "more behind it": `${good}{}`,
    "a byte order mark": `\ufeff${good}`,
    "no UTF-8": Buffer.from([0x7b, 0xff, 0x7d]),
    "no token endpoint": JSON.stringify({ ...metadata(as), token_endpoint: undefined }),
  };
  for (const [what, body] of Object.entries(bad)) {
    expect(await discovered(page, as, body), what).toMatchObject({
      isAuthError: true,
      code: "invalid_response",
      phase: "configure",
      retryable: false,
    });
  }
  // Whatever else is no object has no issuer either.
  for (const body of ["[]", "null", "7", '"x"', "true"]) {
    const { code, phase } = await discovered(page, as, body);
    expect([body, code, phase]).toEqual([body, expect.stringMatching(REFUSED), "configure"]);
  }
  const asText = await discovered(page, as, good, { "Content-Type": "text/html" });
  expect(asText).toMatchObject({ code: "invalid_response" });
});

test("C03: metadata that never come: the deadline holds", async ({ page, app, as }) => {
  await page.goto(app.origin);
  await page.evaluate(async () => (await lib()).init());
  const stalls = {
    "no answer": () => {},
    "no body": (request, res) => {
      res.writeHead(200, { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" });
      res.write("{");
    },
  };
  for (const [what, route] of Object.entries(stalls)) {
    as.routes[KNOWN] = route;
    const [failed, took] = await page.evaluate(async (url) => {
      const start = performance.now();
      const failed = await outcome(async () => (await lib()).discover(url, { timeout: 500 }));
      return [failed, performance.now() - start];
    }, as.url);
    expect(failed, what).toMatchObject({
      isAuthError: true,
      code: "timeout",
      phase: "configure",
      retryable: true,
    });
    expect(took, what).toBeGreaterThan(450);
    expect(took, what).toBeLessThan(1_500);
  }
});

test("C02 H05: what else may happen to the metadata has a code of its own", async ({
  page,
  app,
  as,
  evil,
}) => {
  await page.goto(app.origin);
  const answers = [
    [(request, res) => reply(res, 500, "oops"), { code: "server_error", retryable: true, status: 500 }],
    [(request, res) => reply(res, 403, {}), { code: "invalid_response", retryable: false, status: 403 }],
    [
      (request, res) => reply(res, 302, "", { Location: `${evil.url}${KNOWN}` }),
      { code: "network", retryable: true },
    ],
    [(request, res) => res.destroy(), { code: "network", retryable: true }],
    [(request, res) => reply(res, 404), { code: "invalid_configuration", retryable: false }],
    [
      (request, res) => reply(res, 429, "", { "Retry-After": "3600" }),
      { code: "rate_limited", retryable: true, status: 429 },
    ],
  ];
  for (const [route, expected] of answers) {
    as.routes[KNOWN] = route;
    const failed = await call(page, "discover", as.url);
    expect(failed).toMatchObject({ isAuthError: true, phase: "configure", ...expected });
  }
  expect(evil.requests).toEqual([]);
});
