import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { basic, createAgent, postForm, withQuery } from "../agent.mjs";
import { ALICE, api, at, authorize, basicOf, fragmentOf, PM, REDIRECT, server } from "./support.mjs";

describe("ProcessMaker 3", () => {
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
    const answer = await token(fields, basicOf(PM));
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

    const replayed = await token(fields, basicOf(PM));
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
    const header = await token(fields, basicOf(PM));
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
    const { json } = await token({ grant_type: "client_credentials", scope: "edit_processes" }, basicOf(PM));
    assert.equal(json.refresh_token, undefined);
    assert.equal(json.scope, "edit_processes");
    assert.equal(json.token_type, "bearer");
    assert.equal(
      (await token({ grant_type: "client_credentials", scope: "root", ...PM })).json.error,
      "invalid_scope",
    );
    const me = await api(ME, json.access_token);
    assert.equal(me.status, 403);
    assert.equal((await me.json()).error.code, 403);
  });

  it("answers with a null scope where none was asked for", async () => {
    assert.equal((await token({ grant_type: "client_credentials" }, basicOf(PM))).json.scope, null);
    assert.equal((await token({ grant_type: "password", ...ALICE, ...PM })).json.scope, null);
    const asked = await token({ grant_type: "password", ...ALICE, ...PM, scope: "*" });
    assert.equal(asked.json.scope, "*");
    const refreshed = await token({
      grant_type: "refresh_token",
      refresh_token: asked.json.refresh_token,
      ...PM,
    });
    assert.equal(refreshed.json.scope, "*");
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
    assert.equal(refused.headers.get("www-authenticate"), null);

    server.setFault({ api: { status: 429 } });
    const flooded = await api(ME, "nonsense");
    assert.equal(flooded.status, 429);
    assert.deepEqual(await flooded.json(), { error: { code: 429, message: "Too many requests" } });
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
