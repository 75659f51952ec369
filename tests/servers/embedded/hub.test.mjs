import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAgent, pkcePair, postForm, withQuery } from "../agent.mjs";
import {
  ALICE,
  api,
  at,
  authorize,
  basicOf,
  fragmentOf,
  ORIGIN,
  preflight,
  REDIRECT,
  server,
} from "./support.mjs";

const ME = "/hub/api/rest/users/me";
const SCOPE = "0-0-0-0-0 YouTrack";
const TRUSTED = { client_id: "hub-confidential", client_secret: "hub-secret" };

const request = (parameters) =>
  withQuery(at("/hub/api/rest/oauth2/auth"), {
    response_type: "code",
    client_id: "hub-playground",
    redirect_uri: REDIRECT,
    scope: SCOPE,
    state: "s1",
    ...parameters,
  });

const withPkce = ({ challenge }, parameters) =>
  request({ code_challenge: challenge, code_challenge_method: "S256", ...parameters });

const token = (fields, headers) => postForm(at("/hub/api/rest/oauth2/token"), fields, headers);

const refresh = (value, more) =>
  token({ grant_type: "refresh_token", client_id: "hub-playground", refresh_token: value, ...more });

async function tokens(parameters) {
  const pkce = pkcePair();
  const landed = await authorize(withPkce(pkce, parameters));
  return token({
    grant_type: "authorization_code",
    client_id: "hub-playground",
    redirect_uri: REDIRECT,
    code: landed.searchParams.get("code"),
    code_verifier: pkce.verifier,
  });
}

describe("Hub", () => {
  it("issues a token to a public client with PKCE, and says type and scope", async () => {
    const { status, json } = await tokens();
    assert.equal(status, 200);
    const { access_token: value, ...rest } = json;
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: 3600, scope: SCOPE });
    assert.deepEqual(await (await api(ME, value)).json(), {
      id: "1aLiCe",
      login: "alice",
      name: "Alice Adams",
      profile: { email: { email: "alice@example.com" } },
    });
  });

  it("insists on a scope, at the authorization endpoint and for passwords", async () => {
    const { landed } = await createAgent().open(withPkce(pkcePair(), { scope: "" }));
    assert.equal(landed.searchParams.get("error"), "invalid_scope");
    const fields = { grant_type: "password", ...ALICE };
    assert.equal((await token(fields, basicOf(TRUSTED))).json.error, "invalid_scope");
    assert.equal((await token({ ...fields, scope: "Hub" }, basicOf(TRUSTED))).status, 200);
  });

  it("gives a refresh token for offline access only, and never widens the scope", async () => {
    assert.equal((await tokens()).json.refresh_token, undefined);
    const { json } = await tokens({ access_type: "offline" });
    assert.equal(
      (await refresh(json.refresh_token, { scope: `${SCOPE} Other` })).json.error,
      "invalid_scope",
    );
    const second = await refresh(json.refresh_token, { scope: "YouTrack" });
    assert.equal(second.status, 200);
    assert.equal(second.json.scope, "YouTrack");
    assert.notEqual(second.json.refresh_token, json.refresh_token);
  });

  it("gives client credentials to a trusted service, with or without a scope", async () => {
    const ask = (more) => token({ grant_type: "client_credentials", ...more }, basicOf(TRUSTED));
    assert.equal((await ask()).json.scope, "0-0-0-0-0");
    const { json } = await ask({ scope: "YouTrack" });
    assert.equal(json.refresh_token, undefined);
    assert.equal((await api("/hub/api/rest/projects", json.access_token)).status, 200);
    assert.equal((await api(ME, json.access_token)).status, 403);
    const untrusted = await token({ grant_type: "client_credentials", client_id: "hub-playground" });
    assert.equal(untrusted.json.error, "unauthorized_client");
  });

  it("puts an implicit token and its errors into the fragment", async () => {
    const landed = await authorize(request({ response_type: "token" }));
    const answer = fragmentOf(landed);
    assert.equal(answer.get("scope"), SCOPE);
    assert.equal(answer.get("token_type"), "Bearer");
    assert.equal((await api(ME, answer.get("access_token"))).status, 200);
    const denied = await authorize(request({ response_type: "token" }), { decision: "deny" });
    assert.equal(fragmentOf(denied).get("error"), "access_denied");
  });

  it("silent comes straight back, and required ends the log-in", async () => {
    const agent = createAgent();
    const silently = (parameters) =>
      agent.open(request({ request_credentials: "silent", response_type: "token", ...parameters }));
    assert.equal(fragmentOf((await silently()).landed).get("error"), "access_denied");
    await authorize(request({ response_type: "token" }), { agent });
    assert.ok(fragmentOf((await silently()).landed).get("access_token"));
    const page = await agent.open(withPkce(pkcePair(), { request_credentials: "required" }));
    assert.match(page.html, /name="password"/);
    assert.equal(fragmentOf((await silently()).landed).get("error"), "access_denied");
  });

  it("refuses a token with a challenge and invalid_token", async () => {
    const refused = await api(ME, "nonsense");
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("www-authenticate"), 'Bearer error="invalid_token"');
    assert.equal((await refused.json()).error, "invalid_token");
  });

  it("has permanent tokens of its own form", async () => {
    const { personal, application } = server.permanentTokens.hub.alice;
    assert.match(personal, /^perm:[^.]+\.[^.]+\.[^.]+$/);
    assert.equal((await (await api(ME, personal)).json()).login, "alice");
    assert.equal((await api("/hub/api/rest/projects", application)).status, 200);
    server.revokeToken(personal);
    assert.equal((await api(ME, personal)).status, 401);
  });

  it("knows its own clients and log-ins only", async () => {
    const { status } = await createAgent().open(request({ client_id: "playground" }));
    assert.equal(status, 400);
    const agent = createAgent();
    await authorize(withPkce(pkcePair()), { agent });
    const space = withQuery(at("/oauth/auth"), {
      response_type: "token",
      client_id: "playground",
      redirect_uri: REDIRECT,
      scope: "**",
    });
    assert.match((await agent.open(space)).html, /name="password"/);
  });

  it("lets loopback origins in", async () => {
    for (const path of ["/hub/api/rest/oauth2/token", ME]) {
      assert.equal((await preflight(path, ORIGIN)).headers.get("access-control-allow-origin"), ORIGIN);
      const foreign = await preflight(path, "https://example.com");
      assert.equal(foreign.headers.get("access-control-allow-origin"), null);
    }
  });
});
