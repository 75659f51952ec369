import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { basic, postForm } from "../agent.mjs";
import { ME, refresh, token, tokens } from "./space.mjs";
import { ALICE, api, at, basicOf, CONFIDENTIAL, ODD, server } from "./support.mjs";

describe("Space: token endpoint", () => {
  const clientCredentials = { grant_type: "client_credentials" };

  it("takes Basic credentials as they are, not form-encoded", async () => {
    const ask = (fields, headers) => token({ ...clientCredentials, ...fields }, headers);
    const { client_id: id, client_secret: secret } = ODD;
    assert.equal((await ask({}, basicOf(ODD))).status, 200);
    const encoded = encodeURIComponent(secret).replaceAll("%20", "+");
    assert.equal((await ask({}, basic(id, encoded))).status, 401);
    assert.equal((await ask({}, { authorization: "Basic !" })).status, 401);
    assert.equal((await ask({}, basicOf({ client_id: "constructor", client_secret: "" }))).status, 401);
  });

  it("takes credentials in the body, and both ways at once for one client", async () => {
    const ask = (fields, headers) => token({ ...clientCredentials, ...fields }, headers);
    assert.equal((await ask(ODD)).status, 200);
    assert.equal((await ask({ client_id: ODD.client_id }, basicOf(ODD))).status, 200);
    assert.equal((await ask({ client_id: "playground" }, basicOf(ODD))).status, 401);
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

  it("takes passwords with Basic, and gives a refresh token for offline access only", async () => {
    const fields = { grant_type: "password", ...ALICE, scope: "**" };
    const ask = (more) => token({ ...fields, ...more }, basicOf(CONFIDENTIAL));
    const online = await ask({ access_type: "online" });
    assert.equal(online.status, 200);
    assert.equal(online.json.refresh_token, undefined);
    assert.equal((await ask()).json.refresh_token, undefined);
    const { json } = await ask({ access_type: "offline" });
    assert.equal((await (await api(ME, json.access_token)).json()).username, "alice");
    const refreshed = await token(
      { grant_type: "refresh_token", refresh_token: json.refresh_token },
      basicOf(CONFIDENTIAL),
    );
    assert.equal(refreshed.status, 200);
    assert.notEqual(refreshed.json.refresh_token, json.refresh_token);

    assert.equal((await ask({ password: "x" })).json.error, "invalid_grant");
    assert.equal((await ask({ scope: "" })).json.error, "invalid_scope");
  });

  it("refreshes for a confidential client with its secret only", async () => {
    const fields = { grant_type: "password", ...ALICE, scope: "**", access_type: "offline" };
    const { json } = await token({ ...fields, ...CONFIDENTIAL });
    assert.equal((await refresh(json.refresh_token, { client_id: CONFIDENTIAL.client_id })).status, 401);
    assert.equal((await refresh(json.refresh_token, CONFIDENTIAL)).status, 200);
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
