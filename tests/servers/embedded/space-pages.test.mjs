import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAgent, pkcePair, withQuery } from "../agent.mjs";
import { exchange, ME, request, SCOPE, withPkce } from "./space.mjs";
import {
  ALICE,
  api,
  at,
  authorize,
  CONFIDENTIAL,
  fragmentOf,
  logIn,
  PM,
  REDIRECT,
  server,
} from "./support.mjs";

describe("Space: refusals of the authorization endpoint", () => {
  it("shows a page when there is no address to trust", async () => {
    for (const parameters of [
      { client_id: "nobody" },
      { client_id: PM.client_id },
      { client_id: "" },
      { redirect_uri: `${REDIRECT}/` },
      { redirect_uri: `${REDIRECT}?a=b` },
      { redirect_uri: "https://evil.example/" },
      { response_type: "constructor", redirect_uri: "https://evil.example/" },
    ]) {
      const page = await createAgent().open(request(parameters));
      assert.equal(page.status, 400, JSON.stringify(parameters));
      assert.equal(page.landed, undefined);
      assert.match(page.headers.get("content-type"), /^text\/html/);
      assert.match(page.html, /role="alert"/);
    }
  });

  it("escapes what comes from the request", async () => {
    const repeated = "&%3Cscript%3Ealert(1)%3C/script%3E=1&%3Cscript%3Ealert(1)%3C/script%3E=2";
    const page = await createAgent().open(request() + repeated);
    assert.equal(page.status, 400);
    assert.match(page.html, /&lt;script&gt;alert\(1\)&lt;\/script&gt; is repeated/);

    const agent = createAgent();
    const login = await agent.open(withPkce(pkcePair()));
    const again = await agent.submit(login, { username: '"><b>', password: "x" });
    assert.ok(!again.html.includes("<b>"));
    const consent = await agent.submit(await agent.open(withPkce(pkcePair(), { scope: "<i>x</i>" })), ALICE);
    assert.ok(!consent.html.includes("<i>"));
    assert.match(consent.html, /&lt;i&gt;x&lt;\/i&gt;/);
  });

  it("redirects every other error", async () => {
    const cases = [
      [{ response_type: "" }, "invalid_request"],
      [{ response_type: "id_token" }, "unsupported_response_type"],
      [{ response_type: "constructor" }, "unsupported_response_type"],
      [{ scope: "" }, "invalid_scope"],
      [{ access_type: "always" }, "invalid_request"],
      [{ request_credentials: "never" }, "invalid_request"],
      [{ code_challenge_method: "S512" }, "invalid_request"],
      [{ code_challenge: "short" }, "invalid_request"],
    ];
    for (const [parameters, error] of cases) {
      const { landed } = await createAgent().open(withPkce(pkcePair(), parameters));
      assert.equal(landed.searchParams.get("error"), error, JSON.stringify(parameters));
      assert.equal(landed.searchParams.get("state"), "s&1");
    }
  });

  it("passes a denial on", async () => {
    const landed = await authorize(withPkce(pkcePair()), { decision: "deny" });
    assert.equal(landed.searchParams.get("error"), "access_denied");
    assert.ok(landed.searchParams.get("error_description"));
    assert.equal(landed.searchParams.get("state"), "s&1");
    assert.equal(landed.searchParams.get("code"), null);
  });
});

describe("Space: pages", () => {
  it("keep out of frames, and name where their form may lead", async () => {
    const { headers, html } = await createAgent().open(withPkce(pkcePair()));
    const policy = headers.get("content-security-policy");
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.match(policy, /form-action 'self' http:\/\/localhost:8080$/);
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("access-control-allow-origin"), null);
    assert.match(
      headers.get("set-cookie"),
      new RegExp(`^embedded-as-${server.port}=.*HttpOnly; SameSite=Lax`),
    );
    assert.ok(!/<script|<style|style=|https?:\/\//i.test(html));
    const [, path] = /<link rel="stylesheet" href="([^"]+)"/.exec(html);
    const stylesheet = await fetch(at(path));
    assert.match(stylesheet.headers.get("content-type"), /^text\/css/);
  });

  it("tell about a wrong password", async () => {
    const agent = createAgent();
    const page = await logIn(agent, withPkce(pkcePair()), { username: "alice", password: "bob-password" });
    assert.equal(page.status, 403);
    assert.match(page.html, /role="alert"/);
    assert.match(page.html, /name="username" value="alice"/);
    assert.match((await agent.submit(page, ALICE)).html, /name="decision"/);
  });

  it("change the session id at log-in", async () => {
    const agent = createAgent();
    const before = (await agent.open(withPkce(pkcePair()))).headers.get("set-cookie");
    const page = await agent.open(withPkce(pkcePair()));
    const hidden = Object.fromEntries(
      [...page.html.matchAll(/type="hidden" name="(\w+)" value="([^"]+)"/g)].map(([, name, value]) => [
        name,
        value,
      ]),
    );
    const response = await agent.request(at("/oauth/auth/login"), {
      method: "POST",
      body: new URLSearchParams({ ...hidden, ...ALICE }),
    });
    assert.equal(response.status, 303);
    assert.notEqual(response.headers.get("set-cookie").split(";")[0], before.split(";")[0]);
  });

  it("refuse forms without their CSRF token, and show a fresh one", async () => {
    const agent = createAgent();
    const login = await agent.open(withPkce(pkcePair()));
    const forged = await agent.submit(login, { ...ALICE, csrf: "guess" });
    assert.equal(forged.status, 403);
    assert.match(forged.html, /name="password"/);

    const consent = await agent.submit(forged, ALICE);
    const forgedConsent = await agent.submit(consent, { decision: "allow", csrf: "" });
    assert.equal(forgedConsent.status, 403);
    assert.equal(forgedConsent.landed, undefined);
    assert.ok((await agent.submit(forgedConsent, { decision: "allow" })).landed.searchParams.get("code"));
  });

  it("answer each request once", async () => {
    const agent = createAgent();
    const consent = await logIn(agent, withPkce(pkcePair()));
    assert.ok((await agent.submit(consent, { decision: "allow" })).landed);
    const again = await agent.submit(consent, { decision: "allow" });
    assert.equal(again.landed, undefined);
    assert.equal(again.status, 400);

    const denied = await agent.open(withPkce(pkcePair(), { scope: "**" }));
    assert.ok((await agent.submit(denied, { decision: "deny" })).landed);
    assert.equal((await agent.submit(denied, { decision: "allow" })).status, 400);
  });

  it("do not let one user's request be granted by a session without a log-in", async () => {
    const agent = createAgent();
    const login = await agent.open(withPkce(pkcePair()));
    const [, id] = /name="transaction_id" value="([^"]+)"/.exec(login.html);
    const page = await agent.open(withQuery(at("/oauth/auth/continue"), { transaction_id: id }));
    assert.match(page.html, /name="password"/);
    const [, csrf] = /name="csrf" value="([^"]+)"/.exec(login.html);
    const body = new URLSearchParams({ transaction_id: id, csrf, decision: "allow" });
    const decided = await agent.request(at("/oauth/auth/decision"), { method: "POST", body });
    assert.equal(decided.status, 403);
  });

  it("forget abandoned requests", async () => {
    const agent = createAgent();
    const oldest = await agent.open(withPkce(pkcePair()));
    for (let count = 0; count < 19; count += 1) await agent.open(withPkce(pkcePair()));
    const kept = await agent.submit(oldest, { username: "alice", password: "x" });
    assert.equal(kept.status, 403);
    await agent.open(withPkce(pkcePair()));
    assert.equal((await agent.submit(oldest, ALICE)).status, 400);
  });

  it("survive a log-in in another tab", async () => {
    const agent = createAgent();
    const firstTab = await agent.open(withPkce(pkcePair()));
    const secondTab = await agent.open(withPkce(pkcePair()));
    await agent.submit(firstTab, ALICE);
    const stale = await agent.submit(secondTab, ALICE);
    assert.equal(stale.status, 403);
    assert.ok((await agent.submit(stale, { decision: "allow" })).landed.searchParams.get("code"));
  });
});

describe("One click on a test user", () => {
  const bob = { continue_as: "bob" };

  it("logs in, allows the request, and leads back to the client", async () => {
    const agent = createAgent();
    const pkce = pkcePair();
    const login = await agent.open(withPkce(pkce));
    const { landed, status } = await agent.submit(login, bob);
    assert.equal(status, 302);
    assert.equal(landed.origin + landed.pathname, REDIRECT);
    assert.equal(landed.searchParams.get("state"), "s&1");
    const { json } = await exchange(landed.searchParams.get("code"), pkce.verifier);
    assert.equal((await (await api(ME, json.access_token)).json()).username, "bob");

    const silent = await agent.open(withPkce(pkcePair(), { request_credentials: "silent" }));
    assert.ok(silent.landed.searchParams.get("code"));
    assert.match((await agent.open(withPkce(pkcePair(), { scope: "**" }))).html, /name="decision"/);
    assert.equal((await agent.submit(login, bob)).landed, undefined);
  });

  it("works at every system", async () => {
    const { challenge } = pkcePair();
    const pkce = { code_challenge: challenge, code_challenge_method: "S256" };
    for (const [path, parameters] of [
      ["/oauth/auth", { client_id: "playground", scope: SCOPE, ...pkce }],
      ["/oauth/auth", { client_id: "playground", scope: SCOPE, response_type: "token" }],
      ["/hub/api/rest/oauth2/auth", { client_id: "hub-playground", scope: "0-0-0-0-0", ...pkce }],
      ["/workflow/oauth2/authorize", { client_id: PM.client_id }],
      ["/pm4/oauth/authorize", { client_id: "8", prompt: "consent", ...pkce }],
    ]) {
      const agent = createAgent();
      const query = { response_type: "code", redirect_uri: REDIRECT, state: "s1", ...parameters };
      const { landed } = await agent.submit(await agent.open(withQuery(at(path), query)), bob);
      const answer = query.response_type === "token" ? fragmentOf(landed) : landed.searchParams;
      assert.ok(answer.get("code") ?? answer.get("access_token"), path);
      assert.equal(answer.get("state"), "s1");
    }
  });

  it("says what it allows, escaped", async () => {
    const scope = "View <i>x</i>";
    const { html } = await createAgent().open(withPkce(pkcePair(), { scope, access_type: "offline" }));
    const [form] = html.match(/<form[\s\S]*?<\/form>/);
    const buttons = form
      .match(/<button[\s\S]*?<\/button>/g)
      .map((button) => button.replace(/<[^>]*>/g, "").trim());
    assert.deepEqual(buttons, ["Continue as Alice", "Continue as Bob"]);
    assert.match(form, /<code>View<\/code>, <code>&lt;i&gt;x&lt;\/i&gt;<\/code>, also while you are away\./);
    const pm4 = { response_type: "code", client_id: "7", redirect_uri: REDIRECT };
    const unscoped = await createAgent().open(withQuery(at("/pm4/oauth/authorize"), pm4));
    assert.match(unscoped.html, /asks\s+for\./);
  });

  it("needs the CSRF token, a request that waits, and a user who is known", async () => {
    const agent = createAgent();
    const login = await agent.open(withPkce(pkcePair()));
    const forged = await agent.submit(login, { ...bob, csrf: "guess" });
    assert.equal(forged.status, 403);
    assert.equal(forged.landed, undefined);
    assert.match(forged.html, /name="password"/);

    assert.equal((await agent.submit(forged, { ...bob, transaction_id: "guess" })).status, 400);
    assert.equal((await createAgent().submit(login, bob)).status, 400);

    for (const name of ["mallory", "", "constructor"]) {
      const unknown = await agent.submit(forged, { ...ALICE, continue_as: name });
      assert.equal(unknown.status, 403);
      assert.equal(unknown.landed, undefined);
      assert.match(unknown.html, /There is no such test user/);
      assert.match(unknown.html, /name="password"/);
    }
    const silent = await agent.open(withPkce(pkcePair(), { request_credentials: "silent" }));
    assert.equal(silent.landed.searchParams.get("error"), "access_denied");
    assert.ok((await agent.submit(forged, bob)).landed.searchParams.get("code"));
  });

  it("changes the session id", async () => {
    const agent = createAgent();
    const login = await agent.open(withPkce(pkcePair()));
    const field = (name) => new RegExp(`name="${name}" value="([^"]+)"`).exec(login.html)[1];
    const body = new URLSearchParams({
      csrf: field("csrf"),
      transaction_id: field("transaction_id"),
      ...bob,
    });
    const response = await agent.request(at("/oauth/auth/login"), { method: "POST", body });
    const id = (headers) => headers.get("set-cookie").split(";")[0];
    assert.notEqual(id(response.headers), id(login.headers));
  });
});

describe("Space: request_credentials and consent", () => {
  it("asks for consent once per client and set of scopes", async () => {
    const agent = createAgent();
    await authorize(withPkce(pkcePair()), { agent });
    const reordered = SCOPE.split(" ").reverse().join(" ");
    const silent = await agent.open(withPkce(pkcePair(), { scope: reordered }));
    assert.ok(silent.landed.searchParams.get("code"));
    assert.match((await agent.open(withPkce(pkcePair(), { scope: "**" }))).html, /name="decision"/);
    const other = await agent.open(request({ client_id: CONFIDENTIAL.client_id }));
    assert.match(other.html, /name="decision"/);
  });

  it("silent always comes back, with an answer or an error, and shows no page", async () => {
    const silent = { request_credentials: "silent" };
    const agent = createAgent();
    const stranger = await agent.open(withPkce(pkcePair(), silent));
    assert.equal(stranger.landed.origin + stranger.landed.pathname, REDIRECT);
    assert.equal(stranger.landed.searchParams.get("error"), "access_denied");
    assert.equal(stranger.landed.searchParams.get("state"), "s&1");
    const framed = await createAgent().open(request({ ...silent, response_type: "token" }));
    assert.equal(fragmentOf(framed.landed).get("error"), "access_denied");

    await authorize(withPkce(pkcePair()), { agent });
    const undecided = await agent.open(withPkce(pkcePair(), { ...silent, scope: "**" }));
    assert.equal(undecided.landed.searchParams.get("error"), "access_denied");
    const coded = await agent.open(withPkce(pkcePair(), silent));
    assert.ok(coded.landed.searchParams.get("code"));
    const implicit = await agent.open(request({ ...silent, response_type: "token" }));
    assert.ok(fragmentOf(implicit.landed).get("access_token"));
  });

  it("required ends the log-in", async () => {
    const agent = createAgent();
    await authorize(withPkce(pkcePair()), { agent });
    const page = await agent.open(withPkce(pkcePair(), { request_credentials: "required" }));
    assert.match(page.html, /name="password"/);
    const silent = await agent.open(withPkce(pkcePair(), { request_credentials: "silent" }));
    assert.equal(silent.landed.searchParams.get("error"), "access_denied");

    const consent = await agent.submit(page, { username: "bob", password: "bob-password" });
    assert.match(consent.html, /<strong>bob<\/strong>/);
    assert.ok((await agent.submit(consent, { decision: "allow" })).landed.searchParams.get("code"));
  });

  it("skip shows the log-in page to a stranger", async () => {
    const page = await createAgent().open(withPkce(pkcePair(), { request_credentials: "skip" }));
    assert.match(page.html, /name="password"/);
  });
});
