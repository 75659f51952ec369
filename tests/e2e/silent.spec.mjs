// Signing in without asking, in a hidden frame.
import { startOidcProvider } from "../servers/oidc-provider.mjs";
import { decide, logInAs } from "./support/pages.mjs";
import { client, expect, reply, space } from "./support/test.mjs";
import { begin as start, leftovers, signedIn, test as base, watchLeftovers } from "./support/site.mjs";

const test = base.extend({
  op: async ({ site }, use) => {
    const op = await startOidcProvider({ host: "localhost", redirectUris: [`${site.origin}/callback`] });
    await use(op);
    await op.close();
  },
});

const begin = (page, options) => start(page, { mode: "silent", ...options });

async function outcomeOf(page, options) {
  await begin(page, options);
  return signedIn(page);
}

const openid = ({ issuer, authorizationEndpoint, tokenEndpoint }, more = {}) => ({
  server: { issuer, authorizationEndpoint, tokenEndpoint, issParameter: true },
  clientId: "spa",
  scope: "openid",
  baseUrl: `${issuer}/api/`,
  ...more,
});

/** Notes what a user would see of it. */
async function watchFrames(page) {
  await page.evaluate(() => {
    window.frameSeen = [];
    new MutationObserver((records) => {
      for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (node.localName !== "iframe") continue;
        const { hidden, title, src } = node;
        const sandbox = node.getAttribute("sandbox");
        frameSeen.push({ hidden, title, sandbox, src, isVisible: node.checkVisibility() });
      }
    }).observe(document, { childList: true, subtree: true });
    window.before = [location.href, history.length, document.activeElement === document.body];
  });
}

async function expectUnseen(page) {
  const [seen, frames, unchanged] = await page.evaluate(() => [
    frameSeen,
    document.querySelectorAll("iframe").length,
    JSON.stringify(before) ===
      JSON.stringify([location.href, history.length, document.activeElement === document.body]),
  ]);
  expect(seen).toMatchObject([{ hidden: true, title: expect.stringMatching(/\S/), isVisible: false }]);
  expect(frames).toBe(0);
  expect(unchanged).toBe(true);
  return seen[0];
}

for (const flow of ["code", "implicit"]) {
  test(`I07: Space, ${flow}: whoever is logged in there is signed in here`, async ({
    page,
    context,
    site,
    embedded,
  }) => {
    const options = site.redirectPage(space(embedded, { flow }));
    embedded.registerRedirectUri("playground", options.redirectUri);
    await page.goto(site.origin);
    await page.evaluate((options) => window.begin(options), options);
    await logInAs(page);
    await decide(page);
    await page.waitForURL(options.redirectUri);

    const other = await context.newPage();
    await other.goto(`${site.origin}/app?page=2#/inbox`);
    await watchFrames(other);
    const appState = [1, "x"];
    const { value, ...failed } = await outcomeOf(other, { ...options, appState });
    expect(failed).toEqual({});
    const grant = flow === "code" ? "authorization_code" : "implicit";
    expect(value).toMatchObject({ signedIn: true, grant, appState });
    const { sandbox, src } = await expectUnseen(other);
    expect(sandbox).not.toContain("allow-top-navigation");
    expect(sandbox).not.toContain("allow-popups");
    expect(new URL(src).searchParams.get("request_credentials")).toBe("silent");
    expect(await other.evaluate(async () => (await session.fetch("team-directory/profiles/me")).status)).toBe(
      200,
    );
    expect(await other.evaluate(() => Object.keys(localStorage))).toEqual([]);
    expect(context.pages().length).toBe(2);
  });
}

test("I07: Space: nobody is logged in", async ({ page, site, embedded }) => {
  const options = site.redirectPage(space(embedded));
  embedded.registerRedirectUri("playground", options.redirectUri);
  await page.goto(site.origin);
  await watchFrames(page);
  expect(await outcomeOf(page, options)).toMatchObject({
    isAuthError: true,
    code: "access_denied",
    phase: "redirect",
  });
  await expectUnseen(page);
  expect(embedded.counters.token).toBe(0);
});

test("I07: OpenID Connect, logged in and not", async ({ page, context, site, op }) => {
  const options = site.redirectPage(openid(op));
  await page.goto(site.origin);
  expect(await outcomeOf(page, options)).toMatchObject({ code: "login_required", phase: "redirect" });

  await page.evaluate((options) => window.begin(options), options);
  await logInAs(page);
  await decide(page);
  await page.waitForURL(options.redirectUri);

  const other = await context.newPage();
  await other.goto(site.origin);
  await watchFrames(other);
  const { value, ...failed } = await outcomeOf(other, options);
  expect(failed).toEqual({});
  expect(value).toMatchObject({ signedIn: true, claims: { sub: "alice" } });
  const { src } = await expectUnseen(other);
  expect(new URL(src).searchParams.getAll("prompt")).toEqual(["none"]);
});

for (const flow of ["code", "implicit"]) {
  test(`I07 B12: ${flow}: the server's refusals come through`, async ({ page, site, as }) => {
    const options = site.redirectPage(client(as, { flow, parameters: { prompt: "login", ui: "x" } }));
    await watchLeftovers(page);
    await page.goto(site.origin);
    await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
    const before = await leftovers(page);
    for (const error of ["login_required", "interaction_required", "consent_required", "server_error"]) {
      as.routes["/auth"] = ({ query }, res) => {
        const type = flow === "implicit" ? "token" : "code";
        const answer = { error, error_description: "not now", state: query.state };
        res.writeHead(302, { Location: as.answerAt(query.redirect_uri, type, answer) }).end();
      };
      const failed = await outcomeOf(page, options);
      expect(failed).toMatchObject({ isAuthError: true, code: error, phase: "redirect" });
      expect(failed.description).toBe("not now");
      expect(await leftovers(page)).toEqual(before);
    }
    expect(as.at("/token")).toEqual([]);
    expect(as.at("/auth")[0].query).toMatchObject({ prompt: "none", ui: "x" });
  });
}

const STUCK = {
  "never answers": () => {},
  "answers with a page that must not be framed": (request, res) =>
    res.writeHead(200, { "Content-Type": "text/html", "X-Frame-Options": "DENY" }).end("<h1>Log in</h1>"),
  "answers with a policy against frames": (request, res) =>
    res
      .writeHead(200, {
        "Content-Type": "text/html",
        "Content-Security-Policy": "frame-ancestors 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
      })
      .end("<h1>Log in</h1>"),
  "shows a log-in page after all": (request, res) =>
    res.writeHead(200, { "Content-Type": "text/html" }).end("<form><input autofocus></form>"),
  "wants to lead the whole page away": (request, res) =>
    res
      .writeHead(200, { "Content-Type": "text/html" })
      .end("<script>try { top.location = 'about:blank'; } catch { window.open('about:blank'); }</script>"),
  "breaks the connection": (request, res) => res.destroy(),
  "sends a file": (request, res) => res.writeHead(200, { "Content-Disposition": "attachment" }).end("x"),
  "comes back without a state": ({ query }, res) =>
    res.writeHead(302, { Location: `${query.redirect_uri}?code=x` }).end(),
};

for (const [what, answer] of Object.entries(STUCK)) {
  test(`I07: a server that ${what}`, async ({ page, context, site, as }) => {
    as.routes["/auth"] = answer;
    const options = site.redirectPage(client(as, { timeout: 1_000 }));
    await watchLeftovers(page);
    await page.goto(site.origin);
    await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
    await watchFrames(page);
    const before = await leftovers(page);
    const began = Date.now();
    expect(await outcomeOf(page, options)).toMatchObject({
      isAuthError: true,
      code: "timeout",
      phase: "authorize",
      retryable: true,
    });
    const took = Date.now() - began;
    expect(took).toBeGreaterThanOrEqual(1_000);
    expect(took).toBeLessThan(2_500);
    await expectUnseen(page);
    expect(await leftovers(page)).toEqual(before);
    expect(context.pages()).toEqual([page]);
    expect(as.at("/token")).toEqual([]);
  });
}

test("I07: a policy of the page itself against frames", async ({ page, app, as }) => {
  await page.goto(app.origin);
  expect(await outcomeOf(page, client(as, { timeout: 500 }))).toMatchObject({ code: "timeout" });
});

test("I07: a page that is isolated from other origins does not wait for ever", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { timeout: 1_000 }));
  const headers = {
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
  };
  await page.goto(site.onLoad("/isolated", () => {}, null, headers));
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect(await outcomeOf(page, options)).toMatchObject({ code: "timeout" });
});

test("I07 N07: 100 timeouts leave nothing behind", async ({ page, site, as }) => {
  as.routes["/auth"] = () => {};
  const options = site.redirectPage(client(as, { timeout: 200 }));
  await watchLeftovers(page);
  await page.goto(site.origin);
  await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
  const before = await leftovers(page);
  const codes = await page.evaluate(async (options) => {
    const { login } = await lib();
    const codes = [];
    for (let round = 0; round < 10; round += 1) {
      const ten = Array.from({ length: 10 }, () => outcome(() => login({ ...options, mode: "silent" })));
      codes.push(...(await Promise.all(ten)).map(({ code }) => code));
    }
    return codes;
  }, options);
  expect(codes).toEqual(Array(100).fill("timeout"));
  expect(await leftovers(page)).toEqual(before);
});

test("C03 I07: an abort takes the frame away", async ({ page, site, as }) => {
  as.routes["/auth"] = () => {};
  const options = site.redirectPage(client(as));
  await watchLeftovers(page);
  await page.goto(site.origin);
  await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
  const before = await leftovers(page);
  const failed = await page.evaluate(async (options) => {
    const { login } = await lib();
    const controller = new AbortController();
    const done = outcome(() => login({ ...options, mode: "silent", signal: controller.signal }));
    while (!document.querySelector("iframe")) await new Promise((resolve) => setTimeout(resolve, 5));
    controller.abort();
    return done;
  }, options);
  expect(failed).toMatchObject({ isAuthError: true, code: "aborted" });
  expect(await leftovers(page)).toEqual(before);
});

test("I07: five frames at once each bring their own", async ({ page, site, as }) => {
  as.routes["/auth"] = ({ query }, res) => {
    const code = `code-${query.client_id}`;
    const answer = () => {
      const back = as.answerAt(query.redirect_uri, "code", { code, state: query.state });
      res.writeHead(302, { Location: back }).end();
    };
    setTimeout(answer, 100 * (7 - query.client_id));
  };
  as.routes["/token"] = ({ form }, res) =>
    form.code === `code-${form.client_id}`
      ? reply(res, 200, as.tokens({ access_token: `at-${form.client_id}` }))
      : reply(res, 400, { error: "invalid_grant" });
  const all = ["1", "2", "3", "4", "5"].map((clientId) =>
    site.redirectPage(client(as, { clientId }), `/callback/${clientId}`),
  );
  await page.goto(site.origin);
  const tokens = await page.evaluate(async (all) => {
    const { login } = await lib();
    const sessions = await Promise.all(all.map((options) => login({ ...options, mode: "silent" })));
    return Promise.all(sessions.map((session) => session.accessToken()));
  }, all);
  expect(tokens).toEqual(["at-1", "at-2", "at-3", "at-4", "at-5"]);
});

test("I07: a stored session needs no frame", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as));
  await page.goto(site.origin);
  expect(await outcomeOf(page, options)).toMatchObject({ value: { signedIn: true } });
  await page.reload();
  await watchFrames(page);
  expect(await outcomeOf(page, options)).toMatchObject({ value: { signedIn: true } });
  expect(await page.evaluate(() => frameSeen)).toEqual([]);
  expect(as.at("/auth").length).toBe(1);
});

test("I08: the redirect page in a frame of another site, with forged parameters", async ({
  page,
  site,
  as,
  evil,
}) => {
  const options = site.redirectPage(client(as));
  const implicit = site.redirectPage(client(as, { flow: "implicit" }), "/implicit");
  // A request that waits, whose state the attacker does not know.
  await page.goto(site.origin);
  as.routes["/auth"] = () => {};
  await begin(page, options);
  await expect.poll(() => as.at("/auth").length).toBe(1);

  const attacker = await page.context().newPage();
  evil.routes["/evil"] = (request, res) =>
    res.writeHead(200, { "Content-Type": "text/html" }).end('<!doctype html><link rel="icon" href="data:,">');
  await attacker.goto(`${evil.url.replace("localhost", "127.0.0.1")}/evil`);
  const asked = as.requests.length;
  const heard = await attacker.evaluate(
    async ([code, implicit]) => {
      const heard = [];
      addEventListener("message", ({ data }) => heard.push(data));
      const queries = ["code=evil&state=x", "code=evil&state=", "code=evil", "error=access_denied&state=x"];
      const addresses = queries.map((query) => `${code}?${query}`);
      addresses.push(
        `${implicit}#access_token=evil&token_type=Bearer&state=x`,
        `${implicit}?error=x&state=x`,
      );
      await Promise.all(
        addresses.map((src) => {
          const frame = Object.assign(document.createElement("iframe"), { src });
          document.body.append(frame);
          return new Promise((resolve) => (frame.onload = resolve));
        }),
      );
      await new Promise((resolve) => setTimeout(resolve, 3_000));
      return heard;
    },
    [options.redirectUri, implicit.redirectUri],
  );
  expect(heard).toEqual([]);
  expect(as.requests.length).toBe(asked);
  expect(evil.at("/token")).toEqual([]);
  expect(await page.evaluate(() => Promise.race([signingIn, "waiting"]))).toBe("waiting");
});

test("I07 A03: an answer that comes after the time is nobody's", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { timeout: 500 }));
  let answer;
  as.routes["/auth"] = ({ query }) => {
    answer = as.answerAt(query.redirect_uri, "code", { code: "late", state: query.state });
  };
  await page.goto(site.origin);
  expect(await outcomeOf(page, options)).toMatchObject({ code: "timeout" });
  await page.goto(answer);
  expect(await page.evaluate(() => completed)).toEqual({ value: null });
  expect(as.at("/token")).toEqual([]);
});
