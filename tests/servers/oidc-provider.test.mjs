import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { basic, createAgent, pkcePair, postForm, withQuery } from "./agent.mjs";
import { SECRETS } from "./oidc-clients.mjs";
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

  const exchange = (code, verifier, more) =>
    postForm(
      server.tokenEndpoint,
      {
        grant_type: "authorization_code",
        client_id: "spa",
        redirect_uri: REDIRECT,
        code,
        code_verifier: verifier,
        ...more,
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
    // It counts whole seconds: a lifetime of one may be over at once.
    const brief = await startOidcProvider({ redirectUris: [REDIRECT], accessTokenLifetime: 2 });
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
      await sleep(3100);
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

  const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString());

  /** The claims of an ID token whose signature fits a key that the server publishes. */
  async function claimsOf(idToken, alg) {
    const [head, body, signature] = idToken.split(".");
    const header = read(head);
    assert.equal(header.alg, alg);
    const { keys } = await (await fetch(server.jwksUri)).json();
    const jwk = keys.find(({ kid }) => kid === header.kid);
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
    assert.ok(verify("sha256", `${head}.${body}`, key, Buffer.from(signature, "base64url")));
    return read(body);
  }

  for (const [client, alg] of [
    ["spa", "RS256"],
    ["spa-es256", "ES256"],
  ]) {
    it(`signs the ID tokens of ${client} with ${alg}`, async () => {
      const { verifier, challenge } = pkcePair();
      const url = request(challenge, { client_id: client, nonce: "n1" });
      const landed = await authorize(createAgent(), url);
      const { json } = await exchange(landed.searchParams.get("code"), verifier, { client_id: client });
      const { iss, aud, sub, nonce, name } = await claimsOf(json.id_token, alg);
      assert.deepEqual(
        { iss, aud, sub, nonce, name },
        { iss: server.issuer, aud: client, sub: "alice", nonce: "n1", name: "alice" },
      );
      assert.ok(json.refresh_token);
    });
  }

  const fragmentOf = ({ hash }) => new URLSearchParams(hash.slice(1));

  const implicit = (more) =>
    withQuery(server.authorizationEndpoint, {
      response_type: "id_token token",
      client_id: "spa-implicit",
      redirect_uri: REDIRECT,
      scope: "openid profile",
      state: "s1",
      nonce: "n1",
      ...more,
    });

  it("has the implicit flow of OpenID Connect", async () => {
    const { hash, search } = await authorize(createAgent(), implicit());
    assert.equal(search, "");
    const answer = Object.fromEntries(fragmentOf({ hash }));
    assert.equal(answer.state, "s1");
    // The ID token says who issued it, so the library leaves the parameter out.
    assert.equal(answer.iss, undefined);
    assert.equal(answer.token_type, "Bearer");
    assert.equal(answer.expires_in, "60");
    const claims = await claimsOf(answer.id_token, "RS256");
    assert.equal(claims.iss, server.issuer);
    assert.equal(claims.nonce, "n1");
    assert.ok(claims.at_hash);
    assert.equal((await (await me(answer.access_token)).json()).sub, "alice");

    const bare = await createAgent().open(implicit({ response_type: "token" }));
    assert.equal(fragmentOf(bare.landed).get("error"), "unsupported_response_type");
  });

  it("answers prompt=none without a page, with a token or an error", async () => {
    for (const [url, answerOf] of [
      [request(pkcePair().challenge), (landed) => landed.searchParams],
      [implicit(), fragmentOf],
    ]) {
      const agent = createAgent();
      const silently = async () => answerOf((await agent.open(`${url}&prompt=none`)).landed);
      const refused = await silently();
      assert.equal(refused.get("error"), "login_required");
      assert.equal(refused.get("iss"), server.issuer);
      await authorize(agent, url);
      const answer = await silently();
      assert.ok(answer.get("code") ?? answer.get("access_token"));
    }
  });

  it("gives client credentials by Basic and in the body, each to its own client", async () => {
    const fields = { grant_type: "client_credentials", scope: "api" };
    const byBody = (id) =>
      postForm(server.tokenEndpoint, { ...fields, client_id: id, client_secret: SECRETS[id] });
    const byBasic = (id, secret = SECRETS[id]) => postForm(server.tokenEndpoint, fields, basic(id, secret));

    for (const { status, json } of [await byBasic("service-basic"), await byBody("service-post")]) {
      assert.equal(status, 200);
      assert.equal(json.scope, "api");
      assert.equal(json.refresh_token, undefined);
      const answer = await (await me(json.access_token)).json();
      assert.equal(answer.sub, undefined);
      assert.match(answer.clientId, /^service-/);
    }
    assert.equal((await byBody("service-basic")).json.error, "invalid_client");
    assert.equal((await byBasic("service-post")).json.error, "invalid_client");
    const seen = server.tokenRequests.slice(-4);
    assert.deepEqual(
      seen.map(({ authentication, status }) => [authentication, status]),
      [
        ["basic", 200],
        ["body", 200],
        ["body", 401],
        ["basic", 401],
      ],
    );

    // Unlike Space, this server decodes the two halves, as RFC 6749 wants it.
    const encoded = encodeURIComponent(SECRETS["service-odd"]).replaceAll("%20", "+");
    assert.equal((await byBasic("service-odd", encoded)).status, 200);
    assert.equal((await byBasic("service-odd")).json.error, "invalid_client");

    const { json } = await byBasic("service-basic");
    await server.expireAccessTokens();
    assert.equal((await me(json.access_token)).status, 401);
  });

  it("revokes an access token", async () => {
    const { access_token: token } = await tokens();
    const answer = await postForm(
      server.revocationEndpoint,
      { client_id: "spa", token, token_type_hint: "access_token" },
      { origin: ORIGIN },
    );
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await me(token)).status, 401);
  });

  it("shows its metadata and keys to every origin", async () => {
    for (const path of ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]) {
      const response = await fetch(server.url + path, { headers: { origin: "https://example.com" } });
      assert.ok(["*", "https://example.com"].includes(response.headers.get("access-control-allow-origin")));
      const metadata = await response.json();
      assert.equal(metadata.issuer, server.issuer);
      assert.equal(metadata.authorization_endpoint, server.authorizationEndpoint);
      assert.equal(metadata.token_endpoint, server.tokenEndpoint);
      assert.equal(metadata.revocation_endpoint, server.revocationEndpoint);
      assert.equal(metadata.userinfo_endpoint, server.userinfoEndpoint);
      assert.equal(metadata.end_session_endpoint, server.endSessionEndpoint);
      assert.equal(metadata.jwks_uri, server.jwksUri);
      assert.equal(metadata.authorization_response_iss_parameter_supported, true);
      assert.deepEqual(metadata.code_challenge_methods_supported, ["S256"]);
    }
    const keys = await fetch(server.jwksUri, { headers: { origin: "https://example.com" } });
    assert.ok(keys.headers.get("access-control-allow-origin"));
    const kinds = (await keys.json()).keys.map(({ kty, alg, d }) => [kty, alg, d]);
    assert.deepEqual(kinds, [
      ["RSA", "RS256", undefined],
      ["EC", "ES256", undefined],
    ]);
  });

  it("tells who the user is to pages of loopback origins", async () => {
    const { access_token: token } = await tokens();
    const response = await fetch(server.userinfoEndpoint, {
      headers: { authorization: `Bearer ${token}`, origin: ORIGIN },
    });
    assert.equal(response.headers.get("access-control-allow-origin"), ORIGIN);
    assert.deepEqual(await response.json(), { sub: "alice", name: "alice" });
  });

  describe("log-out that a client asks for", () => {
    const RETURN = "http://localhost:8080/goodbye";
    let own;
    before(async () => {
      own = await startOidcProvider({ redirectUris: [REDIRECT], postLogoutRedirectUris: [RETURN] });
    });
    after(() => own.close());

    const start = (more) => request(pkcePair().challenge, more).replace(server.url, own.url);
    const end = (agent, parameters) => agent.open(withQuery(own.endSessionEndpoint, parameters));

    it("asks the user, ends the log-in, and returns to a registered address", async () => {
      const agent = createAgent();
      await authorize(agent, start());
      const query = { client_id: "spa", post_logout_redirect_uri: RETURN, state: "bye" };
      const page = await end(agent, query);
      assert.match(page.html, /<h1>Log out<\/h1>/);
      const { landed } = await agent.submit(page, { logout: "yes" });
      assert.equal(landed.href, `${RETURN}?state=bye`);
      const again = await agent.open(start({ prompt: "none" }));
      assert.equal(again.landed.searchParams.get("error"), "login_required");
      assert.equal(own.counters.end_session, 1);
    });

    it("forgets only the consent when the user wants to stay", async () => {
      const agent = createAgent();
      await authorize(agent, start());
      const page = await end(agent, { client_id: "spa" });
      await agent.submit(page, {});
      const again = await agent.open(start({ prompt: "none" }));
      assert.equal(again.landed.searchParams.get("error"), "consent_required");
    });

    it("refuses an address that is not registered", async () => {
      const elsewhere = { client_id: "spa", post_logout_redirect_uri: REDIRECT };
      const page = await end(createAgent(), elsewhere);
      assert.equal(page.status, 400);
      assert.match(page.html, /post_logout_redirect_uri not registered/);
    });
  });

  it("isolates its pages from their openers on request only", async () => {
    const isolated = await startOidcProvider({ redirectUris: [REDIRECT], openerPolicy: "same-origin" });
    try {
      const name = "cross-origin-opener-policy";
      const agent = createAgent();
      const url = request(pkcePair().challenge);
      assert.equal((await createAgent().open(url)).headers.get(name), null);
      const login = await agent.open(url.replace(server.url, isolated.url));
      assert.equal(login.headers.get(name), "same-origin");
      const consent = await agent.submit(login, { login: "alice", password: "alice-password" });
      assert.equal(consent.headers.get(name), "same-origin");
      assert.ok((await agent.submit(consent, { decision: "allow" })).landed.searchParams.get("code"));
      const end = await agent.open(isolated.endSessionEndpoint);
      assert.equal(end.headers.get(name), "same-origin");
      assert.equal((await me("nonsense", isolated)).headers.get(name), null);
    } finally {
      await isolated.close();
    }
  });

  it("counts requests per endpoint", async () => {
    const start = server.counters;
    await authorize(createAgent(), request(pkcePair().challenge));
    await fetch(`${server.url}/.well-known/openid-configuration`);
    await fetch(server.jwksUri);
    await fetch(server.userinfoEndpoint);
    await fetch(server.endSessionEndpoint);
    await postForm(server.revocationEndpoint, {});
    await postForm(
      server.tokenEndpoint,
      { grant_type: "client_credentials" },
      basic("service-basic", SECRETS["service-basic"]),
    );
    const { counters } = server;
    const grown = Object.entries(counters).filter(([name, value]) => value !== start[name]);
    assert.deepEqual(Object.fromEntries(grown.map(([name, value]) => [name, value - start[name]])), {
      discovery: 1,
      jwks: 1,
      authorize: 1,
      token: 1,
      "token.client_credentials": 1,
      userinfo: 1,
      revoke: 1,
      end_session: 1,
    });
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
      authentication: "none",
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
