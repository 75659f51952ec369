// OpenID Connect: what an id_token says, which issuer answers, and how a session ends there.
import { startOidcProvider } from "../servers/oidc-provider.mjs";
import { test } from "./support/openid.mjs";
import { throughPages } from "./support/pages.mjs";
import { expect, resume, stored } from "./support/test.mjs";

const options = (op, more) => ({
  preset: ["discover", op.issuer],
  clientId: "spa",
  scope: "openid profile",
  ...more,
});

const implicit = (op, more) => options(op, { clientId: "spa-implicit", flow: "implicit", ...more });

async function signIn(page, app, given) {
  await throughPages(page, app, given);
  const { value, ...failed } = await resume(page, given);
  expect(failed).toEqual({});
  return value;
}

/** Changes the answer in the address bar before anybody has read it. */
const rewrite = (page, part, names) =>
  page.evaluate(
    ([part, names]) => {
      const url = new URL(location.href);
      const answer = new URLSearchParams(url[part].slice(1));
      for (const [name, value] of Object.entries(names)) {
        if (value === null) answer.delete(name);
        else answer.set(name, value);
      }
      url[part] = answer;
      history.replaceState(null, "", url);
    },
    [part, names],
  );

const headerOf = (token) => JSON.parse(Buffer.from(token.split(".")[0], "base64url"));
const claimsOf = (token) => JSON.parse(Buffer.from(token.split(".")[1], "base64url"));

/** Keeps the last answer of the token endpoint: the browser itself drops what it showed as soon as the page moves on. */
async function watchTokens(page, op) {
  const issued = {};
  await page.route(op.tokenEndpoint, async (route) => {
    const response = await route.fetch();
    issued.tokens = await response.json();
    await route.fulfill({ response });
  });
  return issued;
}

for (const [clientId, alg] of [
  ["spa", "RS256"],
  ["spa-es256", "ES256"],
]) {
  test(`A08 K05: code: the claims of an id_token by ${alg}, before and after a reload`, async ({
    page,
    app,
    op,
  }) => {
    const given = options(op, { clientId });
    const issued = await watchTokens(page, op);
    await page.goto(app.origin);
    const asked = page.waitForRequest(/response_type=code/);
    const { claims } = await signIn(page, app, given);
    const { id_token: idToken } = issued.tokens;
    expect(headerOf(idToken).alg).toBe(alg);
    expect(claims).toEqual(claimsOf(idToken));
    const nonce = new URL((await asked).url()).searchParams.get("nonce");
    expect(nonce).toMatch(/^[\w-]{43}$/);
    expect(claims).toMatchObject({ iss: op.issuer, aud: clientId, sub: "alice", name: "alice", nonce });
    expect(await page.evaluate(() => Object.isFrozen(session.claims))).toBe(true);
    await page.reload();
    expect((await resume(page, given)).value.claims).toEqual(claims);
    // One that came from the token endpoint needs no signature: TLS says who sent it.
    expect(op.counters.jwks).toBe(0);
  });
}

test("K05 K07: implicit: an id_token from the fragment is checked by the server's keys", async ({
  page,
  app,
  op,
}) => {
  const given = implicit(op, { baseUrl: `${op.issuer}/api/` });
  const value = await signIn(page, app, given);
  expect(value).toMatchObject({ grant: "implicit", subject: "user", signedIn: true });
  expect(value.claims).toMatchObject({ iss: op.issuer, aud: "spa-implicit", sub: "alice" });
  expect(value.claims.at_hash).toEqual(expect.any(String));
  expect(page.url()).toBe(`${app.origin}/`);
  expect(op.counters).toMatchObject({ jwks: 1, token: 0 });
  expect(await page.evaluate(async () => (await session.fetch("me")).json())).toMatchObject({ sub: "alice" });
  await page.reload();
  expect((await resume(page, given)).value.claims).toEqual(value.claims);
  expect(op.counters.jwks).toBe(1);
});

/** What may be wrong with an answer in the fragment. */
const FORGERIES = {
  "K05: the signature of another key": async (page, op) => {
    const other = await startOidcProvider({ redirectUris: ["http://localhost/"] });
    const keys = await (await fetch(other.jwksUri)).text();
    await other.close();
    await page.route(op.jwksUri, (route) =>
      route.fulfill({
        contentType: "application/json",
        headers: { "Access-Control-Allow-Origin": "*" },
        body: keys,
      }),
    );
  },
  "K12: no keys": (page, op) => page.route(op.jwksUri, (route) => route.fulfill({ status: 404 })),
  "K05: a changed claim": async (page) => {
    const idToken = new URLSearchParams(new URL(page.url()).hash.slice(1)).get("id_token");
    const [head, , signature] = idToken.split(".");
    const claims = { ...claimsOf(idToken), sub: "mallory" };
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    await rewrite(page, "hash", { id_token: [head, payload, signature].join(".") });
  },
  "K05: no signature": async (page) => {
    const idToken = new URLSearchParams(new URL(page.url()).hash.slice(1)).get("id_token");
    const head = Buffer.from('{"alg":"none"}').toString("base64url");
    await rewrite(page, "hash", { id_token: `${head}.${idToken.split(".")[1]}.` });
  },
  "K07: another access token": (page) => rewrite(page, "hash", { access_token: "another" }),
  "K05: no id_token": (page) => rewrite(page, "hash", { id_token: null }),
};

for (const [what, forge] of Object.entries(FORGERIES)) {
  test(`${what}: the answer is refused, and nothing is kept`, async ({ page, app, op }) => {
    const given = implicit(op);
    await throughPages(page, app, given);
    await forge(page, op);
    const failed = await resume(page, given);
    expect(failed).toMatchObject({ isAuthError: true, code: "id_token_invalid", retryable: false });
    expect(page.url()).toBe(`${app.origin}/`);
    expect(await stored(page)).toBe("[{},{}]");
    // At once all who ask are told the same; the next load starts anew.
    await page.reload();
    expect(await resume(page, given)).toEqual({ value: null });
  });
}

test("K06: an answer to another request's nonce is refused", async ({ page, app, op }) => {
  const given = implicit(op);
  await throughPages(page, app, given);
  await page.evaluate(() => {
    for (const [key, text] of Object.entries(localStorage)) {
      localStorage.setItem(key, text.replace(/("nonce":")[^"]+/, `$1${"n".repeat(43)}`));
    }
  });
  expect(await resume(page, given)).toMatchObject({ isAuthError: true, code: "id_token_invalid" });
  expect(await stored(page)).toBe("[{},{}]");
});

test("K08 F01: userinfo is asked with the token, and speaks of the same user", async ({ page, app, op }) => {
  const { claims } = await signIn(page, app, options(op, { baseUrl: `${app.origin}/` }));
  const userinfo = await page.evaluate(async () => {
    const response = await session.fetch(session.server.userinfoEndpoint);
    return [response.status, await response.json()];
  });
  expect(userinfo).toEqual([200, { sub: claims.sub, name: "alice" }]);
  expect(op.counters.userinfo).toBe(1);
  // Only this address of the server is allowed, not its neighbours.
  expect(
    await page.evaluate((url) => outcome(() => session.fetch(`${url}/api/me`)), op.issuer),
  ).toMatchObject({
    code: "origin_not_allowed",
  });
});

test("E16: a refresh brings a new id_token of the same user", async ({ page, app, op }) => {
  const given = options(op);
  const before = (await signIn(page, app, given)).claims;
  // Its times are whole seconds.
  await page.waitForTimeout(1_100);
  await page.evaluate(() => session.refresh());
  const after = await page.evaluate(() => session.claims);
  expect(after.iat).toBeGreaterThan(before.iat);
  const { iss, sub, aud } = before;
  expect(after).toMatchObject({ iss, sub, aud });
  await page.reload();
  expect((await resume(page, given)).value.claims).toEqual(after);
});

for (const [what, change] of [
  ["user", { sub: "bob" }],
  ["issuer", { iss: "https://as.example" }],
  ["client", { aud: "other" }],
]) {
  test(`E16: a refresh that brings an id_token of another ${what} is refused`, async ({ page, app, op }) => {
    const { claims } = await signIn(page, app, options(op));
    await page.route(op.tokenEndpoint, async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      const response = await route.fetch();
      const tokens = await response.json();
      const [head, , signature] = tokens.id_token.split(".");
      const payload = JSON.stringify({ ...claimsOf(tokens.id_token), ...change });
      const id_token = [head, Buffer.from(payload).toString("base64url"), signature].join(".");
      return route.fulfill({ response, json: { ...tokens, id_token } });
    });
    expect(await page.evaluate(() => outcome(() => session.refresh()))).toMatchObject({
      isAuthError: true,
      code: "id_token_invalid",
      phase: "refresh",
    });
    expect([claims, null]).toContainEqual(await page.evaluate(() => session.claims));
  });
}

test("K11: log-out ends the server's session, and comes back", async ({ page, app, op }) => {
  const given = options(op);
  const issued = await watchTokens(page, op);
  await signIn(page, app, given);
  const { id_token: idToken } = issued.tokens;
  const asked = page.waitForRequest((request) => request.url().startsWith(op.endSessionEndpoint));
  await page.evaluate(() => void session.logout({ redirect: true }));
  const { searchParams } = new URL((await asked).url());
  expect(Object.fromEntries(searchParams)).toEqual({
    client_id: "spa",
    post_logout_redirect_uri: `${app.origin}/`,
    id_token_hint: idToken,
  });
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL((url) => url.origin === app.origin);
  expect(await stored(page)).toBe("[{},{}]");
  expect(await resume(page, given)).toEqual({ value: null });
  await expect.poll(() => op.counters.revoke).toBe(1);
  await page.evaluate((given) => begin(given), given);
  await expect(page.locator("input[name=login]")).toBeVisible();
});

test("B02: the answer names its issuer (RFC 9207)", async ({ page, app, op }) => {
  const given = options(op);
  await throughPages(page, app, given);
  expect(new URL(page.url()).searchParams.get("iss")).toBe(op.issuer);
  expect((await resume(page, given)).value).toMatchObject({ signedIn: true });
  expect(page.url()).toBe(`${app.origin}/`);
});

for (const [what, change] of [
  ["another issuer", () => "https://as.example"],
  ["the issuer with a slash", (op) => `${op.issuer}/`],
  ["no issuer, though one is promised", () => null],
  ["an empty one", () => ""],
]) {
  test(`B02: an answer with ${what} is refused before any request`, async ({ page, app, op }) => {
    const given = options(op);
    await throughPages(page, app, given);
    await rewrite(page, "search", { iss: change(op) });
    expect(await resume(page, given)).toMatchObject({
      isAuthError: true,
      code: "issuer_mismatch",
      phase: "redirect",
      retryable: false,
    });
    expect(op.counters.token).toBe(0);
    expect(page.url()).toBe(`${app.origin}/`);
    expect(await stored(page)).toBe("[{},{}]");
  });
}
