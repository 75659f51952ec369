import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startServer } from "../../../www/server/index.mjs";
import { createAgent, postForm, withQuery } from "../agent.mjs";
import {
  ALICE,
  api,
  at,
  authorize,
  basicOf,
  CONFIDENTIAL,
  fragmentOf,
  ORIGIN,
  PM,
  REDIRECT,
  server,
} from "./support.mjs";

describe("controls", () => {
  const fields = { grant_type: "client_credentials", ...CONFIDENTIAL };
  const token = () => postForm(at("/oauth/token"), fields, { origin: ORIGIN });

  it("count and log requests without their secrets", async () => {
    await postForm(
      at("/oauth/token"),
      { grant_type: "client_credentials" },
      {
        ...basicOf(CONFIDENTIAL),
        cookie: "a=secret-cookie",
        referer: "http://localhost:8080/page",
      },
    );
    await token();
    await fetch(at("/api/http/projects"));

    const response = await fetch(at("/__control/counters"), { headers: { origin: ORIGIN } });
    assert.equal(response.headers.get("access-control-allow-origin"), ORIGIN);
    const text = await response.text();
    assert.ok(!text.includes("playground-secret") && !text.includes(btoa("playground-confidential:")));
    assert.ok(!text.includes("secret-cookie"));
    const { counters, tokenRequests, apiRequests } = JSON.parse(text);
    assert.equal(counters.token, 2);
    assert.equal(counters["token.client_credentials"], 2);
    assert.equal(counters["api.401"], 1);

    const [first, second] = tokenRequests;
    assert.equal(first.headers.authorization, "Basic");
    assert.equal(first.cookies, true);
    assert.equal(first.referer, "http://localhost:8080/page");
    assert.equal(second.cookies, false);
    assert.equal(second.referer, null);
    assert.equal(second.status, 200);
    assert.equal(second.method, "POST");
    assert.equal(second.system, "space");
    assert.deepEqual(second.bodyParameterNames, ["grant_type", "client_id", "client_secret"]);
    assert.equal(apiRequests[0].status, 401);
  });

  it("make endpoints fail as often as asked", async () => {
    server.setFault({ token: { status: 503, times: 2, delay: 30, headers: { "Retry-After": "1" } } });
    const start = Date.now();
    const failed = await token();
    assert.ok(Date.now() - start >= 29);
    assert.equal(failed.status, 503);
    assert.equal(failed.headers.get("retry-after"), "1");
    assert.equal(failed.headers.get("access-control-allow-origin"), ORIGIN);
    assert.equal((await token()).status, 503);
    assert.equal((await token()).status, 200);
    assert.equal(server.counters.token, 3);
  });

  it("limit a fault to one grant, and break connections", async () => {
    server.setFault({ token: { grant: "refresh_token", status: 500 } });
    assert.equal((await token()).status, 200);

    server.setFault({ token: { drop: "request" } });
    await assert.rejects(token());
    server.setFault({ token: { drop: "response" } });
    await assert.rejects(token());
    assert.equal((await token()).status, 200);
    assert.deepEqual(
      server.tokenRequests.map(({ status }) => status),
      [200, null, null, 200],
    );
  });

  it("answer 429 with Retry-After as often as asked, in the words of each system", async () => {
    const ask = (path) => postForm(at(path), { grant_type: "client_credentials" });
    for (const [path, body] of [
      ["/oauth/token", { error: "rate-limited", error_description: "Too many requests" }],
      ["/hub/api/rest/oauth2/token", { error: "rate-limited", error_description: "Too many requests" }],
      ["/workflow/oauth2/token", { error: { code: 429, message: "Too many requests" } }],
      ["/pm4/oauth/token", { message: "Too Many Attempts." }],
    ]) {
      server.setFault({ token: { status: 429, retryAfter: 7, times: 2 } });
      for (const _ of [1, 2]) {
        const answer = await ask(path);
        assert.equal(answer.status, 429);
        assert.equal(answer.headers.get("retry-after"), "7");
        assert.deepEqual(answer.json, body);
      }
      assert.notEqual((await ask(path)).status, 429);
    }
  });

  it("answer 500, slowly if asked", async () => {
    server.setFault({ token: { status: 500 }, api: { status: 500, delay: 30 } });
    const failed = await token();
    assert.equal(failed.status, 500);
    assert.equal(failed.json.error, "server_error");
    const start = Date.now();
    const broken = await fetch(at("/api/http/projects"));
    assert.ok(Date.now() - start >= 29);
    assert.equal(broken.status, 500);
    assert.equal((await broken.json()).error, "internal-server-error");

    server.setFault({ token: { delay: 30 } });
    const slow = Date.now();
    assert.equal((await token()).status, 200);
    assert.ok(Date.now() - slow >= 29);
  });

  it("limit a fault to one system", async () => {
    server.setFault({ token: { system: "processmaker", status: 500 } });
    assert.equal((await token()).status, 200);
    const pm = { grant_type: "client_credentials", ...PM };
    assert.equal((await postForm(at("/workflow/oauth2/token"), pm)).status, 500);
    assert.equal((await postForm(at("/workflow/oauth2/token"), pm)).status, 200);
  });

  it("lose an answer after the work is done", async () => {
    const password = {
      grant_type: "password",
      ...CONFIDENTIAL,
      ...ALICE,
      scope: "**",
      access_type: "offline",
    };
    const { json } = await postForm(at("/oauth/token"), password);
    const refresh = () =>
      postForm(at("/oauth/token"), {
        grant_type: "refresh_token",
        ...CONFIDENTIAL,
        refresh_token: json.refresh_token,
      });
    server.setFault({ token: { drop: "response" } });
    await assert.rejects(refresh());
    assert.equal((await refresh()).json.error, "invalid_grant");
    assert.equal(server.counters["token.refresh_token.reused"], 1);
  });

  it("work over HTTP, for loopback pages", async () => {
    const post = (path, body, origin = ORIGIN) =>
      fetch(at(`/__control/${path}`), { method: "POST", headers: { origin }, body });
    const { json } = await token();
    const projects = () => api("/api/http/projects", json.access_token);
    assert.equal((await projects()).status, 200);
    assert.equal((await post("expire", undefined, "https://example.com")).status, 403);
    assert.equal((await projects()).status, 200);
    assert.equal((await post("expire")).status, 200);
    assert.equal((await projects()).status, 401);

    assert.equal((await post("faults", '{"token":{"status":500}}')).status, 200);
    assert.equal((await token()).status, 500);
    assert.equal((await post("faults", '{"nothing":{"status":500}}')).status, 400);

    assert.equal((await post("reset")).status, 200);
    assert.equal(server.counters.token, 0);
    assert.deepEqual(server.tokenRequests, []);
  });

  // A client with a secret of each system, its endpoints, and a resource to call.
  const SYSTEMS = {
    space: {
      client: CONFIDENTIAL,
      authorize: "/oauth/auth",
      token: "/oauth/token",
      me: "/api/http/team-directory/profiles/me",
    },
    hub: {
      client: { client_id: "hub-confidential", client_secret: "hub-secret" },
      authorize: "/hub/api/rest/oauth2/auth",
      token: "/hub/api/rest/oauth2/token",
      me: "/hub/api/rest/users/me",
    },
    processmaker: {
      client: PM,
      authorize: "/workflow/oauth2/authorize",
      token: "/workflow/oauth2/token",
      me: "/api/1.0/workflow/users/me",
    },
    processmaker4: {
      client: { client_id: "7", client_secret: "pm4-secret" },
      authorize: "/pm4/oauth/authorize",
      token: "/pm4/oauth/token",
      me: "/pm4/api/1.0/users/me",
    },
  };
  const signIn = async ({ client, token: path }) => {
    const password = { grant_type: "password", ...ALICE, scope: "*", access_type: "offline" };
    return (await postForm(at(path), { ...password, ...client })).json;
  };
  const refreshAt = ({ client, token: path }, value) =>
    postForm(at(path), { grant_type: "refresh_token", refresh_token: value, ...client });
  const statusOf = async ({ me }, value) => (await api(me, value)).status;

  const post = (path, body, origin = ORIGIN) =>
    fetch(at(`/__control/${path}`), {
      method: "POST",
      headers: { origin },
      body: body && JSON.stringify(body),
    });

  it("use all refresh tokens up, as somebody else would", async () => {
    for (const [id, system] of Object.entries(SYSTEMS)) {
      const first = await signIn(system);
      assert.equal((await post("rotate", undefined, "https://example.com")).status, 403);
      const second = (await refreshAt(system, first.refresh_token)).json;
      assert.ok(second.refresh_token, id);

      assert.equal((await post("rotate")).status, 200);
      // Passport ends the access token along with the refresh token.
      assert.equal(await statusOf(system, second.access_token), id === "processmaker4" ? 401 : 200);
      const reused = await refreshAt(system, second.refresh_token);
      assert.equal(reused.json.error, id === "processmaker4" ? "invalid_request" : "invalid_grant");
      assert.equal(server.counters["token.refresh_token.reused"], 1);
      // Space and Hub take a reuse for theft.
      assert.equal(await statusOf(system, second.access_token), id === "processmaker" ? 200 : 401);

      const third = await signIn(system);
      assert.equal((await refreshAt(system, third.refresh_token)).status, 200);
      server.reset();
    }
  });

  it("revoke everything", async () => {
    const systems = Object.values(SYSTEMS);
    const all = await Promise.all(systems.map(signIn));
    const statuses = () =>
      Promise.all(systems.map((system, index) => statusOf(system, all[index].access_token)));
    assert.deepEqual(await statuses(), [200, 200, 200, 200]);
    assert.equal((await post("revoke-all", undefined, "https://example.com")).status, 403);
    assert.deepEqual(await statuses(), [200, 200, 200, 200]);
    assert.equal((await post("revoke-all")).status, 200);
    assert.deepEqual(await statuses(), [401, 401, 401, 401]);
    for (const [index, system] of systems.entries()) {
      assert.notEqual((await refreshAt(system, all[index].refresh_token)).status, 200);
      assert.equal(await statusOf(system, (await signIn(system)).access_token), 200);
    }
  });

  it("answer one authorization request with another state", async () => {
    const request = ({ client, authorize: path }, parameters) =>
      withQuery(at(path), {
        response_type: "code",
        client_id: client.client_id,
        redirect_uri: REDIRECT,
        scope: "*",
        state: "mine",
        ...parameters,
      });
    const wrong = (answer) => {
      assert.ok(answer.get("state"));
      assert.notEqual(answer.get("state"), "mine");
    };
    for (const system of Object.values(SYSTEMS)) {
      const agent = createAgent();
      assert.equal((await post("faults", { authorize: { wrongState: true } })).status, 200);
      wrong((await authorize(request(system), { agent })).searchParams);
      assert.equal((await agent.open(request(system))).landed.searchParams.get("state"), "mine");
      server.setFault({ authorize: { wrongState: true } });
      wrong((await agent.open(request(system))).landed.searchParams);
    }

    server.setFault({ authorize: { wrongState: true, system: "space", times: 2 } });
    const untouched = await authorize(request(SYSTEMS.hub));
    assert.equal(untouched.searchParams.get("state"), "mine");
    wrong(fragmentOf(await authorize(request(SYSTEMS.space, { response_type: "token" }))));
    const denied = await authorize(request(SYSTEMS.space), { decision: "deny" });
    assert.equal(denied.searchParams.get("error"), "access_denied");
    wrong(denied.searchParams);
  });

  it("issue one code whose time is over", async () => {
    for (const system of Object.values(SYSTEMS)) {
      const agent = createAgent();
      const url = withQuery(at(system.authorize), {
        response_type: "code",
        client_id: system.client.client_id,
        redirect_uri: REDIRECT,
        scope: "*",
      });
      const exchange = async (landed) => {
        const code = landed.searchParams.get("code");
        const fields = { grant_type: "authorization_code", redirect_uri: REDIRECT, code };
        return (await postForm(at(system.token), { ...fields, ...system.client })).json;
      };
      assert.equal((await post("faults", { code: { expired: true } })).status, 200);
      const expired = await exchange(await authorize(url, { agent }));
      assert.equal(expired.error, "invalid_grant");
      assert.match(expired.error_description, /expired/);
      assert.ok((await exchange((await agent.open(url)).landed)).access_token);
    }
  });

  it("leave a code alone that is not of the fault's system", async () => {
    server.setFault({ code: { expired: true, system: "hub" } });
    const url = withQuery(at("/oauth/auth"), {
      response_type: "code",
      client_id: CONFIDENTIAL.client_id,
      redirect_uri: REDIRECT,
      scope: "**",
    });
    const code = (await authorize(url)).searchParams.get("code");
    const exchanged = { grant_type: "authorization_code", redirect_uri: REDIRECT, code, ...CONFIDENTIAL };
    assert.equal((await postForm(at("/oauth/token"), exchanged)).status, 200);
  });

  it("set how long access tokens last", async () => {
    const seconds = async (id) => (await signIn(SYSTEMS[id])).expires_in;
    assert.equal((await post("lifetime", { seconds: 20, system: "space" })).status, 200);
    assert.equal(await seconds("space"), 20);
    assert.equal(await seconds("processmaker"), 24 * 3600);
    assert.equal((await post("lifetime", { seconds: 5 })).status, 200);
    for (const id of Object.keys(SYSTEMS)) assert.equal(await seconds(id), 5);

    for (const body of [
      {},
      { seconds: "20" },
      { seconds: -1 },
      { seconds: 20, system: "nobody" },
      undefined,
    ]) {
      assert.equal((await post("lifetime", body)).status, 400, JSON.stringify(body));
    }
    assert.equal((await post("lifetime", { seconds: 9 }, "https://example.com")).status, 403);
    assert.equal(await seconds("space"), 5);
    server.reset();
    assert.equal(await seconds("space"), 600);
  });

  it("forget log-ins on reset", async () => {
    const url = withQuery(at("/oauth/auth"), {
      response_type: "token",
      client_id: "playground",
      redirect_uri: REDIRECT,
      scope: "**",
      request_credentials: "silent",
    });
    const agent = createAgent();
    await authorize(url.replace("silent", "default"), { agent });
    assert.ok(fragmentOf((await agent.open(url)).landed).get("access_token"));
    server.reset();
    assert.equal(fragmentOf((await agent.open(url)).landed).get("error"), "access_denied");
  });
});

describe("switches", () => {
  const PAGES = {
    space: "/oauth/auth",
    hub: "/hub/api/rest/oauth2/auth",
    processmaker: "/workflow/oauth2/authorize",
    processmaker4: "/pm4/oauth/authorize",
  };
  const policyAt = async (path) => (await fetch(at(path))).headers.get("cross-origin-opener-policy");

  it("isolate all pages of one system from their openers", async () => {
    for (const [system, path] of Object.entries(PAGES)) {
      assert.equal(await policyAt(path), null);
      server.setSwitches({ [system]: { openerPolicy: "same-origin" } });
      assert.equal(await policyAt(path), "same-origin");
    }
    server.setSwitches({ space: { openerPolicy: null } });
    assert.equal(await policyAt(PAGES.space), null);
    assert.equal(await policyAt(PAGES.hub), "same-origin");
    server.reset();
    assert.equal(await policyAt(PAGES.hub), null);
  });

  it("hold for the log-in page, the consent page and the way back", async () => {
    server.setSwitches({ space: { openerPolicy: "same-origin" } });
    const agent = createAgent();
    const isolated = ({ headers }) => assert.equal(headers.get("cross-origin-opener-policy"), "same-origin");
    const query = { client_id: "playground", redirect_uri: REDIRECT, scope: "**", response_type: "token" };
    const url = withQuery(at("/oauth/auth"), query);
    const login = await agent.open(url);
    isolated(login);
    const consent = await agent.submit(login, ALICE);
    isolated(consent);
    await agent.submit(consent, { decision: "allow" });
    const back = await agent.request(url);
    assert.equal(back.status, 302);
    isolated(back);
  });

  it("keep pages of other origins from reading a system's answers", async () => {
    const allowed = async (path) => {
      const headers = { origin: ORIGIN, "access-control-request-method": "POST" };
      const response = await fetch(at(path), { method: "OPTIONS", headers });
      return response.headers.get("access-control-allow-origin");
    };
    server.setSwitches({ processmaker: { cors: false }, processmaker4: { cors: false } });
    for (const path of ["/workflow/oauth2/token", "/api/1.0/workflow/users/me", "/pm4/oauth/token"]) {
      assert.equal(await allowed(path), null, path);
    }
    assert.equal(await allowed("/oauth/token"), ORIGIN);
    server.setSwitches({ processmaker: { cors: true } });
    assert.equal(await allowed("/workflow/oauth2/token"), "*");
  });

  it("work over HTTP, by their names only", async () => {
    const post = (body) => fetch(at("/__control/switches"), { method: "POST", body: JSON.stringify(body) });
    assert.equal((await post({ hub: { openerPolicy: "same-origin" } })).status, 200);
    assert.equal(await policyAt(PAGES.hub), "same-origin");
    assert.equal((await post({ nobody: { cors: false } })).status, 400);
    assert.equal((await post({ hub: { nothing: true } })).status, 400);
  });
});

describe("instances", () => {
  it("share nothing", async () => {
    const other = await startServer({
      host: "localhost",
      redirectUris: [REDIRECT],
      accessTokenLifetimes: { space: 5 },
    });
    try {
      assert.equal(other.url, `http://localhost:${other.port}`);
      const fields = { grant_type: "client_credentials", ...CONFIDENTIAL };
      const { json } = await postForm(`${other.url}/oauth/token`, fields);
      assert.equal(json.expires_in, 5);
      assert.equal((await api("/api/http/projects", json.access_token)).status, 401);
      assert.equal(server.counters.token, 0);
      other.registerRedirectUri("playground", "http://localhost:8080/only-here");
      const url = withQuery(at("/oauth/auth"), {
        response_type: "token",
        client_id: "playground",
        redirect_uri: "http://localhost:8080/only-here",
        scope: "**",
      });
      assert.equal((await createAgent().open(url)).status, 400);
    } finally {
      await other.close();
    }
  });

  it("listen on loopback only, and answer to its names only", async () => {
    await assert.rejects(startServer({ host: "0.0.0.0" }), TypeError);
    const { request } = await import("node:http");
    const status = await new Promise((resolve, reject) => {
      request(at("/__control/counters"), { headers: { host: "evil.example" } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
    assert.equal(status, 421);
  });
});
