import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { startServer } from "../../www/server/index.mjs";
import { basic, createAgent, pkcePair, postForm, withQuery } from "./agent.mjs";

const REDIRECT = "http://localhost:8080/callback";
const ORIGIN = "http://localhost:8080";
const SCOPE = "global:Profile.View project:key:ORBIT:Project.Issues.View";

const ALICE = { username: "alice", password: "alice-password" };
const CONFIDENTIAL = { client_id: "playground-confidential", client_secret: "playground-secret" };
const PM = { client_id: "x-playground", client_secret: "x-playground-secret" };
const PM_BASIC = basic(PM.client_id, PM.client_secret);

let server;
before(async () => {
  server = await startServer({ redirectUris: [REDIRECT] });
});
after(() => server.close());
beforeEach(() => server.reset());

const at = (path) => server.url + path;

async function logIn(agent, url, user = ALICE) {
  return agent.submit(await agent.open(url), user);
}

async function authorize(url, { agent = createAgent(), decision = "allow", user = ALICE } = {}) {
  const consent = await logIn(agent, url, user);
  return (await agent.submit(consent, { decision })).landed;
}

const fragmentOf = (url) => new URLSearchParams(url.hash.slice(1));

const api = (path, token, init = {}) =>
  fetch(at(path), {
    ...init,
    headers: { origin: ORIGIN, authorization: `Bearer ${token}`, ...init.headers },
  });

describe("Space", () => {
  const ME = "/api/http/team-directory/profiles/me";

  const request = (parameters) =>
    withQuery(at("/oauth/auth"), {
      response_type: "code",
      client_id: "playground",
      redirect_uri: REDIRECT,
      scope: SCOPE,
      state: "s&1",
      ...parameters,
    });

  const withPkce = (pkce, parameters) =>
    request({ code_challenge: pkce.challenge, code_challenge_method: "S256", ...parameters });

  const token = (fields, headers) => postForm(at("/oauth/token"), fields, headers);

  const exchange = (code, verifier, more) =>
    token({
      grant_type: "authorization_code",
      client_id: "playground",
      redirect_uri: REDIRECT,
      code,
      code_verifier: verifier,
      ...more,
    });

  const refresh = (value, more) =>
    token({ grant_type: "refresh_token", client_id: "playground", refresh_token: value, ...more });

  async function code(parameters, pkce = pkcePair()) {
    const landed = await authorize(withPkce(pkce, parameters));
    return { code: landed.searchParams.get("code"), verifier: pkce.verifier };
  }

  async function tokens(parameters = { access_type: "offline" }) {
    const issued = await code(parameters);
    return (await exchange(issued.code, issued.verifier)).json;
  }

  describe("code flow", () => {
    it("issues a token to a public client with PKCE, in the answer of Space", async () => {
      const pkce = pkcePair();
      const landed = await authorize(withPkce(pkce));
      assert.equal(landed.origin + landed.pathname, REDIRECT);
      assert.equal(landed.searchParams.get("state"), "s&1");
      assert.equal(landed.hash, "");

      const answer = await exchange(landed.searchParams.get("code"), pkce.verifier);
      assert.equal(answer.status, 200);
      assert.deepEqual(Object.keys(answer.json).sort(), ["access_token", "expires_in"]);
      assert.equal(answer.json.expires_in, 600);
      assert.equal(answer.headers.get("cache-control"), "no-store");
      assert.equal(answer.headers.get("set-cookie"), null);

      const me = await api(ME, answer.json.access_token);
      assert.deepEqual(await me.json(), {
        id: "1aLiCe",
        username: "alice",
        name: { firstName: "Alice", lastName: "Adams" },
        emails: [{ email: "alice@example.com" }],
      });
    });

    it("takes a challenge without a method for a plain one", async () => {
      const { verifier } = pkcePair();
      const landed = await authorize(request({ code_challenge: verifier }));
      assert.equal((await exchange(landed.searchParams.get("code"), verifier)).status, 200);
    });

    it("matches the example of RFC 7636", async () => {
      const landed = await authorize(withPkce({ challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" }));
      const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
      assert.equal((await exchange(landed.searchParams.get("code"), verifier)).status, 200);
    });

    it("insists on PKCE from a public client only", async () => {
      const { landed } = await createAgent().open(request());
      assert.equal(landed.searchParams.get("error"), "invalid_request");
      assert.match(landed.searchParams.get("error_description"), /code_challenge/);
      assert.equal(landed.searchParams.get("state"), "s&1");

      const confidential = await authorize(request({ client_id: CONFIDENTIAL.client_id }));
      const answer = await exchange(confidential.searchParams.get("code"), "", CONFIDENTIAL);
      // An empty verifier is still a verifier that nobody asked for.
      assert.equal(answer.json.error, "invalid_grant");

      const again = await authorize(request({ client_id: CONFIDENTIAL.client_id }));
      const fields = { grant_type: "authorization_code", redirect_uri: REDIRECT };
      const good = await token(
        { ...fields, code: again.searchParams.get("code") },
        basic(CONFIDENTIAL.client_id, CONFIDENTIAL.client_secret),
      );
      assert.equal(good.status, 200);
    });

    it("refuses a wrong verifier, an empty one, and another redirect URI", async () => {
      for (const wrong of [
        { code_verifier: pkcePair().verifier },
        { code_verifier: "" },
        { redirect_uri: "http://localhost:8080/other" },
      ]) {
        const issued = await code();
        const answer = await exchange(issued.code, issued.verifier, wrong);
        assert.equal(answer.status, 400);
        assert.equal(answer.json.error, "invalid_grant");
      }
    });

    it("refuses a public client that leaves the verifier out", async () => {
      const issued = await code();
      const fields = { grant_type: "authorization_code", client_id: "playground", redirect_uri: REDIRECT };
      const answer = await token({ ...fields, code: issued.code });
      assert.equal(answer.status, 400);
      assert.equal(answer.json.error, "invalid_grant");
    });

    it("refuses a code the second time, and revokes what the first time gave", async () => {
      const issued = await code({ access_type: "offline" });
      const first = await exchange(issued.code, issued.verifier);
      assert.equal((await api(ME, first.json.access_token)).status, 200);

      const second = await exchange(issued.code, issued.verifier);
      assert.equal(second.status, 400);
      assert.equal(second.json.error, "invalid_grant");
      const refused = await api(ME, first.json.access_token);
      assert.equal(refused.status, 401);
      assert.match((await refused.json()).error_description, /Refresh token .* is revoked/);
      assert.equal((await refresh(first.json.refresh_token)).json.error, "invalid_grant");
    });

    it("does not give one client the code of another, nor spends it", async () => {
      const issued = await code();
      const stolen = await exchange(issued.code, issued.verifier, CONFIDENTIAL);
      assert.equal(stolen.json.error, "invalid_grant");
      assert.equal((await exchange(issued.code, issued.verifier)).status, 200);
    });
  });

  describe("refresh", () => {
    it("comes with offline access only, and rotates", async () => {
      assert.equal((await tokens({ access_type: "online" })).refresh_token, undefined);

      const first = await tokens();
      const second = await refresh(first.refresh_token);
      assert.equal(second.status, 200);
      assert.deepEqual(Object.keys(second.json).sort(), ["access_token", "expires_in", "refresh_token"]);
      assert.notEqual(second.json.refresh_token, first.refresh_token);
      assert.equal((await refresh(second.json.refresh_token)).status, 200);
    });

    it("revokes the whole family when a used token comes back", async () => {
      const first = await tokens();
      const second = await refresh(first.refresh_token);
      const reused = await refresh(first.refresh_token);
      assert.equal(reused.status, 400);
      assert.equal(reused.json.error, "invalid_grant");
      assert.equal((await refresh(second.json.refresh_token)).json.error, "invalid_grant");
      assert.equal((await api(ME, second.json.access_token)).status, 401);
      assert.equal(server.counters["token.refresh_token"], 3);
      assert.equal(server.counters["token.refresh_token.reused"], 1);
    });

    it("narrows the scope but never widens it", async () => {
      const first = await tokens();
      const wider = await refresh(first.refresh_token, { scope: `${SCOPE} global:Superadmin` });
      assert.equal(wider.json.error, "invalid_scope");
      const narrower = await refresh(first.refresh_token, { scope: "global:Profile.View" });
      assert.equal(narrower.status, 200);
      const whole = await refresh(narrower.json.refresh_token, { scope: SCOPE });
      assert.equal(whole.status, 200);
      assert.equal((await refresh(whole.json.refresh_token, { scope: "**" })).status, 200);
    });

    it("does not give one client the refresh token of another", async () => {
      const first = await tokens();
      assert.equal((await refresh(first.refresh_token, CONFIDENTIAL)).json.error, "invalid_grant");
      assert.equal((await refresh(first.refresh_token)).status, 200);
    });
  });

  describe("implicit flow", () => {
    it("puts the token into the fragment", async () => {
      const landed = await authorize(request({ response_type: "token", scope: "**" }));
      assert.equal(landed.search, "");
      const answer = fragmentOf(landed);
      assert.deepEqual([...answer.keys()].sort(), [
        "access_token",
        "expires_in",
        "scope",
        "state",
        "token_type",
      ]);
      assert.equal(answer.get("state"), "s&1");
      assert.equal(answer.get("token_type"), "Bearer");
      assert.equal(answer.get("scope"), "**");
      assert.equal((await api(ME, answer.get("access_token"))).status, 200);
    });

    it("puts errors into the fragment too", async () => {
      const landed = await authorize(request({ response_type: "token" }), { decision: "deny" });
      assert.equal(landed.search, "");
      const answer = fragmentOf(landed);
      assert.equal(answer.get("error"), "access_denied");
      assert.ok(answer.get("error_description"));
      assert.equal(answer.get("state"), "s&1");
    });

    it("has redirect URIs of its own", async () => {
      const uri = "http://localhost:8080/implicit";
      server.registerRedirectUri("playground", uri, "token");
      const page = await createAgent().open(request({ response_type: "token", redirect_uri: uri }));
      assert.equal(page.status, 200);
      const refused = await createAgent().open(withPkce(pkcePair(), { redirect_uri: uri }));
      assert.equal(refused.status, 400);
    });
  });

  describe("refusals of the authorization endpoint", () => {
    it("shows a page when there is no address to trust", async () => {
      for (const parameters of [
        { client_id: "nobody" },
        { client_id: PM.client_id },
        { client_id: "" },
        { redirect_uri: `${REDIRECT}/` },
        { redirect_uri: `${REDIRECT}?a=b` },
        { redirect_uri: "https://evil.example/" },
        { response_type: "constructor", redirect_uri: "https://evil.example/" },
      ]) {
        const page = await createAgent().open(request(parameters));
        assert.equal(page.status, 400, JSON.stringify(parameters));
        assert.equal(page.landed, undefined);
        assert.match(page.headers.get("content-type"), /^text\/html/);
        assert.match(page.html, /role="alert"/);
      }
    });

    it("escapes what comes from the request", async () => {
      const repeated = "&%3Cscript%3Ealert(1)%3C/script%3E=1&%3Cscript%3Ealert(1)%3C/script%3E=2";
      const page = await createAgent().open(request() + repeated);
      assert.equal(page.status, 400);
      assert.match(page.html, /&lt;script&gt;alert\(1\)&lt;\/script&gt; is repeated/);

      const agent = createAgent();
      const login = await agent.open(withPkce(pkcePair()));
      const again = await agent.submit(login, { username: '"><b>', password: "x" });
      assert.ok(!again.html.includes("<b>"));
      const consent = await agent.submit(
        await agent.open(withPkce(pkcePair(), { scope: "<i>x</i>" })),
        ALICE,
      );
      assert.ok(!consent.html.includes("<i>"));
      assert.match(consent.html, /&lt;i&gt;x&lt;\/i&gt;/);
    });

    it("redirects every other error", async () => {
      const cases = [
        [{ response_type: "" }, "invalid_request"],
        [{ response_type: "id_token" }, "unsupported_response_type"],
        [{ response_type: "constructor" }, "unsupported_response_type"],
        [{ scope: "" }, "invalid_scope"],
        [{ access_type: "always" }, "invalid_request"],
        [{ request_credentials: "never" }, "invalid_request"],
        [{ code_challenge_method: "S512" }, "invalid_request"],
        [{ code_challenge: "short" }, "invalid_request"],
      ];
      for (const [parameters, error] of cases) {
        const { landed } = await createAgent().open(withPkce(pkcePair(), parameters));
        assert.equal(landed.searchParams.get("error"), error, JSON.stringify(parameters));
        assert.equal(landed.searchParams.get("state"), "s&1");
      }
    });

    it("passes a denial on", async () => {
      const landed = await authorize(withPkce(pkcePair()), { decision: "deny" });
      assert.equal(landed.searchParams.get("error"), "access_denied");
      assert.ok(landed.searchParams.get("error_description"));
      assert.equal(landed.searchParams.get("state"), "s&1");
      assert.equal(landed.searchParams.get("code"), null);
    });
  });

  describe("pages", () => {
    it("keep out of frames, and name where their form may lead", async () => {
      const { headers, html } = await createAgent().open(withPkce(pkcePair()));
      const policy = headers.get("content-security-policy");
      assert.match(policy, /default-src 'none'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.match(policy, /form-action 'self' http:\/\/localhost:8080$/);
      assert.equal(headers.get("x-frame-options"), "DENY");
      assert.equal(headers.get("access-control-allow-origin"), null);
      assert.match(
        headers.get("set-cookie"),
        new RegExp(`^embedded-as-${server.port}=.*HttpOnly; SameSite=Lax`),
      );
      assert.ok(!/<script|<style|style=|https?:\/\//i.test(html));
      const [, path] = /<link rel="stylesheet" href="([^"]+)"/.exec(html);
      const stylesheet = await fetch(at(path));
      assert.match(stylesheet.headers.get("content-type"), /^text\/css/);
    });

    it("tell about a wrong password", async () => {
      const agent = createAgent();
      const page = await logIn(agent, withPkce(pkcePair()), { username: "alice", password: "bob-password" });
      assert.equal(page.status, 403);
      assert.match(page.html, /role="alert"/);
      assert.match(page.html, /name="username" value="alice"/);
      assert.match((await agent.submit(page, ALICE)).html, /name="decision"/);
    });

    it("change the session id at log-in", async () => {
      const agent = createAgent();
      const before = (await agent.open(withPkce(pkcePair()))).headers.get("set-cookie");
      const page = await agent.open(withPkce(pkcePair()));
      const hidden = Object.fromEntries(
        [...page.html.matchAll(/type="hidden" name="(\w+)" value="([^"]+)"/g)].map(([, name, value]) => [
          name,
          value,
        ]),
      );
      const response = await agent.request(at("/oauth/auth/login"), {
        method: "POST",
        body: new URLSearchParams({ ...hidden, ...ALICE }),
      });
      assert.equal(response.status, 303);
      assert.notEqual(response.headers.get("set-cookie").split(";")[0], before.split(";")[0]);
    });

    it("refuse forms without their CSRF token, and show a fresh one", async () => {
      const agent = createAgent();
      const login = await agent.open(withPkce(pkcePair()));
      const forged = await agent.submit(login, { ...ALICE, csrf: "guess" });
      assert.equal(forged.status, 403);
      assert.match(forged.html, /name="password"/);

      const consent = await agent.submit(forged, ALICE);
      const forgedConsent = await agent.submit(consent, { decision: "allow", csrf: "" });
      assert.equal(forgedConsent.status, 403);
      assert.equal(forgedConsent.landed, undefined);
      assert.ok((await agent.submit(forgedConsent, { decision: "allow" })).landed.searchParams.get("code"));
    });

    it("answer each request once", async () => {
      const agent = createAgent();
      const consent = await logIn(agent, withPkce(pkcePair()));
      assert.ok((await agent.submit(consent, { decision: "allow" })).landed);
      const again = await agent.submit(consent, { decision: "allow" });
      assert.equal(again.landed, undefined);
      assert.equal(again.status, 400);

      const denied = await agent.open(withPkce(pkcePair(), { scope: "**" }));
      assert.ok((await agent.submit(denied, { decision: "deny" })).landed);
      assert.equal((await agent.submit(denied, { decision: "allow" })).status, 400);
    });

    it("do not let one user's request be granted by a session without a log-in", async () => {
      const agent = createAgent();
      const login = await agent.open(withPkce(pkcePair()));
      const [, id] = /name="transaction_id" value="([^"]+)"/.exec(login.html);
      const page = await agent.open(withQuery(at("/oauth/auth/continue"), { transaction_id: id }));
      assert.match(page.html, /name="password"/);
      const [, csrf] = /name="csrf" value="([^"]+)"/.exec(login.html);
      const body = new URLSearchParams({ transaction_id: id, csrf, decision: "allow" });
      const decided = await agent.request(at("/oauth/auth/decision"), { method: "POST", body });
      assert.equal(decided.status, 403);
    });

    it("forget abandoned requests", async () => {
      const agent = createAgent();
      const oldest = await agent.open(withPkce(pkcePair()));
      for (let count = 0; count < 19; count += 1) await agent.open(withPkce(pkcePair()));
      const kept = await agent.submit(oldest, { username: "alice", password: "x" });
      assert.equal(kept.status, 403);
      await agent.open(withPkce(pkcePair()));
      assert.equal((await agent.submit(oldest, ALICE)).status, 400);
    });

    it("survive a log-in in another tab", async () => {
      const agent = createAgent();
      const firstTab = await agent.open(withPkce(pkcePair()));
      const secondTab = await agent.open(withPkce(pkcePair()));
      await agent.submit(firstTab, ALICE);
      const stale = await agent.submit(secondTab, ALICE);
      assert.equal(stale.status, 403);
      assert.ok((await agent.submit(stale, { decision: "allow" })).landed.searchParams.get("code"));
    });
  });

  describe("request_credentials and consent", () => {
    it("asks for consent once per client and set of scopes", async () => {
      const agent = createAgent();
      await authorize(withPkce(pkcePair()), { agent });
      const reordered = SCOPE.split(" ").reverse().join(" ");
      const silent = await agent.open(withPkce(pkcePair(), { scope: reordered }));
      assert.ok(silent.landed.searchParams.get("code"));
      assert.match((await agent.open(withPkce(pkcePair(), { scope: "**" }))).html, /name="decision"/);
      const other = await agent.open(request({ client_id: CONFIDENTIAL.client_id }));
      assert.match(other.html, /name="decision"/);
    });

    it("silent always comes back", async () => {
      const silent = { request_credentials: "silent" };
      const agent = createAgent();
      const stranger = await agent.open(withPkce(pkcePair(), silent));
      assert.equal(stranger.landed.searchParams.get("error"), "login_required");

      await authorize(withPkce(pkcePair()), { agent });
      const undecided = await agent.open(withPkce(pkcePair(), { ...silent, scope: "**" }));
      assert.equal(undecided.landed.searchParams.get("error"), "interaction_required");
      const implicit = await agent.open(request({ ...silent, response_type: "token" }));
      assert.ok(fragmentOf(implicit.landed).get("access_token"));
    });

    it("required ends the log-in", async () => {
      const agent = createAgent();
      await authorize(withPkce(pkcePair()), { agent });
      const page = await agent.open(withPkce(pkcePair(), { request_credentials: "required" }));
      assert.match(page.html, /name="password"/);
      const silent = await agent.open(withPkce(pkcePair(), { request_credentials: "silent" }));
      assert.equal(silent.landed.searchParams.get("error"), "login_required");

      const consent = await agent.submit(page, { username: "bob", password: "bob-password" });
      assert.match(consent.html, /<strong>bob<\/strong>/);
      assert.ok((await agent.submit(consent, { decision: "allow" })).landed.searchParams.get("code"));
    });

    it("skip shows the log-in page to a stranger", async () => {
      const page = await createAgent().open(withPkce(pkcePair(), { request_credentials: "skip" }));
      assert.match(page.html, /name="password"/);
    });
  });

  describe("token endpoint", () => {
    const clientCredentials = { grant_type: "client_credentials" };

    it("takes Basic with raw or form-encoded parts, and body credentials", async () => {
      const own = await startServer({
        clients: [{ id: "odd client", secret: "p+a:s%41 w&rd", redirectUris: [] }],
      });
      try {
        const encode = (part) => encodeURIComponent(part).replaceAll("%20", "+");
        const ask = (fields, headers) =>
          postForm(`${own.url}/oauth/token`, { ...clientCredentials, ...fields }, headers);
        const [id, secret] = ["odd client", "p+a:s%41 w&rd"];
        assert.equal((await ask({}, basic(id, secret))).status, 200);
        assert.equal((await ask({}, basic(encode(id), encode(secret)))).status, 200);
        assert.equal((await ask({ client_id: id, client_secret: secret })).status, 200);
        assert.equal((await ask({ client_id: id }, basic(id, secret))).status, 200);
        assert.equal((await ask({ client_id: "playground" }, basic(id, secret))).status, 401);
      } finally {
        await own.close();
      }
    });

    it("answers a failed authentication with 401, and a challenge where Basic was tried", async () => {
      const failed = await token(clientCredentials, basic(CONFIDENTIAL.client_id, "wrong"));
      assert.equal(failed.status, 401);
      assert.equal(failed.json.error, "invalid_client");
      assert.match(failed.headers.get("www-authenticate"), /^Basic/);
      assert.equal(failed.headers.get("cache-control"), "no-store");

      for (const fields of [
        {},
        { client_id: "playground-confidential" },
        { ...CONFIDENTIAL, client_secret: "x" },
      ]) {
        const answer = await token({ ...clientCredentials, ...fields });
        assert.equal(answer.status, 401);
        assert.equal(answer.headers.get("www-authenticate"), null);
      }
    });

    it("knows which grants a client has", async () => {
      const answer = await token({ ...clientCredentials, client_id: "playground" });
      assert.equal(answer.status, 400);
      assert.equal(answer.json.error, "unauthorized_client");
      const unknown = await token({ grant_type: "magic", ...CONFIDENTIAL });
      assert.equal(unknown.status, 400);
      assert.equal(unknown.json.error, "unsupported_grant_type");
    });

    it("gives an application a token that is nobody's", async () => {
      const { json } = await token({ ...clientCredentials, ...CONFIDENTIAL });
      assert.equal(json.refresh_token, undefined);
      assert.equal((await (await api("/api/http/projects", json.access_token)).json()).data.length, 2);
      const me = await api(ME, json.access_token);
      assert.equal(me.status, 403);
      assert.equal((await me.json()).error, "permission-denied");
    });

    it("takes passwords", async () => {
      const fields = { grant_type: "password", ...CONFIDENTIAL, ...ALICE, scope: "**" };
      const online = await token(fields);
      assert.equal(online.json.refresh_token, undefined);
      const offline = await token({ ...fields, access_type: "offline" });
      assert.ok(offline.json.refresh_token);
      assert.equal((await token({ ...fields, password: "x" })).json.error, "invalid_grant");
      assert.equal((await token({ ...fields, scope: "" })).json.error, "invalid_scope");
    });

    it("insists on POST and on a form", async () => {
      const get = await fetch(at("/oauth/token"));
      assert.equal(get.status, 405);
      assert.equal(get.headers.get("allow"), "POST");
      const json = await fetch(at("/oauth/token"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: "{}",
      });
      assert.equal(json.status, 400);
      assert.equal((await json.json()).error, "invalid_request");
      const twice = await fetch(at("/oauth/token"), {
        method: "POST",
        body: new URLSearchParams([
          ["grant_type", "password"],
          ["grant_type", "password"],
        ]),
      });
      assert.equal((await twice.json()).error, "invalid_request");
    });

    it("revokes a refresh token with all that came of it, for its own client only", async () => {
      const first = await tokens();
      const revoke = (client) => postForm(at("/oauth/revoke"), { ...client, token: first.refresh_token });
      assert.equal((await revoke(CONFIDENTIAL)).status, 200);
      assert.equal((await api(ME, first.access_token)).status, 200);
      assert.equal((await revoke({ client_id: "playground" })).status, 200);
      assert.equal((await api(ME, first.access_token)).status, 401);
      assert.equal((await refresh(first.refresh_token)).json.error, "invalid_grant");
      assert.equal((await revoke({ client_id: "nobody" })).status, 401);
      assert.equal(server.counters.revoke, 3);
    });

    it("lets an application give up its refresh token the way of Space", async () => {
      const first = await tokens();
      const path = "/api/http/team-directory/profiles/oauth-consents/me/refresh-tokens/self";
      assert.equal((await api(path, first.access_token, { method: "DELETE" })).status, 200);
      assert.equal((await refresh(first.refresh_token)).json.error, "invalid_grant");
    });
  });

  describe("API", () => {
    it("tells a missing token from an unknown and an expired one", async () => {
      const missing = await fetch(at(ME));
      assert.equal(missing.status, 401);
      assert.equal(missing.headers.get("www-authenticate"), "Bearer");
      assert.equal((await missing.json()).error, "authentication-required");

      const unknown = await api(ME, "nonsense");
      assert.equal(unknown.headers.get("www-authenticate"), 'Bearer error="invalid_token"');

      const { access_token: value, refresh_token: refreshToken } = await tokens();
      server.expireAccessTokens();
      const expired = await api(ME, value);
      assert.equal(expired.status, 401);
      assert.equal(expired.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
      assert.deepEqual(await expired.json(), {
        error: "authentication-required",
        error_description: "Access token has expired",
      });
      const { json } = await refresh(refreshToken);
      assert.equal((await api(ME, json.access_token)).status, 200);
      assert.equal(server.counters["api.401"], 3);
      assert.equal(server.counters.api, 4);
    });

    it("lets tokens expire by time", async () => {
      server.setAccessTokenLifetime(0);
      const { access_token: value, expires_in: expiresIn } = await tokens();
      assert.equal(expiresIn, 0);
      assert.equal((await (await api(ME, value)).json()).error_description, "Access token has expired");
    });

    it("revokes everything on demand", async () => {
      const { access_token: value, refresh_token: refreshToken } = await tokens();
      server.revokeAll();
      assert.equal((await api(ME, value)).status, 401);
      assert.equal((await refresh(refreshToken)).json.error, "invalid_grant");
    });

    it("echoes", async () => {
      const { access_token: value } = await tokens();
      const response = await api("/api/http/echo", value, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"a":1}',
      });
      assert.deepEqual(await response.json(), {
        method: "POST",
        contentType: "application/json",
        body: '{"a":1}',
      });
    });

    it("does not take a token of the other system", async () => {
      const pm = await postForm(at("/workflow/oauth2/token"), { grant_type: "client_credentials", ...PM });
      assert.equal(pm.status, 200);
      assert.equal((await api("/api/http/projects", pm.json.access_token)).status, 401);
    });
  });

  describe("CORS", () => {
    const preflight = (path, origin) =>
      fetch(at(path), {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization",
        },
      });

    it("lets loopback origins in, without credentials", async () => {
      for (const path of ["/oauth/token", "/oauth/revoke", "/api/http/echo"]) {
        const { status, headers } = await preflight(path, ORIGIN);
        assert.equal(status, 204);
        assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
        assert.match(headers.get("access-control-allow-headers"), /authorization, content-type/);
        assert.match(headers.get("access-control-allow-methods"), /POST/);
        assert.equal(headers.get("access-control-allow-credentials"), null);
        assert.match(headers.get("vary"), /Origin/);
      }
      assert.equal(server.counters.api, 0);
    });

    it("exposes what a client has to read, on errors too", async () => {
      const { headers } = await api(ME, "nonsense");
      assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
      assert.equal(headers.get("access-control-expose-headers"), "WWW-Authenticate, Retry-After");
      const refused = await token({}, { origin: ORIGIN });
      assert.equal(refused.headers.get("access-control-allow-origin"), ORIGIN);
    });

    it("keeps other origins out, and the authorization endpoint free of it", async () => {
      for (const origin of ["https://example.com", "http://localhost.example.com", "null"]) {
        const { headers } = await preflight("/oauth/token", origin);
        assert.equal(headers.get("access-control-allow-origin"), null);
      }
      const { headers } = await preflight("/oauth/auth", ORIGIN);
      assert.equal(headers.get("access-control-allow-origin"), null);
    });
  });
});

describe("ProcessMaker", () => {
  const ME = "/api/1.0/workflow/users/me";

  const request = (parameters) =>
    withQuery(at("/workflow/oauth2/authorize"), {
      response_type: "code",
      client_id: PM.client_id,
      state: "s1",
      ...parameters,
    });

  const token = (fields, headers) => postForm(at("/workflow/oauth2/token"), fields, headers);

  async function code(parameters) {
    return (await authorize(request(parameters))).searchParams.get("code");
  }

  it("exchanges a code with Basic, and answers with all fields", async () => {
    const value = await code({ redirect_uri: REDIRECT });
    assert.match(value, /^[0-9a-f]{40}$/);
    const fields = { grant_type: "authorization_code", code: value, redirect_uri: REDIRECT };
    const answer = await token(fields, PM_BASIC);
    assert.equal(answer.status, 200);
    const { access_token: accessToken, refresh_token: refreshToken, ...rest } = answer.json;
    assert.match(accessToken, /^[0-9a-f]{40}$/);
    assert.match(refreshToken, /^[0-9a-f]{40}$/);
    assert.deepEqual(rest, { expires_in: 86400, token_type: "bearer", scope: "*" });

    assert.deepEqual(await (await api(ME, accessToken)).json(), {
      usr_uid: "1aLiCe",
      usr_username: "alice",
      usr_firstname: "Alice",
      usr_lastname: "Adams",
      usr_email: "alice@example.com",
    });
    assert.equal((await (await api("/api/1.0/workflow/project", accessToken)).json()).length, 2);

    const replayed = await token(fields, PM_BASIC);
    assert.equal(replayed.status, 400);
    assert.equal(replayed.json.error, "invalid_grant");
    // This server forgets a used code, and nothing else.
    assert.equal((await api(ME, accessToken)).status, 200);
  });

  it("wants the redirect URI again exactly when it was sent before", async () => {
    const fields = { grant_type: "authorization_code", ...PM };
    assert.equal((await token({ ...fields, code: await code() })).status, 200);
    const missing = await token({ ...fields, code: await code({ redirect_uri: REDIRECT }) });
    assert.equal(missing.status, 400);
    assert.equal(missing.json.error, "redirect_uri_mismatch");
  });

  it("takes no notice of PKCE and of what only Space knows", async () => {
    const value = await code({
      code_challenge: "x",
      code_challenge_method: "y",
      access_type: "z",
      request_credentials: "silent",
    });
    assert.equal((await token({ grant_type: "authorization_code", code: value, ...PM })).status, 200);
  });

  it("puts an implicit token into the fragment, but errors into the query", async () => {
    const landed = await authorize(request({ response_type: "token", scope: "view_processes" }));
    const answer = Object.fromEntries(fragmentOf(landed));
    assert.match(answer.access_token, /^[0-9a-f]{40}$/);
    delete answer.access_token;
    assert.deepEqual(answer, {
      expires_in: "86400",
      token_type: "bearer",
      scope: "view_processes",
      state: "s1",
    });

    const denied = await authorize(request({ response_type: "token" }), { decision: "deny" });
    assert.equal(denied.hash, "");
    assert.equal(denied.searchParams.get("error"), "access_denied");
    assert.equal(denied.searchParams.get("state"), "s1");

    const { landed: scope } = await createAgent().open(request({ response_type: "token", scope: "root" }));
    assert.equal(scope.hash, "");
    assert.equal(scope.searchParams.get("error"), "invalid_scope");
  });

  it("answers with JSON as long as there is no address to trust", async () => {
    const json = async (parameters) => {
      const page = await createAgent().open(request(parameters));
      assert.equal(page.status, 400);
      return JSON.parse(page.html);
    };
    assert.equal((await json({ redirect_uri: "https://evil.example/" })).error, "redirect_uri_mismatch");
    assert.equal((await json({ client_id: "nobody" })).error.code, 400);
    assert.equal((await json({ response_type: "" })).error.code, 400);

    server.registerRedirectUri(PM.client_id, "http://localhost:8080/second", "token");
    assert.equal((await json({ response_type: "token" })).error, "invalid_uri");
  });

  it("wants the credentials of the password grant in the body", async () => {
    const fields = { grant_type: "password", ...ALICE };
    const header = await token(fields, PM_BASIC);
    assert.equal(header.status, 400);
    assert.equal(header.json.error, "invalid_client");
    const body = await token({ ...fields, ...PM });
    assert.equal(body.status, 200);
    assert.ok(body.json.refresh_token);
  });

  it("answers a failed authentication with 400", async () => {
    const answer = await token({ grant_type: "client_credentials" }, basic(PM.client_id, "wrong"));
    assert.equal(answer.status, 400);
    assert.equal(answer.json.error, "invalid_client");
    assert.equal(answer.headers.get("www-authenticate"), null);
  });

  it("gives no refresh token for client credentials", async () => {
    const { json } = await token({ grant_type: "client_credentials", scope: "edit_processes" }, PM_BASIC);
    assert.equal(json.refresh_token, undefined);
    assert.equal(json.scope, "edit_processes");
    assert.equal(
      (await token({ grant_type: "client_credentials", scope: "root", ...PM })).json.error,
      "invalid_scope",
    );
    const me = await api(ME, json.access_token);
    assert.equal(me.status, 403);
    assert.equal((await me.json()).error.code, 403);
  });

  it("rotates refresh tokens; a used one is refused, and no more than that", async () => {
    const first = (await token({ grant_type: "password", ...ALICE, ...PM })).json;
    const refresh = (value, more) =>
      token({ grant_type: "refresh_token", refresh_token: value, ...PM, ...more });
    // "*" is no wildcard: it does not contain the other scopes.
    assert.equal(
      (await refresh(first.refresh_token, { scope: "view_processes" })).json.error,
      "invalid_scope",
    );
    const second = await refresh(first.refresh_token);
    assert.equal(second.status, 200);
    assert.notEqual(second.json.refresh_token, first.refresh_token);
    const reused = await refresh(first.refresh_token);
    assert.equal(reused.status, 400);
    assert.equal(reused.json.error, "invalid_grant");
    assert.equal((await refresh(second.json.refresh_token)).status, 200);
  });

  it("nests the errors of its API", async () => {
    const refused = await api(ME, "nonsense");
    assert.equal(refused.status, 401);
    assert.deepEqual(await refused.json(), { error: { code: 401, message: "Unauthorized" } });
    assert.equal(refused.headers.get("access-control-allow-origin"), "*");
  });

  it("lets every origin in", async () => {
    for (const path of ["/workflow/oauth2/token", ME]) {
      const { status, headers } = await fetch(at(path), {
        method: "OPTIONS",
        headers: { origin: "https://example.com", "access-control-request-method": "POST" },
      });
      assert.equal(status, 204);
      assert.equal(headers.get("access-control-allow-origin"), "*");
      assert.equal(headers.get("access-control-allow-methods"), "GET, POST, PUT, DELETE, OPTIONS");
      assert.equal(headers.get("access-control-allow-headers"), "authorization, content-type");
      assert.equal(headers.get("access-control-allow-credentials"), null);
    }
  });

  it("has a log-in of its own", async () => {
    const agent = createAgent();
    await authorize(request(), { agent });
    const url = withQuery(at("/oauth/auth"), {
      response_type: "token",
      client_id: "playground",
      redirect_uri: REDIRECT,
      scope: "**",
    });
    assert.match((await agent.open(url)).html, /name="password"/);
    assert.ok((await agent.open(request())).landed.searchParams.get("code"));
  });
});

describe("controls", () => {
  const fields = { grant_type: "client_credentials", ...CONFIDENTIAL };
  const token = () => postForm(at("/oauth/token"), fields, { origin: ORIGIN });

  it("count and log requests without their secrets", async () => {
    await postForm(
      at("/oauth/token"),
      { grant_type: "client_credentials" },
      {
        ...basic(CONFIDENTIAL.client_id, CONFIDENTIAL.client_secret),
        cookie: "a=secret-cookie",
        referer: "http://localhost:8080/page",
      },
    );
    await token();
    await fetch(at("/api/http/projects"));

    const response = await fetch(at("/__control/counters"), { headers: { origin: ORIGIN } });
    assert.equal(response.headers.get("access-control-allow-origin"), ORIGIN);
    const text = await response.text();
    assert.ok(!text.includes("playground-secret") && !text.includes(btoa("playground-confidential:")));
    assert.ok(!text.includes("secret-cookie"));
    const { counters, tokenRequests, apiRequests } = JSON.parse(text);
    assert.equal(counters.token, 2);
    assert.equal(counters["token.client_credentials"], 2);
    assert.equal(counters["api.401"], 1);

    const [first, second] = tokenRequests;
    assert.equal(first.headers.authorization, "Basic");
    assert.equal(first.cookies, true);
    assert.equal(first.referer, "http://localhost:8080/page");
    assert.equal(second.cookies, false);
    assert.equal(second.referer, null);
    assert.equal(second.status, 200);
    assert.equal(second.method, "POST");
    assert.equal(second.system, "space");
    assert.deepEqual(second.bodyParameterNames, ["grant_type", "client_id", "client_secret"]);
    assert.equal(apiRequests[0].status, 401);
  });

  it("make endpoints fail as often as asked", async () => {
    server.setFault({ token: { status: 503, times: 2, delay: 30, headers: { "Retry-After": "1" } } });
    const start = Date.now();
    const failed = await token();
    assert.ok(Date.now() - start >= 29);
    assert.equal(failed.status, 503);
    assert.equal(failed.headers.get("retry-after"), "1");
    assert.equal(failed.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await token()).status, 503);
    assert.equal((await token()).status, 200);
    assert.equal(server.counters.token, 3);
  });

  it("limit a fault to one grant, and break connections", async () => {
    server.setFault({ token: { grant: "refresh_token", status: 500 } });
    assert.equal((await token()).status, 200);

    server.setFault({ token: { drop: "request" } });
    await assert.rejects(token());
    server.setFault({ token: { drop: "response" } });
    await assert.rejects(token());
    assert.equal((await token()).status, 200);
    assert.deepEqual(
      server.tokenRequests.map(({ status }) => status),
      [200, null, null, 200],
    );
  });

  it("lose an answer after the work is done", async () => {
    const password = {
      grant_type: "password",
      ...CONFIDENTIAL,
      ...ALICE,
      scope: "**",
      access_type: "offline",
    };
    const { json } = await postForm(at("/oauth/token"), password);
    const refresh = () =>
      postForm(at("/oauth/token"), {
        grant_type: "refresh_token",
        ...CONFIDENTIAL,
        refresh_token: json.refresh_token,
      });
    server.setFault({ token: { drop: "response" } });
    await assert.rejects(refresh());
    assert.equal((await refresh()).json.error, "invalid_grant");
    assert.equal(server.counters["token.refresh_token.reused"], 1);
  });

  it("work over HTTP, for loopback pages", async () => {
    const post = (path, body, origin = ORIGIN) =>
      fetch(at(`/__control/${path}`), { method: "POST", headers: { origin }, body });
    const { json } = await token();
    const projects = () => api("/api/http/projects", json.access_token);
    assert.equal((await projects()).status, 200);
    assert.equal((await post("expire", undefined, "https://example.com")).status, 403);
    assert.equal((await projects()).status, 200);
    assert.equal((await post("expire")).status, 200);
    assert.equal((await projects()).status, 401);

    assert.equal((await post("faults", '{"token":{"status":500}}')).status, 200);
    assert.equal((await token()).status, 500);
    assert.equal((await post("faults", '{"nothing":{"status":500}}')).status, 400);

    assert.equal((await post("reset")).status, 200);
    assert.equal(server.counters.token, 0);
    assert.deepEqual(server.tokenRequests, []);
  });

  it("forget log-ins on reset", async () => {
    const url = withQuery(at("/oauth/auth"), {
      response_type: "token",
      client_id: "playground",
      redirect_uri: REDIRECT,
      scope: "**",
      request_credentials: "silent",
    });
    const agent = createAgent();
    await authorize(url.replace("silent", "default"), { agent });
    assert.ok(fragmentOf((await agent.open(url)).landed).get("access_token"));
    server.reset();
    assert.equal(fragmentOf((await agent.open(url)).landed).get("error"), "login_required");
  });
});

describe("instances", () => {
  it("share nothing", async () => {
    const other = await startServer({ host: "localhost", redirectUris: [REDIRECT], accessTokenLifetime: 5 });
    try {
      assert.equal(other.url, `http://localhost:${other.port}`);
      const fields = { grant_type: "client_credentials", ...CONFIDENTIAL };
      const { json } = await postForm(`${other.url}/oauth/token`, fields);
      assert.equal(json.expires_in, 5);
      assert.equal((await api("/api/http/projects", json.access_token)).status, 401);
      assert.equal(server.counters.token, 0);
      other.registerRedirectUri("playground", "http://localhost:8080/only-here");
      const url = withQuery(at("/oauth/auth"), {
        response_type: "token",
        client_id: "playground",
        redirect_uri: "http://localhost:8080/only-here",
        scope: "**",
      });
      assert.equal((await createAgent().open(url)).status, 400);
    } finally {
      await other.close();
    }
  });

  it("listen on loopback only, and answer to its names only", async () => {
    await assert.rejects(startServer({ host: "0.0.0.0" }), TypeError);
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      request(at("/__control/counters"), { headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(status, 421);
  });
});
