// Against a third authorization server, with the grants and the clients that the second one does not have.
import { startAuthlib } from "../servers/authlib.mjs";
import { throughPages } from "./support/pages.mjs";
import { enterBy, expect, record, resume, stored, test as base } from "./support/test.mjs";

const test = base.extend({
  as: async ({ app }, use) => {
    const as = await startAuthlib({ redirectUris: [`${app.origin}/`] });
    await use(as);
    await as.close();
  },
});

const options = (as, more = {}) => ({ server: as.server, clientId: "spa", ...more });

async function signIn(page, app, given) {
  await throughPages(page, app, given);
  const { value, ...failed } = await resume(page, given);
  expect(failed).toEqual({});
  expect(page.url()).toBe(`${app.origin}/`);
  return value;
}

const me = (page) => page.evaluate(async () => (await session.fetch("me")).json());

const statuses = (page, length) =>
  page.evaluate(
    (length) => Promise.all(Array.from({ length }, () => session.fetch("me").then(({ status }) => status))),
    length,
  );

/** Many calls at once with an expired token: one request renews it for all of them. */
async function renewsOnce(page, as, grant = "refresh_token") {
  const before = await as.count("/token", { grant });
  await as.expireAccessTokens();
  expect(await statuses(page, 100)).toEqual(Array(100).fill(200));
  expect(await as.count("/token", { grant })).toBe(before + 1);
}

/** Logs out: neither the access token nor the refresh token is good any more. */
async function logsOut(page, as, clientId = "spa") {
  const token = await page.evaluate(() => session.accessToken());
  const headers = { Authorization: `Bearer ${token}` };
  expect((await fetch(`${as.url}/api/me`, { headers })).status).toBe(200);
  await page.evaluate(() => session.logout());
  expect(await page.evaluate(() => session.signedIn)).toBe(false);
  expect(await record(page)).toBeUndefined();
  await expect.poll(() => as.count("/revoke", { status: 200 })).toBeGreaterThan(0);
  await expect.poll(async () => (await fetch(`${as.url}/api/me`, { headers })).status).toBe(401);
  expect(await resume(page, options(as, { clientId }))).toEqual({ value: null });
}

test("A02 A05 B02 E01: code with PKCE, a reload, one refresh for 100 calls, log-out", async ({
  page,
  app,
  as,
}) => {
  const given = options(as, { scope: "profile" });
  const value = await signIn(page, app, given);
  expect(value).toMatchObject({ grant: "authorization_code", subject: "user", scopes: ["profile"] });
  expect(await me(page)).toEqual({ sub: "alice", clientId: "spa", scope: "profile" });

  await page.reload();
  expect((await resume(page, given)).value).toMatchObject({ signedIn: true });
  expect(await as.count("/token", { grant: "authorization_code" })).toBe(1);

  await renewsOnce(page, as);
  // The token expires by the clock: nobody has to say so.
  const refused = await as.count("/api/me", { status: 401 });
  await page.clock.setFixedTime(Date.now() + 61_000);
  expect(await statuses(page, 100)).toEqual(Array(100).fill(200));
  expect(await as.count("/token", { grant: "refresh_token" })).toBe(2);
  expect(await as.count("/api/me", { status: 401 })).toBe(refused);
  await logsOut(page, as);
  const asked = (await as.requests()).filter(({ path }) => ["/token", "/revoke"].includes(path));
  for (const { status, referer, cookies } of asked) {
    expect([status, referer, cookies]).toEqual([200, null, false]);
  }
});

test("code with OpenID: the claims of the id_token", async ({ page, app, as }) => {
  const given = options(as, { scope: "openid profile" });
  const { claims } = await signIn(page, app, given);
  expect(claims).toMatchObject({ iss: as.url, aud: "spa", sub: "alice", name: "alice" });
});

test("code, at a server found by its metadata", async ({ page, app, as }) => {
  const given = { preset: ["discover", as.url], clientId: "spa", baseUrl: `${as.url}/api/` };
  const { claims } = await signIn(page, app, given);
  expect(claims).toMatchObject({ sub: "alice" });
  await renewsOnce(page, as);
});

test("B08: implicit: a token from the fragment, a reload, and log-out", async ({ page, app, as }) => {
  const given = options(as, { flow: "implicit", scope: "profile" });
  const value = await signIn(page, app, given);
  expect(value).toMatchObject({ grant: "implicit", subject: "user", scopes: ["profile"], claims: null });
  expect(await me(page)).toMatchObject({ sub: "alice" });

  await page.reload();
  expect((await resume(page, given)).value).toMatchObject({ signedIn: true, grant: "implicit" });
  expect(await statuses(page, 10)).toEqual(Array(10).fill(200));
  expect(await as.count("/token")).toBe(0);
  await logsOut(page, as);
});

test("implicit with OpenID: the claims of the signed id_token", async ({ page, app, as }) => {
  const given = options(as, { flow: "implicit", scope: "openid profile" });
  const { claims } = await signIn(page, app, given);
  expect(claims).toMatchObject({ iss: as.url, aud: "spa", sub: "alice", name: "alice" });
  expect(await me(page)).toMatchObject({ sub: "alice", scope: "openid profile" });
});

for (const more of [
  { flow: "code" },
  { flow: "implicit", scope: "profile" },
  { flow: "implicit", scope: "openid" },
]) {
  test(`B12: a denial: ${Object.values(more).join(" ")}`, async ({ page, app, as }) => {
    const given = options(as, more);
    await throughPages(page, app, given, { decision: "Deny" });
    const failed = await resume(page, given);
    expect(failed).toMatchObject({ isAuthError: true, code: "access_denied", phase: "redirect" });
    expect(page.url()).toBe(`${app.origin}/`);
    expect(await as.count("/token")).toBe(0);
  });
}

/** The clients with the server as it must be told for each. */
const CLIENTS = {
  spa: {},
  basic: { clientAuthentication: "basic" },
  body: { clientAuthentication: "body" },
};

const confidential = (as, name, more) => {
  const { clientId, clientSecret } = as.clients[name];
  const server = { ...as.server, ...CLIENTS[name] };
  return { server, clientId, ...(clientSecret && { clientSecret }), ...more };
};

for (const name of Object.keys(CLIENTS)) {
  test(`password, client ${name}: signs in, refreshes once for 100 calls, and log-out`, async ({
    page,
    app,
    as,
  }) => {
    const user = { username: "bob", password: as.users.bob, scope: "profile" };
    const given = confidential(as, name, user);
    await page.goto(app.origin);
    const { value, ...failed } = await enterBy(page, "password", given);
    expect(failed).toEqual({});
    expect(value).toMatchObject({
      grant: "password",
      subject: "user",
      clientId: name,
      signedIn: true,
      scopes: ["profile"],
    });
    expect(await me(page)).toEqual({ sub: "bob", clientId: name, scope: "profile" });
    await renewsOnce(page, as);
    const kept = await stored(page);
    expect(kept).toContain("space-auth:session:");
    expect(kept).not.toContain(given.password);
    if (given.clientSecret) expect(kept).not.toContain(given.clientSecret);
    expect(await as.count("/token", { grant: "password" })).toBe(1);
    await logsOut(page, as, name);
  });
}

test("password: what the server says of a wrong one", async ({ page, app, as }) => {
  const given = options(as, { username: "bob", password: "a wrong password" });
  await page.goto(app.origin);
  const failed = await enterBy(page, "password", given);
  // Most servers say `invalid_grant`.
  expect(failed).toMatchObject({ isAuthError: true, code: "invalid_request", phase: "token", status: 400 });
  expect(JSON.stringify(failed)).not.toContain(given.password);
  expect(await as.count("/token")).toBe(1);
});

for (const name of ["basic", "body"]) {
  test(`client credentials, client ${name}: signs in, renews once for 100 calls, and log-out`, async ({
    page,
    app,
    as,
  }) => {
    const given = confidential(as, name, { scope: "profile" });
    await page.goto(app.origin);
    const { value, ...failed } = await enterBy(page, "clientCredentials", given);
    expect(failed).toEqual({});
    expect(value).toMatchObject({
      grant: "client_credentials",
      subject: "application",
      clientId: name,
      signedIn: true,
      scopes: ["profile"],
    });
    expect(await statuses(page, 10)).toEqual(Array(10).fill(200));
    expect(await me(page)).toEqual({ sub: null, clientId: name, scope: "profile" });
    const kept = await stored(page);
    expect(kept).toContain("space-auth:session:");
    expect(kept).not.toContain(given.clientSecret);
    expect(await as.count("/token", { grant: "client_credentials" })).toBe(1);
    await renewsOnce(page, as, "client_credentials");
    await logsOut(page, as, name);
  });

  test(`client credentials, client ${name}: a wrong secret`, async ({ page, app, as }) => {
    const given = confidential(as, name, { clientSecret: "a wrong secret" });
    await page.goto(app.origin);
    const failed = await enterBy(page, "clientCredentials", given);
    expect(failed).toMatchObject({ isAuthError: true, code: "invalid_client", phase: "token", status: 401 });
    expect(JSON.stringify(failed)).not.toContain(given.clientSecret);
  });
}
