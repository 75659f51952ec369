// Every flow with every system that offers it, as a new user would go through it. tests/flows.mjs says which those
// are, and the table in README.md says the same, so that nothing is promised there without a test here.
import { startServer } from "../../www/server/index.mjs";
import { FLOWS, SYSTEMS } from "../flows.mjs";
import { startAuthlib } from "../servers/authlib.mjs";
import { SECRETS } from "../servers/oidc-clients.mjs";
import { startOidcProvider } from "../servers/oidc-provider.mjs";
import { decide, logInAs } from "./support/pages.mjs";
import { serve } from "./support/serve.mjs";
import { enterBy, expect, record, resume, stored, test } from "./support/test.mjs";

// The servers count in ways of their own; the tests ask in one. All are of the app's site: a browser shows a server
// in a frame its cookies only there.

async function startEmbedded(redirectUris) {
  const server = await startServer({ host: "localhost", redirectUris });
  return {
    url: server.url,
    permanentTokens: server.permanentTokens,
    asked: async (grant) => server.counters[`token.${grant}`],
    refused: async () => server.counters["api.401"],
    expire: async () => server.expireAccessTokens(),
    close: () => server.close(),
  };
}

async function startOpenId(redirectUris) {
  const op = await startOidcProvider({ host: "localhost", redirectUris });
  return {
    url: op.issuer,
    asked: async (grant) => op.counters[`token.${grant}`],
    refused: async () => op.counters["api.401"],
    expire: () => op.expireAccessTokens(),
    close: () => op.close(),
  };
}

async function startPython(redirectUris) {
  const as = await startAuthlib({ host: "localhost", redirectUris });
  return {
    url: as.url,
    server: as.server,
    asked: (grant) => as.count("/token", { grant }),
    refused: () => as.count("/api/me", { status: 401 }),
    expire: () => as.expireAccessTokens(),
    close: () => as.close(),
  };
}

const CASES = {
  Space: {
    start: startEmbedded,
    options: ({ url }) => ({ preset: ["space", url] }),
    open: { clientId: "playground" },
    secret: { clientId: "playground-confidential", clientSecret: "playground-secret" },
    scopes: ["**"],
    me: ["team-directory/profiles/me", "username"],
    ofApplication: "projects",
    permanent: "space",
    mustAsk: "access_denied",
    leave: byLoginPage,
  },
  Hub: {
    start: startEmbedded,
    options: ({ url }) => ({ preset: ["hub", `${url}/hub`], scope: "0-0-0-0-0 YouTrack" }),
    open: { clientId: "hub-playground" },
    secret: { clientId: "hub-confidential", clientSecret: "hub-secret" },
    scopes: ["0-0-0-0-0", "YouTrack"],
    me: ["users/me", "login"],
    ofApplication: "projects",
    permanent: "hub",
    mustAsk: "access_denied",
    leave: byLoginPage,
  },
  "ProcessMaker 3": {
    start: startEmbedded,
    options: ({ url }) => ({ preset: ["processMaker", url, "workflow"] }),
    // It knows clients with a secret only.
    open: { clientId: "x-playground", clientSecret: "x-playground-secret" },
    secret: { clientId: "x-playground", clientSecret: "x-playground-secret" },
    scopes: ["*"],
    hasNoPkce: true,
    me: ["users/me", "usr_username"],
    ofApplication: "project",
  },
  "ProcessMaker 4": {
    start: startEmbedded,
    options: ({ url }) => ({ preset: ["processMaker4", `${url}/pm4`] }),
    open: { clientId: "8" },
    secret: { clientId: "7", clientSecret: "pm4-secret" },
    scopes: [],
    me: ["users/me", "username"],
    ofApplication: "processes",
    permanent: "processmaker4",
    mustAsk: "access_denied",
  },
  "OpenID Connect": {
    start: startOpenId,
    // Its metadata name no API.
    options: ({ url }) => ({ preset: ["discover", url], scope: "openid profile", baseUrl: `${url}/api/` }),
    open: { clientId: "spa" },
    implicit: { clientId: "spa-implicit" },
    secret: { clientId: "service-basic", clientSecret: SECRETS["service-basic"], scope: "api" },
    scopes: ["openid", "profile"],
    scopesOfApplication: ["api"],
    me: ["me", "sub"],
    ofApplication: "me",
    hasClaims: true,
    mustAsk: "login_required",
    leave: byEndSessionPage,
  },
  Authlib: {
    start: startPython,
    options: ({ server }) => ({ server, scope: "openid profile" }),
    open: { clientId: "spa" },
    secret: { clientId: "basic", clientSecret: "basic:secret/1+1%41ü", scope: "profile" },
    scopes: ["openid", "profile"],
    scopesOfApplication: ["profile"],
    me: ["me", "sub"],
    ofApplication: "me",
    hasClaims: true,
    mustAsk: "login_required",
    leave: byRevocation,
  },
};

const TESTS = {
  "Authorization code": async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...system.open };
    const asked = page.waitForRequest(/response_type=code/);
    const value = await signIn(page, app, options);
    const { searchParams } = new URL((await asked).url());
    expect(searchParams.get("code_challenge_method")).toBe(system.hasNoPkce ? null : "S256");
    expectUser(value, system, "authorization_code");
    await isStillSignedIn(page, system, "authorization_code");
    expect(await server.asked("authorization_code")).toBe(1);
  },

  Implicit: async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...(system.implicit ?? system.open), flow: "implicit" };
    const value = await signIn(page, app, options);
    expectUser(value, system, "implicit");
    await isStillSignedIn(page, system, "implicit");
    expect(await server.asked("authorization_code")).toBe(0);
    expect(await page.evaluate(() => outcome(() => session.refresh()))).toMatchObject({
      code: "refresh_unavailable",
    });
  },

  "Client credentials": async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...system.secret };
    const scopes = system.scopesOfApplication ?? system.scopes;
    const expected = { grant: "client_credentials", subject: "application", signedIn: true, scopes };
    await page.goto(app.origin);
    expect(await enterBy(page, "clientCredentials", options)).toMatchObject({ value: expected });
    expect((await api(page, system.ofApplication)).status).toBe(200);
    await page.reload();
    expect(await enterBy(page, "clientCredentials", options)).toMatchObject({ value: expected });
    expect((await api(page, system.ofApplication)).status).toBe(200);
    expect(await server.asked("client_credentials")).toBe(1);
    expect(await stored(page)).not.toContain(options.clientSecret);
  },

  Password: async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...system.secret };
    const user = { username: "alice", password: "alice-password" };
    const scopes = system.scopesOfApplication ?? system.scopes;
    const expected = { grant: "password", subject: "user", signedIn: true, scopes };
    await page.goto(app.origin);
    expect(await enterBy(page, "password", { ...options, ...user })).toMatchObject({ value: expected });
    await isUser(page, system, "alice");
    await page.reload();
    // Nobody is asked for the password again: what is stored is a session like any other.
    expect(await resume(page, options)).toMatchObject({ value: expected });
    await isUser(page, system, "alice");
    expect(await server.asked("password")).toBe(1);
    expect(await stored(page)).not.toContain(user.password);
  },

  "Permanent token": async ({ page, app, system, server }) => {
    const { personal, application } = server.permanentTokens[system.permanent].alice;
    // What such a token may do is for its maker to know: nothing is asked for here.
    const { scope, ...options } = system.options(server);
    const expected = { grant: "permanent_token", signedIn: true, expiresAt: null, scopes: [] };
    await page.goto(app.origin);
    expect(await enterBy(page, "permanentToken", { ...options, token: personal })).toMatchObject({
      value: { ...expected, subject: "user" },
    });
    await isUser(page, system, "alice");
    expect(await page.evaluate(() => outcome(() => session.refresh()))).toMatchObject({
      code: "refresh_unavailable",
    });
    // The tokens of ProcessMaker 4 are all of users.
    if (application) {
      const own = { ...options, token: application, subject: "application" };
      expect(await enterBy(page, "permanentToken", own)).toMatchObject({
        value: { ...expected, subject: "application" },
      });
      expect((await api(page, system.ofApplication)).status).toBe(200);
    }
    expect(await stored(page)).toBe("[{},{}]");
  },

  Refresh: async ({ page, app, system, server }) => {
    const before = await signIn(page, app, { ...system.options(server), ...system.open });
    await server.expire();
    await page.clock.setFixedTime(before.expiresAt + 1_000);
    const users = await page.evaluate(
      ([me, name]) =>
        Promise.all(
          Array.from({ length: 20 }, async () => {
            const response = await session.fetch(me);
            return (await response.json())[name];
          }),
        ),
      system.me,
    );
    expect(users).toEqual(Array(20).fill("alice"));
    expect(await server.asked("refresh_token")).toBe(1);
    // The page knew by its clock: no call had to fail first.
    expect(await server.refused()).toBe(0);
    const after = await page.evaluate(() => helpers.summary(session));
    expectUser(after, system, "authorization_code");
    expect(after.expiresAt).toBeGreaterThan(before.expiresAt);
    await isStillSignedIn(page, system, "authorization_code");
    expect(await server.asked("refresh_token")).toBe(1);
  },

  Popup: async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...system.open };
    await startOnEveryLoad(page, app, options);
    await page.goto(app.origin);
    expect(await arrived(page)).toEqual({ value: null });
    await page.evaluate(async (options) => {
      const { login } = await lib();
      const given = { ...(await helpers.options(options)), mode: "popup" };
      const button = document.createElement("button");
      button.textContent = "Sign in";
      button.onclick = () => {
        const signingIn = login(given);
        window.signingIn = outcome(async () => helpers.summary((window.session = await signingIn)));
      };
      document.body.append(button);
    }, options);
    const opened = page.waitForEvent("popup");
    await page.getByRole("button", { name: "Sign in" }).click();
    const popup = await opened;
    const closed = popup.waitForEvent("close");
    await logInAs(popup);
    await decide(popup);
    await closed;
    const { value, ...failed } = await page.evaluate(() => signingIn);
    expect(failed).toEqual({});
    expectUser(value, system, "authorization_code");
    await isStillSignedIn(page, system, "authorization_code");
    expect(await server.asked("authorization_code")).toBe(1);
  },

  Silent: async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...system.open };
    const silently = async (tab) => {
      const signedIn = await enterBy(tab, "login", { ...options, mode: "silent" });
      expect(await tab.locator("iframe").count()).toBe(0);
      return signedIn;
    };
    await signIn(page, app, options);
    const tab = await page.context().newPage();
    await tab.goto(app.origin);
    // This tab has no session of its own: only the server knows the user.
    expect(await arrived(tab)).toEqual({ value: null });
    const { value, ...failed } = await silently(tab);
    expect(failed).toEqual({});
    expectUser(value, system, "authorization_code");
    expect(tab.url()).toBe(`${app.origin}/`);
    await isStillSignedIn(tab, system, "authorization_code");
    expect(await server.asked("authorization_code")).toBe(2);

    await tab.evaluate(() => session.logout());
    await tab.context().clearCookies();
    expect(await silently(tab)).toMatchObject({ isAuthError: true, code: system.mustAsk });
  },

  "Log-out on the server": async ({ page, app, system, server }) => {
    const options = { ...system.options(server), ...system.open };
    await signIn(page, app, options);
    await isUser(page, system, "alice");
    await system.leave({ page, app, system, server });
  },
};

for (const [flow, cells] of Object.entries(FLOWS)) {
  for (const name of SYSTEMS.filter((system) => cells[system] === true)) {
    test(`${flow}: ${name}`, async ({ page, app: plain }) => {
      const system = CASES[name];
      const app = flow === "Silent" ? await startFraming(plain) : plain;
      const server = await system.start([`${app.origin}/`]);
      try {
        await TESTS[flow]({ page, app, system, server });
      } finally {
        await server.close();
        if (app !== plain) await app.close();
      }
    });
  }
}

/** An app that calls `login` on every load, as the README asks for, also in a popup and in a frame. */
const startOnEveryLoad = (page, app, options) =>
  page.context().addInitScript(
    ([origin, options]) => {
      if (location.origin !== origin) return;
      addEventListener("DOMContentLoaded", () => (window.arrived = resume(options)));
    },
    [app.origin, options],
  );

/** What the call of this load came to. */
async function arrived(page) {
  await page.waitForFunction(() => window.arrived);
  return page.evaluate(() => window.arrived);
}

const isAtHome = (app) => (url) => url.origin === app.origin;

/** Signs a new user in by redirects; the session is `window.session`. */
async function signIn(page, app, options) {
  await startOnEveryLoad(page, app, options);
  await page.goto(app.origin);
  expect(await arrived(page)).toEqual({ value: null });
  await page.evaluate((options) => begin(options), options);
  await logInAs(page);
  await decide(page);
  await page.waitForURL(isAtHome(app));
  const { value, ...failed } = await arrived(page);
  expect(failed).toEqual({});
  expect(page.url()).toBe(`${app.origin}/`);
  return value;
}

const api = (page, path) =>
  page.evaluate(async (path) => {
    const response = await session.fetch(path);
    return { status: response.status, body: await response.json() };
  }, path);

async function isUser(page, { me: [path, name] }, user) {
  const { status, body } = await api(page, path);
  expect([status, body[name]]).toEqual([200, user]);
}

function expectUser(value, { scopes, hasClaims }, grant) {
  expect(value).toMatchObject({ grant, subject: "user", signedIn: true, scopes });
  expect(value.claims?.sub).toBe(hasClaims ? "alice" : undefined);
}

async function isStillSignedIn(page, system, grant) {
  await isUser(page, system, "alice");
  await page.reload();
  const { value, ...failed } = await arrived(page);
  expect(failed).toEqual({});
  expectUser(value, system, grant);
  await isUser(page, system, "alice");
}

/** The tests' app allows no frames of others, which this mode needs: here it stands at an origin that does. */
function startFraming(app) {
  return serve(async (req, res) => {
    const response = await fetch(app.origin + req.url);
    const type = response.headers.get("content-type") ?? "";
    const policy = response.headers.get("content-security-policy") ?? "";
    const framing = policy.replace("frame-src 'self'", "$& http://localhost:*");
    const headers = { "Content-Type": type, ...(policy && { "Content-Security-Policy": framing }) };
    res.writeHead(response.status, headers).end(await response.text());
  });
}

/** The server's session ends where its log-in page is shown: who comes next is asked who it is. */
async function byLoginPage({ page, app, system }) {
  await page.evaluate(() => void session.logout({ redirect: true }));
  await logInAs(page, "bob");
  await decide(page);
  await page.waitForURL(isAtHome(app));
  expect(await arrived(page)).toMatchObject({ value: { signedIn: true } });
  await isUser(page, system, "bob");
}

async function tokenIsDead(page, { url }, token) {
  const status = async () =>
    (await fetch(`${url}/api/me`, { headers: { Authorization: `Bearer ${token}` } })).status;
  await expect.poll(status).toBe(401);
  expect(await record(page)).toBeUndefined();
}

async function byRevocation({ page, server }) {
  const token = await page.evaluate(() => session.accessToken());
  await page.evaluate(() => session.logout());
  await tokenIsDead(page, server, token);
  await page.reload();
  expect(await arrived(page)).toEqual({ value: null });
}

async function byEndSessionPage({ page, app, system, server }) {
  const token = await page.evaluate(() => session.accessToken());
  await page.evaluate(() => void session.logout({ redirect: true }));
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL(isAtHome(app));
  expect(await arrived(page)).toEqual({ value: null });
  await tokenIsDead(page, server, token);
  // The server's own session is over, too: it asks who it is.
  await page.evaluate((options) => begin(options), { ...system.options(server), ...system.open });
  await expect(page.locator("input[autocomplete=username]")).toBeVisible();
}
