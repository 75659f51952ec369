// A page whose Object.prototype somebody has spoilt.
import { client, comeBack, expect, isAnswer, test } from "./support/test.mjs";

test("G07: what hangs on Object.prototype is none of the caller's options", async ({
  page,
  app,
  as,
  evil,
}) => {
  const options = client(as);
  const pollute = (evil) => {
    const bad = {
      ...{
        tokenEndpoint: `${evil}/token`,
        authorizationEndpoint: `${evil}/auth`,
        token_endpoint: `${evil}/token`,
      },
      ...{
        revocationEndpoint: `${evil}/revoke`,
        endSessionEndpoint: `${evil}/end`,
        issuer: evil,
        apiBase: `${evil}/`,
      },
      ...{
        baseUrl: `${evil}/`,
        api: [evil],
        redirectUri: `${evil}/`,
        allowHttp: true,
        server: evil,
        clientSecret: "polluted",
      },
      ...{
        parameters: { polluted: "1" },
        scope: "polluted",
        flow: "implicit",
        state: "polluted",
        nonce: "polluted",
      },
      ...{
        codeVerifier: "p".repeat(43),
        storage: "local",
        appState: "polluted",
        timeout: 1,
        mode: "check",
        pkce: false,
      },
      ...{
        clientAuthentication: "body",
        accessType: "online",
        requestCredentials: "skip",
        issParameter: true,
      },
      ...{
        redirect: "follow",
        credentials: "include",
        headers: { "x-test": "polluted" },
        referrer: evil,
        cache: "force-cache",
      },
      ...{
        keepalive: true,
        referrerPolicy: "unsafe-url",
        access_token: "polluted",
        refresh_token: "polluted",
      },
    };
    for (const [name, value] of Object.entries(bad)) {
      Object.defineProperty(Object.prototype, name, { value, writable: true, configurable: true });
    }
    return () => Object.keys(bad).forEach((name) => delete Object.prototype[name]);
  };
  await page.goto(app.origin);
  const script = `(${pollute})("${evil.url}")`;
  const cdp = await page.context().newCDPSession(page);
  const run = (expression) =>
    cdp.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  const back = page.waitForURL(isAnswer(app));
  const own = JSON.stringify({ ...options, redirectUri: `${app.origin}/` });
  await run(`${script}; import("space-auth-wasm").then(({ login }) => login(${own})); 0`);
  await back;
  const { result } = await run(`(async () => {
    const clean = ${script};
    const { login } = await import("space-auth-wasm");
    const session = await login(${own});
    const { status } = await session.fetch("x");
    await session.refresh();
    const seen = [status, session.grant, session.scopes.join(), session.appState === undefined, localStorage.length];
    clean();
    return JSON.stringify(seen);
  })()`);
  expect(JSON.parse(result.value)).toEqual([200, "authorization_code", "", true, 0]);
  expect(evil.requests).toEqual([]);
  expect(JSON.stringify(as.requests)).not.toContain("polluted");
  for (const { headers } of as.at("/token")) {
    expect(headers).not.toHaveProperty("referer");
    expect(headers).not.toHaveProperty("cookie");
  }
  expect(as.at("/auth")[0].query).toMatchObject({ response_type: "code", code_challenge_method: "S256" });
});

const INNER = [
  "error",
  "authorization",
  "text",
  "key",
  "place",
  "body",
  "url",
  "description",
  "hint",
  "uri",
  "status",
];

test("G07: nor are names that only the library knows", async ({ page, app, as }) => {
  const names = [...INNER, "returnTo", "stale", "view", "session", "id_token", "refreshToken", "idToken"];
  const work = async (name, options) => {
    Object.defineProperty(Object.prototype, name, { value: "polluted", writable: true, configurable: true });
    const { login } = await import("space-auth-wasm");
    const run = async () => {
      const session = await login(options);
      const { status } = await session.fetch("x");
      await session.refresh();
      return [status, session.signedIn, session.scopes.length];
    };
    const late = new Promise((resolve) => setTimeout(resolve, 3000, "never settled"));
    const seen = await Promise.race([run().catch(String), late]);
    delete Object.prototype[name];
    return JSON.stringify(seen);
  };
  for (const name of names) {
    as.requests.length = 0;
    const options = client(as, { clientId: name });
    await page.goto("about:blank");
    await comeBack(page, app, options);
    const cdp = await page.context().newCDPSession(page);
    const expression = `(${work})("${name}", ${JSON.stringify(options)})`;
    const { result } = await cdp.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    expect.soft(JSON.parse(result.value), name).toEqual([200, true, 0]);
    expect.soft(JSON.stringify(as.at("/token")), name).not.toContain("polluted");
  }
});
