// A registered application signs users in.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { basic, createAgent, pkcePair, postForm, withQuery } from "../agent.mjs";
import { ADMIN, ok, pathOf, register, secretOf, tokenFor } from "./applications.mjs";
import { ME } from "./space.mjs";
import { api, at, authorize, fragmentOf, logIn, ORIGIN } from "./support.mjs";

const CODE_URI = "http://localhost:8080/code";
const TOKEN_URI = "http://localhost:8080/token";

const web = (settings) =>
  register({ codeFlowEnabled: true, codeFlowRedirectURIs: `${CODE_URI}\n${CODE_URI}2`, ...settings });

const request = ({ clientId }, parameters) =>
  withQuery(at("/oauth/auth"), {
    response_type: "code",
    client_id: clientId,
    redirect_uri: CODE_URI,
    scope: "**",
    state: "s",
    ...parameters,
  });

const withPkce = (application, pkce, parameters) =>
  request(application, { code_challenge: pkce.challenge, code_challenge_method: "S256", ...parameters });

const codeOf = (landed) => landed.searchParams.get("code");

const exchange = ({ clientId }, code, fields, headers) =>
  postForm(
    at("/oauth/token"),
    { grant_type: "authorization_code", client_id: clientId, redirect_uri: CODE_URI, code, ...fields },
    { origin: ORIGIN, ...headers },
  );

async function refusedTo(url) {
  const { landed } = await createAgent().open(url);
  return [landed.searchParams.get("error"), landed.searchParams.get("error_description")];
}

describe("Space applications: code flow", () => {
  it("works without the secret where public clients are allowed", async () => {
    const application = await web({ publicClientsAllowed: true });
    const pkce = pkcePair();
    const landed = await authorize(withPkce(application, pkce, { access_type: "offline" }));
    const { status, json, headers } = await exchange(application, codeOf(landed), {
      code_verifier: pkce.verifier,
    });
    assert.equal(status, 200);
    assert.equal(headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await (await api(ME, json.access_token)).json()).username, "alice");

    const refresh = (value, more) =>
      postForm(at("/oauth/token"), {
        grant_type: "refresh_token",
        client_id: application.clientId,
        refresh_token: value,
        ...more,
      });
    const refreshed = await refresh(json.refresh_token);
    assert.equal(refreshed.status, 200);
    const wrong = await refresh(refreshed.json.refresh_token, { client_secret: "wrong" });
    assert.equal(wrong.json.error, "invalid_client");
  });

  it("needs PKCE where nothing else proves who comes with the code", async () => {
    const application = await web({ publicClientsAllowed: true });
    const [withoutSecret, withSecret] = [
      codeOf(await authorize(request(application))),
      codeOf(await authorize(request(application))),
    ];
    const refused = await exchange(application, withoutSecret);
    assert.deepEqual([refused.status, refused.json.error], [400, "invalid_grant"]);
    assert.match(refused.json.error_description, /PKCE/);
    const headers = basic(application.clientId, await secretOf(application));
    assert.equal((await exchange(application, withSecret, {}, headers)).status, 200);
  });

  it("needs the secret everywhere else", async () => {
    const application = await web();
    const pkce = pkcePair();
    const code = codeOf(await authorize(withPkce(application, pkce)));
    const fields = { code_verifier: pkce.verifier };
    const refused = await exchange(application, code, fields);
    assert.deepEqual([refused.status, refused.json.error], [401, "invalid_client"]);
    const headers = basic(application.clientId, await secretOf(application));
    assert.equal((await exchange(application, code, fields, headers)).status, 200);

    const open = await web({ name: "Open", publicClientsAllowed: true });
    for (const grant of [
      { grant_type: "client_credentials" },
      { grant_type: "password", username: "alice", password: "alice-password", scope: "**" },
    ]) {
      const { json } = await postForm(at("/oauth/token"), { client_id: open.clientId, ...grant });
      assert.equal(json.error, "invalid_client");
    }
  });

  it("is refused without PKCE where the application requires it", async () => {
    const application = await web({ pkceRequired: true });
    const [error, description] = await refusedTo(request(application));
    assert.equal(error, "invalid_request");
    assert.match(description, /code_challenge is required/);
    assert.ok(codeOf(await authorize(withPkce(application, pkcePair()))));
  });

  it("is off until it is switched on, and follows changes at once", async () => {
    const application = await web({ codeFlowEnabled: false });
    assert.equal((await refusedTo(request(application)))[0], "unauthorized_client");
    await ok(ADMIN, "PATCH", pathOf(application), { codeFlowEnabled: true });
    assert.ok(codeOf(await authorize(request(application))));
    await ok(ADMIN, "PATCH", pathOf(application), { codeFlowRedirectURIs: "http://localhost:8080/new" });
    const page = await createAgent().open(request(application));
    assert.equal(page.status, 400);
    assert.match(page.html, /unauthorized_client/);
  });

  it("shows the name of the application, and none that is archived", async () => {
    const application = await web();
    const consent = await logIn(createAgent(), request(application));
    assert.match(consent.html, /Authorize Rover\?/);
    await ok(ADMIN, "DELETE", pathOf(application));
    const page = await createAgent().open(request(application));
    assert.equal(page.status, 400);
    assert.match(page.html, /invalid_client/);
  });
});

describe("Space applications: the other flows", () => {
  it("keep redirect URIs of their own", async () => {
    const application = await web({ implicitFlowEnabled: true, implicitFlowRedirectURIs: TOKEN_URI });
    const implicit = { response_type: "token", redirect_uri: TOKEN_URI };
    const landed = await authorize(request(application, implicit));
    const value = fragmentOf(landed).get("access_token");
    assert.equal((await (await api(ME, value)).json()).username, "alice");
    for (const parameters of [{ ...implicit, redirect_uri: CODE_URI }, { redirect_uri: TOKEN_URI }]) {
      assert.equal((await createAgent().open(request(application, parameters))).status, 400);
    }
    assert.ok(codeOf(await authorize(request(application, { redirect_uri: `${CODE_URI}2` }))));
  });

  it("let an application in as itself unless that is switched off", async () => {
    const application = await register();
    assert.equal((await tokenFor(application)).status, 200);
    await ok(ADMIN, "PATCH", pathOf(application), { clientCredentialsFlowEnabled: false });
    const { status, json } = await tokenFor(application);
    assert.deepEqual([status, json.error], [400, "unauthorized_client"]);
  });

  it("always take a password, and refresh what comes of it", async () => {
    const application = await register();
    const { json } = await tokenFor(application, {
      grant_type: "password",
      username: "bob",
      password: "bob-password",
      scope: "**",
      access_type: "offline",
    });
    assert.equal((await (await api(ME, json.access_token)).json()).username, "bob");
    const fields = { grant_type: "refresh_token", refresh_token: json.refresh_token };
    assert.equal((await tokenFor(application, fields)).status, 200);
  });
});
