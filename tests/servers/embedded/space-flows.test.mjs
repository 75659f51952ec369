import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAgent, pkcePair } from "../agent.mjs";
import { code, exchange, ME, refresh, request, SCOPE, token, tokens, withPkce } from "./space.mjs";
import { api, authorize, basicOf, CONFIDENTIAL, fragmentOf, REDIRECT, server } from "./support.mjs";

describe("Space: code flow", () => {
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
    const good = await token({ ...fields, code: again.searchParams.get("code") }, basicOf(CONFIDENTIAL));
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

describe("Space: refresh", () => {
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

describe("Space: implicit flow", () => {
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
