import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgent, pkcePair, postForm, withQuery } from "./agent.mjs";
import { startOidcProvider } from "./oidc-provider.mjs";

const REDIRECT = "http://localhost:8080/callback";
const ORIGIN = "http://localhost:8080";

describe("oidc-provider", () => {
  let server;
  before(async () => {
    server = await startOidcProvider({ redirectUris: [REDIRECT], accessTokenLifetime: 60 });
  });
  after(() => server.close());

  const request = (challenge, more) =>
    withQuery(server.authorizationEndpoint, {
      response_type: "code",
      client_id: "spa",
      redirect_uri: REDIRECT,
      scope: "openid profile",
      state: "s1",
      ...(challenge ? { code_challenge: challenge, code_challenge_method: "S256" } : {}),
      ...more,
    });

  async function logIn(agent, url) {
    const page = await agent.open(url);
    return agent.submit(page, { login: "alice", password: "alice-password" });
  }

  async function authorize(agent, url) {
    const consent = await logIn(agent, url);
    return (await agent.submit(consent, { decision: "allow" })).landed;
  }

  const exchange = (code, verifier) =>
    postForm(
      server.tokenEndpoint,
      {
        grant_type: "authorization_code",
        client_id: "spa",
        redirect_uri: REDIRECT,
        code,
        code_verifier: verifier,
      },
      { origin: ORIGIN },
    );

  const refresh = (token) =>
    postForm(server.tokenEndpoint, { grant_type: "refresh_token", client_id: "spa", refresh_token: token });

  async function tokens() {
    const { verifier, challenge } = pkcePair();
    const landed = await authorize(createAgent(), request(challenge));
    return (await exchange(landed.searchParams.get("code"), verifier)).json;
  }

  const me = (token, at = server) =>
    fetch(`${at.url}/api/me`, { headers: { authorization: `Bearer ${token}`, origin: ORIGIN } });

  it("issues tokens for a code and PKCE", async () => {
    const { verifier, challenge } = pkcePair();
    const landed = await authorize(createAgent(), request(challenge));
    assert.equal(landed.origin + landed.pathname, REDIRECT);
    assert.equal(landed.searchParams.get("state"), "s1");
    assert.equal(landed.searchParams.get("iss"), server.issuer);

    const answer = await exchange(landed.searchParams.get("code"), verifier);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal(answer.json.token_type, "Bearer");
    assert.equal(answer.json.expires_in, 60);
    assert.ok(answer.json.refresh_token);
    assert.equal((await (await me(answer.json.access_token)).json()).sub, "alice");
  });

  it("refuses a wrong verifier and a code without PKCE", async () => {
    const { challenge } = pkcePair();
    const landed = await authorize(createAgent(), request(challenge));
    const answer = await exchange(landed.searchParams.get("code"), pkcePair().verifier);
    assert.equal(answer.json.error, "invalid_grant");

    const without = await createAgent().open(request(undefined));
    assert.equal(without.landed.searchParams.get("error"), "invalid_request");
  });

  it("rotates refresh tokens and revokes all of them on reuse", async () => {
    const first = await tokens();
    const second = await refresh(first.refresh_token);
    assert.equal(second.status, 200);
    assert.notEqual(second.json.refresh_token, first.refresh_token);
    assert.equal((await me(second.json.access_token)).status, 200);

    assert.equal((await refresh(first.refresh_token)).json.error, "invalid_grant");
    assert.equal((await refresh(second.json.refresh_token)).json.error, "invalid_grant");
    assert.equal((await me(second.json.access_token)).status, 401);
  });

  it("expires access tokens on demand, while refreshing goes on", async () => {
    const { access_token: token, refresh_token: refreshToken } = await tokens();
    await server.expireAccessTokens();
    const refused = await me(token);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    assert.match(refused.headers.get("access-control-expose-headers"), /WWW-Authenticate/);

    const { json } = await refresh(refreshToken);
    assert.equal((await me(json.access_token)).status, 200);
  });

  it("expires access tokens by time", async () => {
    const brief = await startOidcProvider({ redirectUris: [REDIRECT], accessTokenLifetime: 1 });
    try {
      const { verifier, challenge } = pkcePair();
      const agent = createAgent();
      const landed = await authorize(agent, request(challenge).replace(server.url, brief.url));
      const { json } = await postForm(brief.tokenEndpoint, {
        grant_type: "authorization_code",
        client_id: "spa",
        redirect_uri: REDIRECT,
        code: landed.searchParams.get("code"),
        code_verifier: verifier,
      });
      const userinfo = () =>
        fetch(`${brief.url}/me`, {
          headers: { authorization: `Bearer ${json.access_token}`, origin: ORIGIN },
        });
      assert.equal((await me(json.access_token, brief)).status, 200);
      assert.equal((await (await userinfo()).json()).sub, "alice");
      await sleep(2100);
      assert.equal((await me(json.access_token, brief)).status, 401);
      assert.equal((await userinfo()).status, 401);
      assert.equal(brief.counters.userinfo, 2);
    } finally {
      await brief.close();
    }
  });

  it("echoes requests, with their bodies", async () => {
    const { access_token: token } = await tokens();
    const response = await fetch(`${server.url}/api/echo`, {
      method: "PUT",
      headers: { authorization: `Bearer ${token}`, "content-type": "text/plain" },
      body: "hello",
    });
    assert.deepEqual(await response.json(), { method: "PUT", contentType: "text/plain", body: "hello" });
  });

  it("revokes tokens", async () => {
    const { refresh_token: token } = await tokens();
    const answer = await postForm(server.revocationEndpoint, { client_id: "spa", token });
    assert.equal(answer.status, 200);
    assert.equal((await refresh(token)).json.error, "invalid_grant");
  });

  it("tells about a wrong password, and passes a denial on", async () => {
    const { challenge } = pkcePair();
    const agent = createAgent();
    const page = await agent.open(request(challenge));
    const wrong = await agent.submit(page, { login: "alice", password: "nonsense" });
    assert.equal(wrong.status, 403);
    assert.match(wrong.html, /role="alert"/);

    const consent = await logIn(agent, request(challenge));
    const { landed } = await agent.submit(consent, { decision: "deny" });
    assert.equal(landed.searchParams.get("error"), "access_denied");
    assert.equal(landed.searchParams.get("state"), "s1");
  });

  it("does not redirect to an address that is not registered", async () => {
    const page = await createAgent().open(
      request(pkcePair().challenge, { redirect_uri: "http://localhost:8080/x" }),
    );
    assert.equal(page.status, 400);
    assert.match(page.html, /invalid_redirect_uri|redirect_uri/);
  });

  it("answers preflights from loopback origins only", async () => {
    const preflight = (origin) =>
      fetch(`${server.url}/api/me`, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": "GET",
          "access-control-request-headers": "authorization",
        },
      });
    assert.equal((await preflight(ORIGIN)).headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await preflight("https://example.com")).headers.get("access-control-allow-origin"), null);
  });

  it("counts what it was asked", async () => {
    const start = server.counters;
    const { refresh_token: token } = await tokens();
    await refresh(token);
    await me("nonsense");
    const { counters } = server;
    const grown = (name) => counters[name] - start[name];
    assert.equal(grown("token"), 2);
    assert.equal(grown("token.authorization_code"), 1);
    assert.equal(grown("token.refresh_token"), 1);
    assert.equal(grown("api"), 1);
    assert.equal(grown("api.401"), 1);
    assert.deepEqual(server.tokenRequests.at(-1), {
      grant: "refresh_token",
      status: 200,
      referer: null,
      cookies: false,
    });
  });

  it("keeps nothing in common between two instances", async () => {
    const other = await startOidcProvider({ redirectUris: [REDIRECT] });
    try {
      const { access_token: token } = await tokens();
      assert.equal((await me(token, other)).status, 401);
      assert.equal(other.counters.token, 0);
    } finally {
      await other.close();
    }
  });
});
