import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAgent, pkcePair, postForm, withQuery } from "../agent.mjs";
import { ALICE, api, at, authorize, basicOf, REDIRECT, server } from "./support.mjs";

const ME = "/pm4/api/1.0/users/me";
const YEAR = 365 * 24 * 3600;
const PM4 = { client_id: "7", client_secret: "pm4-secret" };

const request = (parameters) =>
  withQuery(at("/pm4/oauth/authorize"), {
    response_type: "code",
    client_id: PM4.client_id,
    redirect_uri: REDIRECT,
    state: "s1",
    ...parameters,
  });

const withPkce = ({ challenge }, parameters) =>
  request({ code_challenge: challenge, code_challenge_method: "S256", ...parameters });

const token = (fields, headers) => postForm(at("/pm4/oauth/token"), fields, headers);

const refresh = (value) => token({ grant_type: "refresh_token", refresh_token: value, ...PM4 });

async function tokens(client = PM4) {
  const pkce = pkcePair();
  const landed = await authorize(withPkce(pkce, { client_id: client.client_id }));
  return token({
    grant_type: "authorization_code",
    redirect_uri: REDIRECT,
    code: landed.searchParams.get("code"),
    code_verifier: pkce.verifier,
    ...client,
  });
}

describe("ProcessMaker 4", () => {
  it("exchanges a code with PKCE and credentials in the body, and says no scope", async () => {
    const { status, json } = await tokens();
    assert.equal(status, 200);
    const { access_token: value, refresh_token: refreshToken, ...rest } = json;
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: YEAR });
    assert.ok(value.length > 500 && refreshToken.length > 500);
    assert.deepEqual(await (await api(ME, value)).json(), {
      id: "1aLiCe",
      username: "alice",
      firstname: "Alice",
      lastname: "Adams",
      email: "alice@example.com",
    });
  });

  it("insists on PKCE from a public client, and checks the verifier of every client", async () => {
    assert.equal((await tokens({ client_id: "8" })).status, 200);
    const { landed } = await createAgent().open(request({ client_id: "8" }));
    assert.equal(landed.searchParams.get("error"), "invalid_request");

    const coded = await authorize(withPkce(pkcePair()));
    const wrong = await token({
      grant_type: "authorization_code",
      redirect_uri: REDIRECT,
      code: coded.searchParams.get("code"),
      code_verifier: pkcePair().verifier,
      ...PM4,
    });
    assert.equal(wrong.json.error, "invalid_grant");
  });

  it("takes Basic too", async () => {
    assert.equal((await token({ grant_type: "client_credentials" }, basicOf(PM4))).status, 200);
  });

  it("answers a failed authentication with 401, and repeats the description", async () => {
    const { status, json } = await token({
      grant_type: "client_credentials",
      ...PM4,
      client_secret: "wrong",
    });
    assert.equal(status, 401);
    assert.equal(json.error, "invalid_client");
    assert.equal(json.message, json.error_description);
  });

  it("calls a bad refresh token an invalid request, with 401", async () => {
    const { json } = await tokens();
    const second = await refresh(json.refresh_token);
    assert.equal(second.status, 200);
    for (const value of ["nonsense", json.refresh_token]) {
      const refused = await refresh(value);
      assert.equal(refused.status, 401);
      assert.equal(refused.json.error, "invalid_request");
    }
    const missing = await token({ grant_type: "refresh_token", ...PM4 });
    assert.equal(missing.status, 400);
    assert.equal(missing.json.error, "invalid_request");
  });

  it("rotates, and ends the access token that came with the old refresh token", async () => {
    const { json } = await tokens();
    const second = (await refresh(json.refresh_token)).json;
    assert.notEqual(second.refresh_token, json.refresh_token);
    assert.equal((await api(ME, json.access_token)).status, 401);
    assert.equal((await api(ME, second.access_token)).status, 200);
    assert.equal((await refresh(json.refresh_token)).status, 401);
    assert.equal((await refresh(second.refresh_token)).status, 200);
  });

  it("has passwords and client credentials, but no scopes", async () => {
    const password = await token({ grant_type: "password", ...ALICE, ...PM4 });
    assert.ok(password.json.refresh_token);
    const own = await token({ grant_type: "client_credentials", ...PM4 });
    assert.equal(own.json.refresh_token, undefined);
    assert.equal((await api("/pm4/api/1.0/processes", own.json.access_token)).status, 200);
    assert.equal((await api(ME, own.json.access_token)).status, 403);
    const scoped = await token({ grant_type: "client_credentials", scope: "processes", ...PM4 });
    assert.equal(scoped.json.error, "invalid_scope");
  });

  it("has no implicit flow", async () => {
    const page = await createAgent().open(request({ response_type: "token" }));
    assert.equal(page.status, 400);
    assert.equal(JSON.parse(page.html).error, "unsupported_grant_type");
  });

  it("answers with JSON as long as there is no address to trust", async () => {
    for (const parameters of [{ client_id: "nobody" }, { redirect_uri: "https://evil.example/" }]) {
      const page = await createAgent().open(request(parameters));
      assert.equal(page.status, 401);
      assert.equal(JSON.parse(page.html).error, "invalid_client");
    }
  });

  it("understands prompt: none comes back, login and consent ask again", async () => {
    const agent = createAgent();
    const open = (prompt) => agent.open(request({ prompt }));
    assert.equal((await open("none")).landed.searchParams.get("error"), "access_denied");
    await authorize(request(), { agent });
    assert.ok((await open("none")).landed.searchParams.get("code"));
    assert.match((await open("consent")).html, /name="decision"/);
    assert.match((await open("login")).html, /name="password"/);
    assert.equal((await open("none")).landed.searchParams.get("error"), "access_denied");
    assert.equal((await open("never")).landed.searchParams.get("error"), "invalid_request");
  });

  it("refuses in the words of Laravel, without a challenge", async () => {
    const refused = await api(ME, "nonsense");
    assert.equal(refused.status, 401);
    assert.deepEqual(await refused.json(), { message: "Unauthenticated." });
    assert.equal(refused.headers.get("www-authenticate"), null);
    const missing = await api("/pm4/api/1.0/nothing", server.permanentTokens.processmaker4.alice.personal);
    assert.equal(missing.status, 404);
    assert.deepEqual(Object.keys(await missing.json()), ["message"]);
  });

  it("has personal permanent tokens only", async () => {
    const { bob } = server.permanentTokens.processmaker4;
    assert.deepEqual(bob, { personal: "pm4-personal-bob" });
    assert.equal((await (await api(ME, bob.personal)).json()).username, "bob");
    server.revokeToken(bob.personal);
    assert.equal((await api(ME, bob.personal)).status, 401);
  });
});
