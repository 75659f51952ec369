// Wrong options are told at once, by name, and cost nothing.
import { call, client, expect, signIn, stored, test } from "./support/test.mjs";

const SHARED = [
  ["clientId", { clientId: undefined }],
  ["clientId", { clientId: "" }],
  ["clientId", { clientId: 1 }],
  ["clientId", { clientId: null }],
  ["clientSecret", { clientSecret: 1 }],
  ["scope", { scope: 1 }],
  ["scope", { scope: ["a", 1] }],
  ["scope", { scope: { a: 1 } }],
  ["allowHttp", { allowHttp: "yes" }],
  ["allowHttp", { allowHttp: 1 }],
  ["timeout", { timeout: 0 }],
  ["timeout", { timeout: -1 }],
  ["timeout", { timeout: "fast" }],
  ["timeout", { timeout: {} }],
  ["timeout", { timeout: 2 ** 31 }],
  ["server", { server: undefined }],
  ["server", { server: null }],
  ["server", { server: 1 }],
  ["server", { server: "space.example" }],
  ["server", { server: "" }],
  ["server", { server: "https://space.example/?x" }],
  ["tokenEndpoint", { server: {} }],
  ["tokenEndpoint", { server: { tokenEndpoint: 1 } }],
  ["tokenEndpoint", { server: { tokenEndpoint: "" } }],
  ["tokenEndpoint", { server: { tokenEndpoint: "http://as.example/token" } }],
  ["tokenEndpoint", { server: { tokenEndpoint: "/token" } }],
  [
    "clientAuthentication",
    { server: { tokenEndpoint: "https://as.example/", clientAuthentication: "post" } },
  ],
  ["offline", { server: { tokenEndpoint: "https://as.example/", offline: true } }],
  ["pkce", { server: { tokenEndpoint: "https://as.example/", pkce: "no" } }],
  ["issParameter", { server: { tokenEndpoint: "https://as.example/", issParameter: 1 } }],
];

const LOGIN = [
  ["authorizationEndpoint", { server: { tokenEndpoint: "https://as.example/token" } }],
  [
    "authorizationEndpoint",
    { server: { tokenEndpoint: "https://as.example/", authorizationEndpoint: "javascript:x" } },
  ],
  ["redirectUri", { redirectUri: 1 }],
  ["redirectUri", { redirectUri: "relative" }],
  ["redirectUri", { redirectUri: "https://app.example/#x" }],
  ["redirectUri", { redirectUri: "https://app.example/?code=x" }],
  ["flow", { flow: "hybrid" }],
  ["flow", { flow: "token" }],
  ["accessType", { accessType: "always" }],
  ["requestCredentials", { requestCredentials: "never" }],
  ["parameters", { parameters: { a: 1 } }],
  ["parameters", { parameters: "prompt=none" }],
  ["parameters", { parameters: { state: "x" } }],
  ["parameters", { parameters: { client_id: "x" } }],
  ["baseUrl", { baseUrl: "relative" }],
  ["baseUrl", { baseUrl: "http://api.example" }],
  ["baseUrl", { baseUrl: 1 }],
  ["api", { api: "https://api.example" }],
  ["api", { api: ["*"] }],
  ["api", { api: ["api.example"] }],
  ["api", { api: ["http://api.example"] }],
  ["api", { api: ["https://api.example/?x"] }],
  ["api", { api: [1] }],
];

const ONLY_LOGIN = [
  ["mode", { mode: "auto" }],
  ["mode", { mode: true }],
  ["storage", { storage: "cookie" }],
  ["storage", { storage: null }],
  ["storage", { storage: { getItem: 1 } }],
  ["storage", { storage: true }],
  ["signal", { signal: {} }],
  ["signal", { signal: true }],
];

const isRefused = (failed, name, what) => {
  expect(failed, what).toMatchObject({
    isAuthError: true,
    name: "AuthError",
    code: "invalid_configuration",
    phase: "configure",
    retryable: false,
  });
  expect(failed.hint, what).toContain(name);
  expect(failed.message, what).toContain("invalid_configuration");
};

test("A09 A10 A11 C07: every wrong option of login is refused, and nothing is lost", async ({
  page,
  app,
  as,
}) => {
  const good = client(as, { storage: "local" });
  await signIn(page, app, good);
  const before = [await stored(page), as.requests.length, page.url()];
  for (const [name, wrong] of [...SHARED, ...LOGIN, ...ONLY_LOGIN]) {
    const options = { ...good, redirectUri: `${app.origin}/`, ...wrong };
    const what = JSON.stringify(wrong);
    // The session of the right options must not hide what is wrong with these.
    isRefused(await call(page, "login", options), name, what);
    // What only an authorization request needs is no concern of an answer.
    const ofRequest = ["authorizationEndpoint", "redirectUri", "parameters", "mode"].includes(name);
    if (!ofRequest) isRefused(await call(page, "handleRedirect", options), name, what);
  }
  expect([await stored(page), as.requests.length, page.url()]).toEqual(before);
  expect(await page.evaluate(() => session.signedIn)).toBe(true);
});

test("A09 A10 A11 C07: every wrong option of the pieces is refused", async ({ page, app, as }) => {
  await page.goto(app.origin);
  await page.evaluate(async () => (await lib()).init());
  for (const [name, wrong] of [...SHARED, ...LOGIN]) {
    if (name === "timeout") continue;
    isRefused(
      await call(page, "buildAuthorizationUrl", { ...client(as), ...wrong }),
      name,
      JSON.stringify(wrong),
    );
  }
  const pieces = {
    exchangeCode: { code: "x", redirectUri: "https://app.example/" },
    refreshTokens: { refreshToken: "x" },
    revokeToken: { token: "x", server: { ...as.server, revocationEndpoint: `${as.url}/revoke` } },
  };
  for (const [piece, more] of Object.entries(pieces)) {
    for (const [name, wrong] of SHARED) {
      isRefused(
        await call(page, piece, client(as, { ...more, ...wrong })),
        name,
        `${piece} ${JSON.stringify(wrong)}`,
      );
    }
    for (const name of Object.keys(more)) {
      const options = client(as, { ...more, [name]: undefined });
      isRefused(await call(page, piece, options), name, `${piece} without ${name}`);
    }
  }
  isRefused(await call(page, "revokeToken", client(as, { token: "x" })), "revocationEndpoint");
  isRefused(await call(page, "revokeToken", client(as, { ...pieces.revokeToken, kind: "id_token" })), "kind");
  expect(as.requests).toEqual([]);
});

test("A10: servers made of an address that is none", async ({ page, app }) => {
  await page.goto(app.origin);
  for (const name of ["space", "hub", "processMaker4"]) {
    for (const url of ["", "x", "/x", "https://", "https://a/?q", "https://a/#f"]) {
      isRefused(await call(page, name, url), "server", `${name} ${url}`);
    }
  }
  for (const workspace of ["", "a/b", "../x", "a?b", "a#b", "a b", "%2e", 1, null]) {
    isRefused(
      await call(page, "processMaker", "https://pm.example", workspace),
      "workspace",
      String(workspace),
    );
  }
});

test("A10: options of a session's methods", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  const wrong = await page.evaluate(async () => [
    await outcome(() => session.accessToken({ minValidity: -1 })),
    await outcome(() => session.accessToken({ minValidity: "x" })),
    await outcome(() => session.accessToken({ signal: 1 })),
    await outcome(() => session.refresh({ signal: {} })),
    await outcome(() => session.logout({ redirect: "yes" })),
    await outcome(() => session.logout({ redirect: true, returnTo: "https://evil.test/" })),
    await outcome(() => session.on("changed", () => {})),
    await outcome(() => session.on("error", "x")),
  ]);
  const names = [
    "minValidity",
    "minValidity",
    "signal",
    "signal",
    "redirect",
    "returnTo",
    "event",
    "listener",
  ];
  for (const [index, name] of names.entries()) isRefused(wrong[index], name);
  expect(await page.evaluate(async () => [session.signedIn, (await session.fetch("x")).status])).toEqual([
    true,
    200,
  ]);
});

test("A10: wrong options of the other grants and of discovery", async ({ page, app, as }) => {
  await page.goto(app.origin);
  const options = client(as);
  for (const [name, wrong, option] of [
    ["clientCredentials", {}, "clientSecret"],
    ["clientCredentials", { clientSecret: 1 }, "clientSecret"],
    ["password", { password: "password-sentinel" }, "username"],
    ["password", { username: "a" }, "password"],
    ["password", { username: "a", password: 1 }, "password"],
    ["permanentToken", {}, "token"],
    ["permanentToken", { token: "with space" }, "token"],
    ["permanentToken", { token: "x", subject: "nobody" }, "subject"],
  ]) {
    const failed = await call(page, name, { ...options, ...wrong });
    isRefused(failed, option, `${name} ${JSON.stringify(wrong)}`);
    expect(JSON.stringify(failed)).not.toContain("sentinel");
  }
  for (const issuer of ["", "x", "http://intranet.test", "https://a/?q", "https://a/#f", "https://u@a/"]) {
    isRefused(await call(page, "discover", issuer), "issuer", issuer);
  }
  expect(as.requests).toEqual([]);
});
