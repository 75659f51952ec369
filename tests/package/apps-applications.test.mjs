// Applications from their registration to their end, at a server that plays Space.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, beforeEach, test } from "node:test";

import { applications, sshKeyFingerprint } from "../../dist/apps.js";
import { startServer } from "../../www/server/index.mjs";
import { all, failure, sessionOf } from "./support/apps.mjs";

let server;
let alice;
let bob;
before(async () => {
  server = await startServer();
  [alice, bob] = await Promise.all(
    ["alice", "bob"].map(async (user) => applications(await sessionOf(server.url, user))),
  );
});
after(() => server.close());
beforeEach(() => server.reset());

const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CU";
const FINGERPRINT = "SHA256:Txkh2l1qNMRalG/EwiuqfU6i2tU5zN//S8XWcpH3J3k";
const ISSUES = "Project.Issues.View";

/** An application's own session, by a permanent token of its own. */
async function itself(application) {
  const { token } = await alice.createPermanentToken(application, { name: "own", scope: "**" });
  const fetchWithToken = (url, init) =>
    fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${token}` } });
  return applications({ server: { apiBase: `${server.url}/api/http` }, fetch: fetchWithToken });
}

test("step 1: an application is registered with all that it needs, and read again", async () => {
  const application = await bob.register({
    name: "Rover",
    clientId: "rover",
    clientSecret: "s3cret",
    description: "Drives about",
    email: "rover@example.com",
    codeFlowEnabled: true,
    codeFlowRedirectURIs: ["https://a.example/one", new URL("https://a.example/two")],
    pkceRequired: true,
    publicClientsAllowed: true,
    endpointUri: new URL("https://a.example/space"),
  });
  const { clientId, name, archived, codeFlowRedirectURIs, implicitFlowRedirectURIs } = application;
  assert.deepEqual(
    { clientId, name, archived, codeFlowRedirectURIs, implicitFlowRedirectURIs },
    {
      clientId: "rover",
      name: "Rover",
      archived: false,
      codeFlowRedirectURIs: ["https://a.example/one", "https://a.example/two"],
      implicitFlowRedirectURIs: [],
    },
  );
  assert.equal(application.endpointURI, "https://a.example/space");
  assert.equal(application.settings.publicClientsAllowed, true);
  assert.equal(application.presentableName, "Rover", "what has no type here arrives, too");
  assert.equal(application.owner, undefined, "what is below the first level has to be asked for");
  assert.deepEqual(await bob.get(application, { fields: "owner(username)" }), { owner: { username: "bob" } });
  assert.equal(Date.parse(application.createdAt.iso), application.createdAt.timestamp);
  for (const identifier of [application, { clientId }, "clientId:rover", `id:${application.id}`]) {
    assert.deepEqual(await bob.get(identifier), application);
  }
  assert.deepEqual(await all(bob.list()), [application]);
  const closed = await bob.update(application, { publicClientsAllowed: false });
  assert.deepEqual(closed, {
    ...application,
    settings: { ...application.settings, publicClientsAllowed: false },
  });
  assert.deepEqual(await bob.update(application, { publicClientsAllowed: true }), application);
  assert.equal(await bob.clientSecret(application), "s3cret");
  assert.deepEqual(await (await itself(application)).get("me"), application);
});

test("step 2: settings are changed, and the others stay", async () => {
  const application = await bob.register({ name: "Rover", description: "Drives" });
  const changed = await bob.update(application, {
    implicitFlowEnabled: true,
    implicitFlowRedirectURIs: ["http://localhost:8080/cb"],
  });
  assert.deepEqual(
    [changed.id, changed.description, changed.implicitFlowEnabled, changed.implicitFlowRedirectURIs],
    [application.id, "Drives", true, ["http://localhost:8080/cb"]],
  );
  const cleared = await bob.update(changed, { description: null, implicitFlowRedirectURIs: [] });
  assert.deepEqual([cleared.description, cleared.implicitFlowRedirectURIs], [null, []]);
});

test("a list is of what the user may see, and is filtered", async () => {
  await alice.register({ name: "Of Alice" });
  const rover = await bob.register({ name: "Rover" });
  const names = async (items) => (await all(items)).map(({ name }) => name);
  assert.deepEqual(await names(alice.list()), ["Of Alice", "Rover"]);
  assert.deepEqual(await names(bob.list({})), ["Rover"]);
  assert.deepEqual(await names(alice.list({ name: "rov" })), ["Rover"]);
  assert.equal(await bob.archive(rover), undefined);
  assert.deepEqual(await names(bob.list()), []);
  const [archived] = await all(bob.list({ withArchived: true, pageSize: 1 }));
  assert.deepEqual([archived.name, archived.archived], ["Rover", true]);
  assert.equal(await bob.restore(rover), undefined);
  assert.deepEqual(await names(bob.list()), ["Rover"]);
});

test("lists come whole, whatever the size of their pages", async () => {
  const names = Array.from({ length: 5 }, (_, index) => `Rover ${index}`);
  for (const name of names) await bob.register({ name });
  const application = (await bob.list().next()).value;
  for (const name of names) await bob.createPermanentToken(application, { name, scope: "**" });
  for (const pageSize of [1, 2, 5, 100, undefined]) {
    assert.deepEqual(
      (await all(bob.list({ pageSize }))).map(({ name }) => name),
      names,
    );
  }
  assert.deepEqual(
    (await all(bob.permanentTokens(application))).map(({ name }) => name),
    names,
  );
});

test("`fields` chooses what comes back, and nothing is made up for the rest", async () => {
  const { id } = await bob.register({ name: "Rover" });
  assert.deepEqual(await bob.get(`id:${id}`, { fields: "name" }), { name: "Rover" });
  assert.deepEqual(await all(bob.list({ fields: "id,settings(endpoint(url))" })), [
    { id, settings: { endpoint: { url: null } } },
  ]);
  assert.deepEqual(await bob.update({ id }, { name: "Rover 2" }, { fields: "archived" }), {
    archived: false,
  });
  const token = await bob.createPermanentToken({ id }, { name: "CI", scope: "**" }, { fields: "scope" });
  assert.deepEqual(Object.keys(token).sort(), ["scope", "token"]);
  await failure(bob.get({ id }, { fields: "name(" }), "validation-error");
});

test("secrets are renewed, and the old one is of no use any more", async () => {
  const application = await bob.register({ name: "Rover" });
  const old = await bob.clientSecret(application);
  const renewed = await bob.regenerateClientSecret(application);
  assert.notEqual(renewed, old);
  assert.equal(await bob.clientSecret(application), renewed);
  for (const [read, renew] of [
    ["signingKey", "regenerateSigningKey"],
    ["verificationToken", "regenerateVerificationToken"],
  ]) {
    assert.match((await failure(bob[read](application), "not-found")).hint, /nothing of this name/);
    const first = await bob[renew](application);
    assert.match(first, /^[0-9a-f]{64}$/);
    assert.equal(await bob[read](application), first);
    assert.notEqual(await bob[renew](application), first);
  }
  const { keys } = await bob.publicKeys(application);
  assert.deepEqual(
    keys.map(({ kty, alg }) => [kty, alg]),
    [
      ["RSA", "RS512"],
      ["RSA", "RS512"],
    ],
  );
});

test("steps 3 and 4: rights are required, requested, pending, and then authorized", async () => {
  const application = await bob.register({ name: "Rover" });
  const status = async (context) =>
    Object.fromEntries(
      (await alice.rights(application, context)).map(({ rightCode, status }) => [rightCode, status]),
    );
  await bob.requireRights(application, { add: [ISSUES, "Profile.View"], remove: [] });
  const required = await bob.requiredRights(application);
  assert.deepEqual(
    required.map(({ rightCode, status }) => [rightCode, status]),
    [
      [ISSUES, "NONE"],
      ["Profile.View", "NONE"],
    ],
  );
  await bob.requestRights(application, [ISSUES], { project: "ORBIT" }, { comment: "please" });
  assert.deepEqual(await status("project:key:ORBIT"), { [ISSUES]: "REQUESTED" });

  const error = await failure(
    bob.authorizeRights(application, [ISSUES], { project: "ORBIT" }),
    "permission-denied",
  );
  assert.deepEqual([error.status, error.retryable], [403, false]);
  assert.match(error.hint, /yet to authorize/);
  assert.ok(error.description);

  await alice.authorizeRights(application, [ISSUES], { project: "ORBIT" });
  assert.deepEqual(await status({ project: { id: "p1" } }), { [ISSUES]: "GRANTED" });
  assert.notEqual((await status())[ISSUES], "GRANTED", "elsewhere nothing has changed");

  const contexts = await alice.authorizedContexts(application);
  const orbit = contexts.find(({ className }) => className === "ProjectPermissionContext");
  assert.deepEqual(orbit.project, { id: "p1", key: { key: "ORBIT" }, name: "Orbit" });
  assert.deepEqual(await status(orbit), { [ISSUES]: "GRANTED" }, "a context is taken as Space tells it");

  await alice.rejectRights(application, [ISSUES], orbit, { comment: "no longer" });
  assert.deepEqual(await status(orbit), { [ISSUES]: "REJECTED" });
  await alice.removeAuthorization(application, orbit);
  await failure(alice.removeAuthorization(application, orbit), "not-found");

  await bob.requestRights(application, ["Profile.View"]);
  assert.equal((await status())["Profile.View"], "REQUESTED");
  await alice.authorizeRights(application, ["Profile.View"], "global");
  assert.equal((await status("global"))["Profile.View"], "GRANTED");
  await bob.requireRights(application, { remove: [ISSUES], requestInAuthorizedContexts: true });
  assert.deepEqual(
    (await bob.requiredRights(application)).map(({ rightCode }) => rightCode),
    ["Profile.View"],
  );
});

test("step 5: an endpoint is set, changed and taken away", async () => {
  const application = await bob.register({ name: "Rover" });
  const uri = new URL("https://a.example/space");
  assert.equal(
    await bob.setEndpoint(application, { uri, sslVerification: false, signingKey: true }),
    undefined,
  );
  const { endpointURI, hasSigningKey, endpointSslVerification } = await bob.get(application);
  assert.deepEqual([endpointURI, hasSigningKey, endpointSslVerification], [uri.href, true, false]);
  await bob.setEndpoint(application, null);
  assert.equal((await bob.get(application)).endpointURI, null);
});

test("step 6: SSH keys are added, listed by their fingerprints, and removed", async () => {
  const application = await bob.register({ name: "Rover" });
  const print = { type: "ssh-ed25519", sha256fingerprint: FINGERPRINT };
  assert.deepEqual(await sshKeyFingerprint(KEY), print);
  assert.deepEqual(await bob.addSshKey(application, `${KEY} rover@moon\n`), print);
  const [key, ...others] = await bob.sshKeys(application);
  assert.deepEqual(
    [key.sha256fingerprint, key.publicKey, key.comment, others],
    [FINGERPRINT, KEY, "rover@moon", []],
  );
  assert.match((await failure(bob.addSshKey(application, KEY), "duplicated-entity")).hint, /already/);
  assert.equal(await bob.removeSshKey(application, key), undefined);
  await bob.addSshKey(application, KEY, { comment: "CI" });
  assert.equal((await bob.sshKeys(application))[0].comment, "CI");
  await bob.removeSshKey(application, key.fingerprint);
  assert.deepEqual(await bob.sshKeys(application), []);
});

test("permanent tokens are told once, and revoked", async () => {
  const application = await bob.register({ name: "Rover" });
  const expires = new Date(Date.now() + 3_600_000);
  const made = await bob.createPermanentToken(application, {
    name: "CI",
    scope: ["global:Profile.View"],
    expires,
  });
  assert.deepEqual([made.name, made.scope, made.expires.timestamp], ["CI", "global:Profile.View", +expires]);
  const listed = await all(bob.permanentTokens(application));
  assert.deepEqual([listed.length, listed[0].id, listed[0].token], [1, made.id, undefined]);
  await bob.revokePermanentToken(application, made);
  assert.deepEqual(await all(bob.permanentTokens(application)), []);

  const own = await itself(application);
  assert.equal((await own.get("me")).id, application.id);
  await own.revokePermanentToken("me", "current");
  const error = await failure(own.get("me"), "authentication-required");
  assert.equal(error.status, 401);
});

test("consents are listed and revoked", async () => {
  assert.deepEqual(await bob.consents(), []);
  assert.deepEqual(await alice.consents("username:bob"), []);
  await failure(bob.consents("username:alice"), "permission-denied");
  const application = await bob.register({ name: "Rover" });
  const secret = await bob.clientSecret(application);
  const tokens = await fetch(`${server.url}/oauth/token`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${application.clientId}:${secret}`)}` },
    body: new URLSearchParams({
      grant_type: "password",
      ...{ username: "bob", password: "bob-password", scope: "**", access_type: "offline" },
    }),
  });
  assert.ok((await tokens.json()).refresh_token);
  const [{ clientApplication, refreshTokens }] = await bob.consents();
  const { id, clientId, name } = application;
  assert.deepEqual(clientApplication, { className: "ES_OAuthUserApp", app: { id, clientId, name } });
  assert.deepEqual([refreshTokens.length, refreshTokens[0].scope], [1, { className: "XScopeApi.All" }]);
  assert.ok(refreshTokens[0].lastAccess.time.timestamp > 0);
  assert.equal((await bob.get(clientApplication)).id, id);
  assert.equal(await bob.revokeConsent(clientApplication), undefined);
  assert.deepEqual(await bob.consents("me"), []);
});

test("the refresh token behind a session is given up", async () => {
  const application = await bob.register({ name: "Rover" });
  const secret = await bob.clientSecret(application);
  const authorization = `Basic ${btoa(`${application.clientId}:${secret}`)}`;
  const ask = async (fields) => {
    const body = new URLSearchParams(fields);
    return (
      await fetch(`${server.url}/oauth/token`, { method: "POST", headers: { authorization }, body })
    ).json();
  };
  const password = { username: "bob", password: "bob-password", scope: "**", access_type: "offline" };
  const tokens = await ask({ grant_type: "password", ...password });
  const own = applications({
    server: { apiBase: `${server.url}/api/http/` },
    fetch: (url, init) =>
      fetch(url, { ...init, headers: { ...init.headers, authorization: `Bearer ${tokens.access_token}` } }),
  });
  assert.equal(await own.revokeOwnRefreshToken(), undefined);
  const refused = await ask({ grant_type: "refresh_token", refresh_token: tokens.refresh_token });
  assert.equal(refused.error, "invalid_grant");
});

test("D10: what Space refuses has Space's own code", async () => {
  const application = await bob.register({ name: "Rover" });
  for (const [work, code, status] of [
    [() => bob.get("id:nobody"), "not-found", 404],
    [() => bob.register({ name: "Rover" }), "duplicated-entity", 400],
    [() => bob.requireRights(application, { add: ["Profile.Fly"] }), "validation-error", 400],
    [() => bob.removeSshKey(application, "00:11"), "not-found", 404],
    [() => bob.revokePermanentToken(application, { id: "x" }), "not-found", 404],
    [() => bob.clientSecret("clientId:playground-confidential"), "not-found", 404],
  ]) {
    const error = await failure(work, code);
    assert.deepEqual([error.status, error.retryable], [status, false], code);
  }
  const ofAlice = await alice.register({ name: "Of Alice" });
  for (const work of [
    () => bob.get(ofAlice),
    () => bob.update(ofAlice, { name: "Of Bob" }),
    () => bob.archive(ofAlice),
    () => bob.clientSecret(ofAlice),
    () => bob.sshKeys(ofAlice),
    () => all(bob.permanentTokens(ofAlice)),
  ]) {
    assert.equal((await failure(work, "permission-denied")).status, 403);
  }
});

test("the functions are those of the types, and cannot be exchanged", async () => {
  const types = await readFile(new URL("../../dist/apps.d.ts", import.meta.url), "utf8");
  const [, members] = types.match(/^export interface Applications \{\n(.*?)^\}/ms);
  const names = [...members.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name);
  assert.deepEqual(Object.keys(alice).sort(), names.sort());
  assert.ok(Object.isFrozen(alice));
  assert.equal(JSON.stringify(alice), "{}");
});
