// What must not be seen: secrets, anywhere.
import { startServer } from "../../www/server/index.mjs";
import { throughPages } from "./support/pages.mjs";
import { client, comeBack, expect, reply, signIn, test } from "./support/test.mjs";

/** Notes everything that is logged, in the page's words and in the browser's. */
async function watch(page) {
  const logs = [];
  page.on("console", async (message) => {
    logs.push(message.text(), message.location().url);
    for (const argument of message.args())
      logs.push(JSON.stringify(await argument.jsonValue().catch(() => "")));
  });
  await page.addInitScript(() => {
    for (const name of ["log", "info", "warn", "error", "debug", "dir", "trace", "table"]) {
      const real = console[name];
      console[name] = (...args) => {
        (window.logged ??= []).push(...args);
        real.apply(console, args);
      };
    }
  });
  return logs;
}

/** Everything that scripts and people can see of this page, but for web storage. */
const visible = (page) =>
  page.evaluate(() => {
    const { href } = location;
    const entries = navigation.entries().map(({ url, getState }) => [url, String(getState)]);
    const marks = performance
      .getEntries()
      .filter(({ entryType }) => !["navigation", "resource"].includes(entryType));
    const shown = [
      href,
      history.state,
      entries,
      document.title,
      document.documentElement.outerHTML,
      document.cookie,
    ];
    shown.push(
      marks,
      performance.getEntriesByType("resource").map(({ name }) => name),
      Object.keys(window),
    );
    return `${JSON.stringify(shown)}\n${helpers.everything(window.logged)}`;
  });

const expectNone = (text, secrets, where) => {
  for (const secret of secrets) expect(text.includes(secret), `${where}: ${secret.slice(0, 12)}`).toBe(false);
};

test("H01 H02: no secret is seen after a sign-in", async ({ page, app, as }) => {
  const logs = await watch(page);
  const tokens = { access_token: "at-sentinel", refresh_token: "rt-sentinel", id_token: "id-sentinel.a.b" };
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens(tokens));
  const options = client(as, { scope: "a openid", clientSecret: "secret-sentinel" });
  await comeBack(page, app, options);
  const { state, code } = Object.fromEntries(new URL(page.url()).searchParams);
  await page.evaluate((options) => resume(options), options);
  const secrets = Object.values(tokens).concat(state, code, "secret-sentinel", as.at("/auth")[0].query.nonce);
  secrets.push(as.codes ? (as.grants("authorization_code")[0].form.code_verifier ?? "none") : "none");
  await page.evaluate(() => session.fetch("x").then(() => session.refresh()));
  expectNone(await visible(page), secrets, "page");
  expectNone(logs.join("\n"), secrets, "console");

  const shown = await page.evaluate(async () => {
    const clone = await outcome(() => structuredClone(session));
    const texts = [
      JSON.stringify(session),
      JSON.stringify(Object.entries(session)),
      JSON.stringify({ ...session }),
    ];
    texts.push(JSON.stringify(clone.value ?? null), String(session), helpers.everything(session));
    for (const key in session) texts.push(key, String(session[key]));
    texts.push(JSON.stringify(Object.getOwnPropertyDescriptors(session)));
    return texts.join("\n");
  });
  expectNone(shown, secrets, "session");
  for (const { url, headers } of as.requests) {
    expectNone(headers.referer ?? "", secrets, "referrer");
    if (!url.startsWith("/auth")) expectNone(url, secrets, "address");
  }
});

/** What each failing call throws, inspected to the bottom. */
async function thrownBy(page, work, argument) {
  return page.evaluate(
    async ([work, argument]) => {
      const errors = [];
      const note = async (call) => {
        try {
          await call();
        } catch (error) {
          errors.push(`${helpers.everything(error)}\n${error.stack}\n${helpers.everything(error.cause)}`);
        }
      };
      await helpers.work[work](await lib(), note, argument);
      return errors;
    },
    [work, argument],
  );
}

const WORK = () => {
  helpers.work = {
    async pieces(library, note, { options, secrets }) {
      await library.init();
      const [code, verifier, refreshToken, state] = secrets;
      const codeOptions = { ...options, code, codeVerifier: verifier, redirectUri: "https://app.example/" };
      for (const lone of ["", "\ud800"]) {
        await note(() => library.exchangeCode({ ...codeOptions, code: code + lone }));
        await note(() => library.refreshTokens({ ...options, refreshToken: refreshToken + lone }));
        await note(() => library.revokeToken({ ...options, token: refreshToken + lone }));
        await note(() =>
          library.buildAuthorizationUrl({ ...options, state: `${state} ${lone}`, codeVerifier: verifier }),
        );
      }
      const request = {
        url: options.server.authorizationEndpoint,
        state,
        redirectUri: "https://app.example/",
        flow: "code",
      };
      for (const query of [
        `code=${code}&state=x`,
        `code=${code}&code=${code}&state=${state}`,
        `code=%&state=${state}`,
      ]) {
        await note(() => library.parseRedirect(`https://app.example/?${query}`, request));
      }
      await note(() =>
        library.parseRedirect(`https://app.example/?error=${code}&error_description=a&state=x`, request),
      );
      await note(() => library.login({ ...options, clientSecret: {} }));
      await note(() => library.login({ ...options, redirectUri: `https://u:${verifier}@app.example/` }));
      await note(() => library.login({ ...options, server: `https://u:${verifier}@as.example/?${code}` }));
    },
    async session(library, note) {
      await note(() => session.refresh());
      await note(() => session.fetch("https://evil.test/?x"));
      await note(() => session.fetch("x"));
    },
  };
};

test("H01: no secret is in an error, whatever the server answers", async ({ page, app, as }) => {
  const logs = await watch(page);
  await page.goto(app.origin);
  await page.evaluate(WORK);
  const secrets = [
    "code-sentinel",
    `verifier-sentinel-${"v".repeat(40)}`,
    "refresh-sentinel",
    "state-sentinel",
    "secret-sentinel",
  ];
  const server = { ...as.server, revocationEndpoint: `${as.url}/revoke` };
  const options = client(as, { server, clientSecret: "secret-sentinel" });
  const everything = secrets.join(" ");
  const answers = [
    [400, { error: "invalid_grant", error_description: everything, error_uri: `https://x/?${everything}` }],
    [400, { error: everything }],
    [400, { error: "invalid_request", error_description: encodeURIComponent(everything) }],
    [200, { access_token: everything, token_type: "Bearer" }],
    [200, { access_token: "code-sentinel", refresh_token: 1, token_type: "Bearer" }],
    [200, everything],
    [500, `<pre>${everything}</pre>`],
    [302, "", { Location: `${as.url}/elsewhere` }],
  ];
  let thrown = 0;
  for (const clientAuthentication of ["basic", "body"]) {
    for (const answer of answers) {
      as.routes["/token"] = as.routes["/revoke"] = (request, res) => reply(res, ...answer);
      const given = { ...options, server: { ...server, clientAuthentication } };
      const errors = await thrownBy(page, "pieces", { options: given, secrets });
      thrown += errors.length;
      for (const error of errors) expectNone(error, secrets, JSON.stringify(answer).slice(0, 60));
    }
  }
  expect(thrown).toBeGreaterThan(200);
  expectNone(logs.join("\n"), secrets, "console");
  expectNone(await visible(page), secrets, "page");
});

test("H01: no secret is in an error of a session", async ({ page, app, as }) => {
  const logs = await watch(page);
  const tokens = { access_token: "at-sentinel", refresh_token: "rt-sentinel" };
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens(tokens));
  await signIn(page, app, client(as));
  await page.evaluate(WORK);
  const secrets = Object.values(tokens).concat(as.at("/auth")[0].query.state);
  for (const answer of [
    [500, "rt-sentinel at-sentinel"],
    [400, { error: "invalid_scope", error_description: "rt-sentinel" }],
    [400, { error: "invalid_grant", error_description: "the token rt-sentinel is used up" }],
  ]) {
    as.routes["/token"] = (request, res) => reply(res, ...answer);
    as.routes["/api"] = (request, res) => res.destroy();
    const errors = await thrownBy(page, "session");
    expect(errors.length).toBeGreaterThanOrEqual(3);
    for (const error of errors) expectNone(error, secrets, "error");
  }
  expectNone(logs.join("\n"), secrets, "console");
  expectNone(await visible(page), secrets, "page");
});

for (const [name, preset, me] of [
  ["Space", (url) => ["space", url], "team-directory/profiles/me"],
  ["ProcessMaker", (url) => ["processMaker", url, "workflow"], "users/me"],
]) {
  test(`H01: no secret is seen on ${name}`, async ({ page, app }) => {
    const embedded = await startServer({ host: "localhost", redirectUris: [`${app.origin}/`] });
    const logs = await watch(page);
    const secrets = ["x-playground-secret"];
    page.on("request", (request) => {
      if (!request.url().endsWith("/token") || request.method() !== "POST") return;
      const form = new URLSearchParams(request.postData() ?? "");
      secrets.push(...["code", "code_verifier", "refresh_token"].map((key) => form.get(key)).filter(Boolean));
    });
    const client =
      name === "Space" ? { clientId: "playground" } : { clientId: "x-playground", clientSecret: secrets[0] };
    const options = { preset: preset(embedded.url), ...client };
    await throughPages(page, app, options);
    secrets.push(new URL(page.url()).searchParams.get("state"));
    await page.evaluate((options) => resume(options), options);
    secrets.push(await page.evaluate(() => session.accessToken()));
    expect(await page.evaluate(async (me) => (await session.fetch(me)).status, me)).toBe(200);
    await page.evaluate(() => session.refresh());
    secrets.push(await page.evaluate(() => session.accessToken()));
    await page.evaluate(WORK);
    embedded.revokeAll();
    for (const error of await thrownBy(page, "session")) expectNone(error, secrets, "error");
    expect(secrets.length).toBeGreaterThanOrEqual(6);
    expectNone(logs.join("\n"), secrets, "console");
    expectNone(await visible(page), secrets, "page");
    await embedded.close();
  });
}
