import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { postForm } from "../agent.mjs";
import { ME, refresh, token, tokens } from "./space.mjs";
import { api, at, ORIGIN, PM, preflight, server } from "./support.mjs";

describe("Space: API", () => {
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

  it("says rate-limited when it is asked too often", async () => {
    const { access_token: value } = await tokens();
    server.setFault({ api: { status: 429, retryAfter: 2 } });
    const refused = await api(ME, value);
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "2");
    assert.deepEqual(await refused.json(), {
      error: "rate-limited",
      error_description: "Too many requests",
    });
    assert.equal((await api(ME, value)).status, 200);
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

  it("does not take a token of another system", async () => {
    const pm = await postForm(at("/workflow/oauth2/token"), { grant_type: "client_credentials", ...PM });
    assert.equal(pm.status, 200);
    assert.equal((await api("/api/http/projects", pm.json.access_token)).status, 401);
  });
});

describe("Space: permanent tokens", () => {
  const PROJECTS = "/api/http/projects";
  const CURRENT = "permanent-tokens/current";
  const own = (name) => server.permanentTokens.space[name];

  it("are fixed: a personal and an application token for every user", async () => {
    for (const name of ["alice", "bob"]) {
      const { personal, application } = own(name);
      assert.equal(personal, `space-personal-${name}`);
      assert.equal(application, `space-application-${name}`);
      assert.equal((await (await api(ME, personal)).json()).username, name);
      assert.equal((await api(PROJECTS, application)).status, 200);
      const me = await api(ME, application);
      assert.equal(me.status, 403);
      assert.equal((await me.json()).error, "permission-denied");
    }
  });

  it("do not expire", async () => {
    server.expireAccessTokens();
    server.setAccessTokenLifetime(0);
    assert.equal((await api(ME, own("alice").personal)).status, 200);
  });

  it("are refused one by one after they are revoked, until the next reset", async () => {
    const { personal, application } = own("alice");
    server.revokeToken(personal);
    const refused = await api(ME, personal);
    assert.equal(refused.status, 401);
    assert.deepEqual(await refused.json(), {
      error: "authentication-required",
      error_description: "Access token is revoked",
    });
    assert.equal((await api(PROJECTS, application)).status, 200);
    assert.equal((await api(ME, own("bob").personal)).status, 200);
    server.reset();
    assert.equal((await api(ME, personal)).status, 200);
  });

  it("are revoked over HTTP too", async () => {
    const { application } = own("bob");
    const revoke = (token) =>
      fetch(at("/__control/revoke"), { method: "POST", body: JSON.stringify({ token }) });
    assert.equal((await revoke(application)).status, 200);
    assert.equal((await api(PROJECTS, application)).status, 401);
    assert.equal((await revoke("nonsense")).status, 400);
  });

  it("can give themselves up the way of Space", async () => {
    const { personal, application } = own("alice");
    const profile = `/api/http/team-directory/profiles/me/${CURRENT}`;
    const app = `/api/http/applications/me/${CURRENT}`;
    const remove = async (path, token) => (await api(path, token, { method: "DELETE" })).status;
    assert.equal(await remove(app, personal), 404);
    assert.equal(await remove(profile, (await tokens()).access_token), 404);
    const consents = "/api/http/team-directory/profiles/oauth-consents/me/refresh-tokens/self";
    assert.equal(await remove(consents, personal), 404);
    assert.equal(await remove(profile, personal), 200);
    assert.equal(await remove(profile, personal), 401);
    assert.equal(await remove(app, application), 200);
    assert.equal((await api(PROJECTS, application)).status, 401);
  });

  it("belong to one system, and are no refresh tokens", async () => {
    assert.equal((await api("/hub/api/rest/users/me", own("alice").personal)).status, 401);
    assert.equal((await refresh(own("alice").personal)).json.error, "invalid_grant");
  });
});

describe("Space: CORS", () => {
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
