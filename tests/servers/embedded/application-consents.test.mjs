import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAgent, pkcePair } from "../agent.mjs";
import { ADMIN, call, grant, MEMBER, ok, refused, register, tokenFor, tokenOf } from "./applications.mjs";
import { exchange, refresh, request, SCOPE, tokens, withPkce } from "./space.mjs";
import { authorize, server } from "./support.mjs";

const CONSENTS = "/team-directory/profiles/oauth-consents";
const mine = (token = ADMIN) => ok(token, "GET", `${CONSENTS}/me`);

/** The scope that a consent tells of, as a request would write it. */
const rightsOf = ({ className, grants }) => {
  assert.equal(className, "XScopeApi.Scope");
  const place = ({ project }) => (project ? `project:key:${project.key.key}` : "global");
  return grants.map(({ context, right }) => `${place(context)}:${right.rightCode}`).join(" ");
};

const implicit = (scope) => authorize(request({ response_type: "token", scope }));

describe("Space: consents", () => {
  it("tell what a user has allowed, and what has come of it", async () => {
    assert.deepEqual(await mine(), []);
    const started = Date.now();
    await tokens();
    await implicit("global:Profile.View");
    const [consent, ...others] = await mine();
    assert.deepEqual(others, []);
    assert.deepEqual(consent.clientApplication, {
      className: "ES_OAuthUserApp",
      app: { id: "playground", name: "Playground", clientId: "playground" },
    });
    const approved = consent.approvedScopes.map(({ scope, offlineAllowed }) => [
      rightsOf(scope),
      offlineAllowed,
    ]);
    assert.deepEqual(approved, [
      [SCOPE, true],
      ["global:Profile.View", false],
    ]);
    const [refreshToken, ...more] = consent.refreshTokens;
    assert.deepEqual([rightsOf(refreshToken.scope), more], [SCOPE, []]);
    assert.ok(refreshToken.id && refreshToken.lastAccess.time.timestamp >= started);
  });

  it("tell of places that are not here by their names alone", async () => {
    await implicit("project:id:p9:Project.View channel:c1:Channel.ViewChannel");
    const [{ approvedScopes }] = await mine();
    assert.deepEqual(
      approvedScopes[0].scope.grants.map(({ context }) => context),
      [
        { className: "PrivateProjectPermissionContext", projectId: "p9" },
        { className: "PrivateChannelPermissionContext", channelId: "c1" },
      ],
    );
  });

  it("count what is allowed again once", async () => {
    await implicit(SCOPE);
    const [{ approvedScopes: before }] = await mine();
    await tokens();
    const [{ approvedScopes: after }] = await mine();
    assert.deepEqual(after, [{ ...before[0], offlineAllowed: true }]);
  });

  it("name registered applications, also those that were told the password", async () => {
    const application = await register();
    const fields = { grant_type: "password", username: "alice", password: "alice-password" };
    await tokenFor(application, { ...fields, scope: "**", access_type: "offline" });
    const [{ clientApplication, approvedScopes, refreshTokens }] = await mine();
    const { id, name, clientId } = application;
    assert.deepEqual(clientApplication.app, { id, name, clientId });
    assert.deepEqual([approvedScopes, refreshTokens.length], [[], 1]);
    assert.deepEqual(refreshTokens[0].scope, { className: "XScopeApi.All" });
  });

  it("are of one user, whom an administrator may act for", async () => {
    await tokens();
    assert.deepEqual(await mine(MEMBER), []);
    assert.deepEqual(await ok(MEMBER, "GET", `${CONSENTS}/username:bob`), []);
    assert.deepEqual(await ok(ADMIN, "GET", `${CONSENTS}/id:2bOb`), []);
    const refusal = await refused("permission-denied", MEMBER, "GET", `${CONSENTS}/username:alice`);
    assert.match(refusal, /Profile\.ApplicationConsents\.Edit/);
    await refused("permission-denied", MEMBER, "DELETE", `${CONSENTS}/id:1aLiCe/applications/id:playground`);
    await refused("not-found", ADMIN, "GET", `${CONSENTS}/username:carol`);
  });

  it("are open to an application with the right to them, which has none of its own", async () => {
    const application = await register();
    const token = await tokenOf(application);
    await refused("permission-denied", token, "GET", `${CONSENTS}/me`);
    await refused("permission-denied", token, "GET", `${CONSENTS}/username:alice`);
    await grant(application, ["Profile.ApplicationConsents.Edit"]);
    assert.deepEqual(await ok(token, "GET", `${CONSENTS}/username:alice`), []);
  });
});

describe("Space: consents that are taken back", () => {
  it("end all tokens of the application, and bring its question back", async () => {
    const agent = createAgent();
    const pkce = pkcePair();
    const url = withPkce(pkce, { access_type: "offline" });
    const landed = await authorize(url, { agent });
    const { json } = await exchange(landed.searchParams.get("code"), pkce.verifier);
    assert.ok((await agent.open(url)).landed);

    await ok(ADMIN, "DELETE", `${CONSENTS}/me/applications/clientId:playground`);
    assert.deepEqual(await mine(), []);
    assert.equal((await call(json.access_token, "GET", "/team-directory/profiles/me")).status, 401);
    assert.equal((await refresh(json.refresh_token)).json.error, "invalid_grant");
    assert.match((await agent.open(url)).html, /Authorize Playground\?/);
    await refused("not-found", ADMIN, "DELETE", `${CONSENTS}/me/applications/id:playground`);
  });

  it("leave other applications and other users alone", async () => {
    const application = await register();
    const fields = { grant_type: "password", scope: "**", access_type: "offline" };
    const ofBob = { ...fields, username: "bob", password: "bob-password" };
    const ofAlice = { ...fields, username: "alice", password: "alice-password" };
    const [bob, alice] = [await tokenFor(application, ofBob), await tokenFor(application, ofAlice)];
    const other = await tokens();
    await ok(alice.json.access_token, "DELETE", `${CONSENTS}/me/applications/me`);
    const status = async (token) => (await call(token, "GET", "/team-directory/profiles/me")).status;
    assert.equal(await status(alice.json.access_token), 401);
    assert.equal(await status(bob.json.access_token), 200);
    assert.equal(await status(other.access_token), 200);
  });

  it("can be single refresh tokens", async () => {
    const [first, second] = [await tokens(), await tokens()];
    const [{ refreshTokens }] = await mine();
    assert.equal(refreshTokens.length, 2);
    const path = `${CONSENTS}/me/refresh-tokens/${refreshTokens[0].id}`;
    await refused("not-found", MEMBER, "DELETE", path);
    await ok(ADMIN, "DELETE", path);
    assert.equal((await refresh(first.refresh_token)).json.error, "invalid_grant");
    assert.equal((await refresh(second.refresh_token)).status, 200);
    await refused("not-found", ADMIN, "DELETE", path);
  });

  it("are forgotten on reset", async () => {
    await tokens();
    server.reset();
    assert.deepEqual(await mine(), []);
  });
});
