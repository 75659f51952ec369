import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { createAgent, pkcePair, postForm, withQuery } from "./agent.mjs";
import { startAuthlib } from "./authlib.mjs";

const REDIRECT = "http://localhost:8080/callback";
const ORIGIN = "http://localhost:8080";

/** With both halves encoded, as RFC 6749 section 2.3.1 wants them. */
const basic = (id, secret) => ({
  authorization: `Basic ${btoa(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`)}`,
});

describe("Authlib", () => {
  let as;
  before(async () => {
    as = await startAuthlib({ redirectUris: [REDIRECT], accessTokenLifetime: 60 });
  });
  after(() => as.close());

  const request = (more) =>
    withQuery(as.server.authorizationEndpoint, {
      response_type: "code",
      client_id: "spa",
      redirect_uri: REDIRECT,
      state: "s1",
      ...more,
    });

  const pkce = ({ challenge }) => ({ code_challenge: challenge, code_challenge_method: "S256" });

  async function logIn(agent, url) {
    const page = await agent.open(url);
    return agent.submit(page, { login: "alice", password: as.users.alice });
  }

  async function decide(url, decision = "allow", agent = createAgent()) {
    const consent = await logIn(agent, url);
    return (await agent.submit(consent, { decision })).landed;
  }

  const answerOf = (landed) => Object.fromEntries(new URLSearchParams(landed.hash.slice(1) || landed.search));

  const token = (fields, headers, at = as) => postForm(at.server.tokenEndpoint, fields, headers);

  const exchange = (code, verifier, more) =>
    token({
      grant_type: "authorization_code",
      client_id: "spa",
      redirect_uri: REDIRECT,
      code,
      ...(verifier ? { code_verifier: verifier } : {}),
      ...more,
    });

  const refresh = (value) => token({ grant_type: "refresh_token", client_id: "spa", refresh_token: value });

  async function tokens(more) {
    const pair = pkcePair();
    const landed = await decide(request({ ...pkce(pair), ...more }));
    return (await exchange(answerOf(landed).code, pair.verifier)).json;
  }

  const me = (value, at = as) =>
    fetch(`${at.url}/api/me`, { headers: { authorization: `Bearer ${value}`, origin: ORIGIN } });

  async function claimsOf(idToken) {
    const [header, payload, signature] = idToken.split(".");
    const read = (part) => JSON.parse(Buffer.from(part, "base64url").toString());
    const { keys } = await (await fetch(as.server.jwksUri)).json();
    const jwk = keys.find(({ kid }) => kid === read(header).kid);
    const key = createPublicKey({ key: jwk, format: "jwk" });
    const isSigned = verify(
      "RSA-SHA256",
      Buffer.from(`${header}.${payload}`),
      key,
      Buffer.from(signature, "base64url"),
    );
    assert.ok(isSigned);
    return read(payload);
  }

  it("issues tokens for a code and PKCE", async () => {
    const pair = pkcePair();
    const landed = await decide(request(pkce(pair)));
    assert.equal(landed.origin + landed.pathname, REDIRECT);
    const { code, ...rest } = answerOf(landed);
    assert.deepEqual(rest, { state: "s1", iss: as.url });

    const answer = await exchange(code, pair.verifier);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const { access_token: accessToken, refresh_token: refreshToken, ...others } = answer.json;
    assert.deepEqual(others, { token_type: "Bearer", expires_in: 60, scope: "profile" });
    assert.ok(refreshToken);
    const identity = await (await me(accessToken)).json();
    assert.deepEqual(identity, { sub: "alice", clientId: "spa", scope: "profile" });

    assert.equal((await exchange(code, pair.verifier)).json.error, "invalid_grant");
  });

  it("adds an id_token for the scope of OpenID", async () => {
    const { id_token: idToken } = await tokens({ scope: "openid profile", nonce: "code-nonce" });
    const claims = await claimsOf(idToken);
    assert.deepEqual(
      [claims.iss, claims.aud, claims.sub, claims.name, claims.nonce],
      [as.url, "spa", "alice", "alice", "code-nonce"],
    );
  });

  it("refuses a wrong verifier, none, and a code request without S256", async () => {
    for (const [verifier, error] of [
      [pkcePair().verifier, "invalid_grant"],
      [undefined, "invalid_request"],
    ]) {
      const landed = await decide(request(pkce(pkcePair())));
      assert.equal((await exchange(answerOf(landed).code, verifier)).json.error, error);
    }
    const { challenge } = pkcePair();
    for (const more of [
      {},
      { code_challenge: challenge },
      { code_challenge: challenge, code_challenge_method: "plain" },
    ]) {
      const { landed } = await createAgent().open(request(more));
      const { error, state, iss } = answerOf(landed);
      assert.deepEqual([error, state, iss], ["invalid_request", "s1", as.url]);
    }
  });

  it("answers the implicit flow in the fragment", async () => {
    const landed = await decide(request({ response_type: "token" }));
    assert.equal(landed.search, "");
    const { access_token: accessToken, ...rest } = answerOf(landed);
    assert.deepEqual(rest, {
      token_type: "Bearer",
      expires_in: "60",
      scope: "profile",
      state: "s1",
      iss: as.url,
    });
    assert.equal((await me(accessToken)).status, 200);
  });

  it("answers the implicit flow of OpenID with an id_token", async () => {
    const url = request({ response_type: "id_token token", scope: "openid", nonce: "implicit-nonce" });
    const { access_token: accessToken, id_token: idToken, state } = answerOf(await decide(url));
    assert.equal(state, "s1");
    assert.equal((await me(accessToken)).status, 200);
    const claims = await claimsOf(idToken);
    assert.equal(claims.nonce, "implicit-nonce");
    assert.ok(claims.at_hash);

    const again = await createAgent().open(url);
    assert.equal(answerOf(again.landed).error, "invalid_request", "a nonce is for one answer");
  });

  it("passes a denial on, where the answer belongs, with its state", async () => {
    for (const [more, part] of [
      [pkce(pkcePair()), "search"],
      [{ response_type: "token" }, "hash"],
      [{ response_type: "id_token token", scope: "openid", nonce: "denied" }, "hash"],
    ]) {
      const landed = await decide(request(more), "deny");
      assert.notEqual(landed[part], "");
      const { error, state, iss } = answerOf(landed);
      assert.deepEqual([error, state, iss], ["access_denied", "s1", as.url]);
    }
  });

  it("tells about a wrong password on its page", async () => {
    const agent = createAgent();
    const page = await agent.open(request(pkce(pkcePair())));
    const wrong = await agent.submit(page, { login: "alice", password: "nonsense" });
    assert.equal(wrong.status, 403);
    assert.match(wrong.html, /role="alert"/);
  });

  it("remembers who logged in and what was allowed, and asks again when told to", async () => {
    const agent = createAgent();
    const url = (more) => request({ ...pkce(pkcePair()), scope: "openid", ...more });
    const silent = async () => answerOf((await agent.open(url({ prompt: "none" }))).landed);
    assert.equal((await silent()).error, "login_required");
    await logIn(agent, url());
    assert.equal((await silent()).error, "consent_required");
    await agent.submit(await agent.open(url()), { decision: "allow" });
    assert.ok((await silent()).code);
    assert.ok(answerOf((await agent.open(url())).landed).code);
    assert.match((await agent.open(url({ prompt: "login" }))).html, /<h1>Log in/);
    assert.match((await agent.open(url({ prompt: "consent" }))).html, /<h1>Authorize/);
  });

  it("does not redirect to an address that is not registered, nor for an unknown client", async () => {
    for (const more of [
      { redirect_uri: `${REDIRECT}/` },
      { client_id: "nobody" },
      { response_type: "token", redirect_uri: `${REDIRECT}/` },
      { response_type: "token", client_id: "nobody" },
    ]) {
      assert.equal((await createAgent().open(request({ ...pkce(pkcePair()), ...more }))).status, 400);
    }
  });

  it("refuses unknown scopes and response types", async () => {
    for (const [more, expected] of [
      [{ scope: "everything", ...pkce(pkcePair()) }, "invalid_scope"],
      [{ response_type: "nonsense" }, "unsupported_response_type"],
    ]) {
      const { error, state } = answerOf((await createAgent().open(request(more))).landed);
      assert.deepEqual([error, state], [expected, "s1"]);
    }
  });

  it("rotates refresh tokens", async () => {
    const first = await tokens();
    const second = await refresh(first.refresh_token);
    assert.equal(second.status, 200);
    assert.notEqual(second.json.refresh_token, first.refresh_token);
    assert.equal((await (await me(second.json.access_token)).json()).sub, "alice");
    assert.equal((await refresh(first.refresh_token)).json.error, "invalid_grant");
    assert.equal((await refresh(second.json.refresh_token)).status, 200);
  });

  it("refreshes once of many at the same time", async () => {
    const { refresh_token: value } = await tokens();
    const answers = await Promise.all(Array.from({ length: 10 }, () => refresh(value)));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  });

  it("issues tokens for a password, to public and confidential clients", async () => {
    const fields = { grant_type: "password", username: "bob", password: as.users.bob, scope: "profile" };
    const { clientId, clientSecret } = as.clients.basic;
    const { clientId: client_id, clientSecret: client_secret } = as.clients.body;
    for (const [id, more, headers] of [
      ["spa", { client_id: "spa" }, {}],
      ["basic", {}, basic(clientId, clientSecret)],
      ["body", { client_id, client_secret }, {}],
    ]) {
      const { status, json } = await token({ ...fields, ...more }, headers);
      assert.equal(status, 200);
      assert.ok(json.refresh_token);
      const identity = await (await me(json.access_token)).json();
      assert.deepEqual(identity, { sub: "bob", clientId: id, scope: "profile" });
    }
    // RFC 6749 section 5.2 has `invalid_grant` for it; this is what the library says.
    const wrong = await token({ ...fields, client_id: "spa", password: "nonsense" });
    assert.deepEqual([wrong.status, wrong.json.error], [400, "invalid_request"]);
  });

  it("issues tokens for client credentials, by Basic and in the body, and no others", async () => {
    const fields = { grant_type: "client_credentials" };
    const { clientId, clientSecret } = as.clients.basic;
    const { clientId: client_id, clientSecret: client_secret } = as.clients.body;
    for (const [id, more, headers] of [
      ["basic", {}, basic(clientId, clientSecret)],
      ["body", { client_id, client_secret }, {}],
    ]) {
      const { json } = await token({ ...fields, ...more }, headers);
      assert.equal(json.refresh_token, undefined);
      const identity = await (await me(json.access_token)).json();
      assert.deepEqual(identity, { sub: null, clientId: id, scope: "profile" });
    }

    for (const [status, more, headers] of [
      [401, {}, basic(clientId, "nonsense")],
      [401, { client_id, client_secret: "nonsense" }, {}],
      [401, {}, basic(client_id, client_secret)],
      [401, { client_id: clientId, client_secret: clientSecret }, {}],
      [401, { client_id: "spa" }, {}],
    ]) {
      const answer = await token({ ...fields, ...more }, headers);
      assert.deepEqual([answer.status, answer.json.error], [status, "invalid_client"]);
      assert.match(answer.headers.get("www-authenticate"), /^Basic /);
      assert.equal(answer.headers.get("access-control-expose-headers"), "WWW-Authenticate");
    }
  });

  it("refuses unknown grants and clients, and grants that are not for a client", async () => {
    const error = async (fields) => (await token(fields)).json.error;
    assert.equal(await error({ grant_type: "nonsense", client_id: "spa" }), "unsupported_grant_type");
    assert.equal(await error({ grant_type: "refresh_token", client_id: "nobody" }), "invalid_client");
    assert.equal(await error({ grant_type: "refresh_token", client_id: "spa" }), "invalid_request");
    const { clientId: client_id, clientSecret: client_secret } = as.clients.body;
    const { refresh_token } = await tokens();
    const stolen = { grant_type: "refresh_token", client_id, client_secret, refresh_token };
    assert.equal(await error(stolen), "invalid_grant");
  });

  it("expires access tokens on demand, while refreshing goes on", async () => {
    const { access_token: value, refresh_token: refreshToken } = await tokens();
    await as.expireAccessTokens();
    const refused = await me(value);
    assert.equal(refused.status, 401);
    assert.match(refused.headers.get("www-authenticate"), /^Bearer error="invalid_token"/);
    assert.equal(refused.headers.get("access-control-expose-headers"), "WWW-Authenticate");
    assert.equal((await me((await refresh(refreshToken)).json.access_token)).status, 200);
  });

  it("refuses unknown tokens and requests without one", async () => {
    const unknown = await me("nonsense");
    assert.equal(unknown.status, 401);
    assert.match(unknown.headers.get("www-authenticate"), /^Bearer error="invalid_token"/);
    const without = await fetch(`${as.url}/api/me`);
    assert.equal(without.status, 401);
    assert.doesNotMatch(without.headers.get("www-authenticate"), /invalid_token/);
  });

  it("expires access tokens by time, and shares nothing with another server", async () => {
    // It counts whole seconds: a lifetime of one may be over at once.
    const brief = await startAuthlib({ redirectUris: [REDIRECT], accessTokenLifetime: 2 });
    try {
      const fields = { grant_type: "password", client_id: "spa", username: "bob", password: as.users.bob };
      const { json } = await token(fields, {}, brief);
      assert.equal(json.expires_in, 2);
      assert.equal((await me(json.access_token, brief)).status, 200);
      assert.equal((await me(json.access_token)).status, 401);
      await sleep(2_100);
      assert.equal((await me(json.access_token, brief)).status, 401);
    } finally {
      await brief.close();
    }
    await assert.rejects(fetch(`${brief.url}/jwks`));
  });

  it("revokes tokens, of their own client only", async () => {
    const revoke = (fields) => postForm(as.server.revocationEndpoint, fields);
    const first = await tokens();
    const { clientId: client_id, clientSecret: client_secret } = as.clients.body;
    const foreign = await revoke({ client_id, client_secret, token: first.refresh_token });
    assert.equal(foreign.json.error, "invalid_grant");

    const answer = await revoke({ client_id: "spa", token: first.refresh_token });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("access-control-allow-origin"), "*");
    assert.equal((await refresh(first.refresh_token)).json.error, "invalid_grant");
    assert.equal((await me(first.access_token)).status, 401);

    const second = await tokens();
    await revoke({ client_id: "spa", token: second.access_token, token_type_hint: "access_token" });
    assert.equal((await me(second.access_token)).status, 401);
    assert.equal((await refresh(second.refresh_token)).status, 200);
    assert.equal((await revoke({ client_id: "spa", token: "nonsense" })).status, 200);
    assert.equal((await revoke({ client_id: "basic", token: "nonsense" })).json.error, "invalid_client");
  });

  it("publishes its metadata, and answers preflights of any origin", async () => {
    for (const name of ["openid-configuration", "oauth-authorization-server"]) {
      const response = await fetch(`${as.url}/.well-known/${name}`, { headers: { origin: ORIGIN } });
      assert.equal(response.headers.get("access-control-allow-origin"), "*");
      const metadata = await response.json();
      assert.equal(metadata.issuer, as.url);
      assert.equal(metadata.token_endpoint, as.server.tokenEndpoint);
    }
    for (const path of ["/token", "/revoke", "/api/me", "/jwks"]) {
      const { status, headers } = await fetch(as.url + path, {
        method: "OPTIONS",
        headers: { origin: ORIGIN },
      });
      assert.equal(status, 200);
      assert.equal(headers.get("access-control-allow-origin"), "*");
      assert.equal(headers.get("access-control-allow-credentials"), null);
      assert.match(headers.get("access-control-allow-headers"), /authorization/i);
    }
    const page = await fetch(request(pkce(pkcePair())));
    assert.equal(page.headers.get("access-control-allow-origin"), null);
  });

  it("tells what it was asked", async () => {
    const start = (await as.requests()).length;
    await refresh((await tokens()).refresh_token);
    await me("nonsense");
    const grown = (await as.requests()).slice(start);
    assert.deepEqual(
      grown.map(({ method, path, status }) => [method, path, status]),
      [
        ["GET", "/authorize", 200],
        ["POST", "/authorize", 200],
        ["POST", "/authorize", 302],
        ["POST", "/token", 200],
        ["POST", "/token", 200],
        ["GET", "/api/me", 401],
      ],
    );
    assert.deepEqual(grown.at(-2), {
      method: "POST",
      path: "/token",
      grant: "refresh_token",
      status: 200,
      referer: null,
      cookies: false,
    });
    assert.equal(await as.count("/nothing"), 0);
    const all = await as.requests();
    const wanted = all.filter(({ path, grant }) => path === "/token" && grant === "refresh_token");
    assert.equal(await as.count("/token", { grant: "refresh_token" }), wanted.length);
  });
});
