// Against an authorization server that others wrote.
import { test } from "./support/openid.mjs";
import { throughPages } from "./support/pages.mjs";
import { expect, resume } from "./support/test.mjs";

const options = ({ issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint }) => ({
  server: { issuer, authorizationEndpoint, tokenEndpoint, revocationEndpoint, issParameter: true },
  clientId: "spa",
  scope: "openid offline_access",
  parameters: { prompt: "consent" },
  baseUrl: `${issuer}/api/`,
});

async function signIn(page, app, op, more = {}) {
  const given = { ...options(op), ...more };
  await throughPages(page, app, given);
  return resume(page, given);
}

const thousand = () =>
  Promise.all(Array.from({ length: 1_000 }, () => session.fetch("me").then(({ status }) => status)));

test("A02 A05 B02 E01: signs in, survives a reload, and refreshes once for 1 000 calls", async ({
  page,
  app,
  op,
}) => {
  test.slow();
  const { value, ...failed } = await signIn(page, app, op);
  expect(failed).toEqual({});
  expect(value).toMatchObject({
    signedIn: true,
    grant: "authorization_code",
    clientId: "spa",
    subject: "user",
  });
  expect(page.url()).toBe(`${app.origin}/`);
  expect(await page.evaluate(async () => (await session.fetch("me")).json())).toMatchObject({ sub: "alice" });

  await page.reload();
  expect((await page.evaluate((options) => resume(options), options(op))).value).toMatchObject({
    signedIn: true,
  });
  expect(op.counters["token.authorization_code"]).toBe(1);

  await op.expireAccessTokens();
  expect(await page.evaluate(thousand)).toEqual(Array(1_000).fill(200));
  expect(op.counters["token.refresh_token"]).toBe(1);

  // The token expires by the clock: nobody has to say so.
  const refused = op.counters["api.401"];
  await page.clock.setFixedTime(Date.now() + 61_000);
  expect(await page.evaluate(thousand)).toEqual(Array(1_000).fill(200));
  expect(op.counters["token.refresh_token"]).toBe(2);
  expect(op.counters["api.401"]).toBe(refused);
  for (const { status, referer, cookies } of op.tokenRequests) {
    expect([status, referer, cookies]).toEqual([200, null, false]);
  }
});

test("F11 B15: bodies are repeated, and log-out revokes", async ({ page, app, op }) => {
  await signIn(page, app, op, { storage: "local" });
  await op.expireAccessTokens();
  const echoed = await page.evaluate(async () => {
    const response = await session.fetch("echo", { method: "POST", body: new URLSearchParams({ a: "1 2" }) });
    return response.json();
  });
  expect(echoed).toMatchObject({ method: "POST", body: "a=1+2" });
  await page.evaluate(() => session.logout());
  expect(await page.evaluate(() => [session.signedIn, localStorage.length])).toEqual([false, 0]);
  await expect.poll(() => op.counters.revoke).toBe(1);
});

test("B12: a denial", async ({ page, app, op }) => {
  await throughPages(page, app, options(op), { decision: "Deny" });
  const failed = await page.evaluate((options) => resume(options), options(op));
  expect(failed).toMatchObject({ isAuthError: true, code: "access_denied", phase: "redirect" });
  expect(page.url()).toBe(`${app.origin}/`);
});

test("B02: an answer of another issuer is refused before any request", async ({ page, app, op }) => {
  const { server, ...rest } = options(op);
  for (const issuer of [`${server.issuer}/`, server.issuer.toUpperCase(), "https://other.example"]) {
    await page.context().clearCookies();
    const failed = await signIn(page, app, op, { ...rest, server: { ...server, issuer } });
    expect(failed).toMatchObject({ isAuthError: true, code: "issuer_mismatch", phase: "redirect" });
  }
  expect(op.counters.token).toBe(0);
});
