// The links that install an application.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { createAgent, withQuery } from "../agent.mjs";
import { ADMIN, ok, pathOf, secretOf } from "./applications.mjs";
import { ALICE, at, server } from "./support.mjs";

const seen = [];
let endpoint;
let listener;
before(async () => {
  listener = createServer(async (req, res) => {
    const body = Buffer.concat(await req.toArray()).toString();
    seen.push({ headers: req.headers, body });
    res.writeHead(req.url === "/busy" ? 503 : 200).end();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  endpoint = `http://127.0.0.1:${listener.address().port}/`;
});
after(() => {
  listener.close();
  listener.closeAllConnections();
});
beforeEach(() => (seen.length = 0));

const link = (parameters) =>
  withQuery(at("/extensions/installedApplications/new"), {
    name: "Moon & rover",
    pair: "true",
    ...parameters,
  });

const all = async () => (await ok(ADMIN, "GET", "/applications/paged")).data;

async function openPage(parameters, { agent = createAgent(), user = ALICE } = {}) {
  return { agent, page: await agent.submit(await agent.open(link(parameters)), user) };
}

async function install(parameters, options) {
  const { agent, page } = await openPage(parameters, options);
  return agent.submit(page, { decision: "install" });
}

describe("Space: install links", () => {
  it("show what would be installed, after the log-in", async () => {
    const parameters = {
      endpoint,
      "client-credentials-flow-enabled": "true",
      "code-flow-enabled": "true",
      "code-flow-redirect-uris": "https://a.example/one\nhttps://a.example/two",
      "pkce-required": "true",
      "has-signing-key": "true",
    };
    const agent = createAgent();
    const login = await agent.open(link(parameters));
    assert.match(login.html, /<h1>Log in<\/h1>/);
    assert.ok(!/continue_as|transaction_id/.test(login.html));
    const { page } = await openPage(parameters, { agent });
    assert.equal(page.status, 200);
    assert.equal(page.headers.get("x-frame-options"), "DENY");
    assert.equal(page.headers.get("cache-control"), "no-store");
    for (const text of [
      "Install Moon &amp; rover?",
      "alice",
      "Client Credentials Flow",
      "Authorization Code Flow with PKCE",
      "https://a.example/one",
      "https://a.example/two",
      endpoint,
      "signing key",
    ]) {
      assert.ok(page.html.includes(text), text);
    }
    assert.deepEqual(await all(), []);
    assert.match((await agent.open(link({ name: "Other" }))).html, /Install Other\?/);
  });

  it("register the application, and tell it its credentials", async () => {
    const page = await install({
      endpoint,
      "client-credentials-flow-enabled": "true",
      "has-signing-key": "true",
      "has-public-key-signature": "true",
      state: "s&1",
    });
    assert.equal(page.status, 200);
    assert.match(page.html, /Moon &amp; rover is installed/);
    assert.match(page.html, /has been told its credentials/);
    const [application] = await all();
    assert.ok(page.html.includes(application.clientId));
    assert.deepEqual(
      [application.clientCredentialsFlowEnabled, application.codeFlowEnabled, application.owner.username],
      [true, false, "alice"],
    );

    const [{ headers, body }] = seen;
    assert.deepEqual(JSON.parse(body), {
      className: "InitPayload",
      clientId: application.clientId,
      clientSecret: await secretOf(application),
      serverUrl: server.url,
      state: "s&1",
      userId: "1aLiCe",
    });
    const key = await ok(ADMIN, "GET", pathOf(application, "/signing-key"));
    const signed = `${headers["x-space-timestamp"]}:${body}`;
    assert.equal(headers["x-space-signature"], createHmac("sha256", key).update(signed).digest("hex"));
    assert.ok(headers["x-space-public-key-signature"]);
  });

  it("work without an endpoint, and for a member", async () => {
    const user = { username: "bob", password: "bob-password" };
    const page = await install({ "code-flow-enabled": "true" }, { user });
    assert.ok(!page.html.includes("credentials"));
    const [application] = await all();
    assert.deepEqual([application.codeFlowEnabled, application.owner.username], [true, "bob"]);
    assert.deepEqual(seen, []);
  });

  it("say so when the application cannot be told", async () => {
    for (const [address, why] of [
      [`${endpoint}busy`, "answered with 503"],
      ["http://localhost:1/", "cannot be reached"],
      ["https://rover.example/", "not on this machine"],
    ]) {
      server.reset();
      const page = await install({ endpoint: address });
      assert.equal(page.status, 200);
      assert.match(page.html, /role="alert"/);
      assert.ok(page.html.includes(why), why);
      assert.equal((await all()).length, 1);
    }
  });

  it("need a log-in and a form of their own", async () => {
    const { agent, page } = await openPage();
    const forged = await agent.submit(page, { decision: "install", csrf: "forged" });
    assert.equal(forged.status, 403);
    assert.match(forged.html, /out of date/);
    const stranger = createAgent();
    const login = await stranger.open(link());
    const wrong = await stranger.submit(login, { username: "alice", password: "wrong", decision: "install" });
    assert.equal(wrong.status, 403);
    assert.match(wrong.html, /password is wrong/);
    assert.equal((await stranger.submit(login, { decision: "install" })).status, 403);
    assert.deepEqual(await all(), []);
    assert.equal((await agent.submit(forged, { decision: "install" })).status, 200);
    assert.equal((await all()).length, 1);
  });

  it("are refused when they describe nothing that can be installed", async () => {
    const agent = createAgent();
    for (const [parameters, text] of [
      [{ name: "" }, "does not name"],
      [{ "marketplace-app": "m1" }, "Marketplace"],
      [{ endpoint: "nowhere" }, "endpointUri"],
      [{ "code-flow-redirect-uris": "/relative" }, "absolute"],
    ]) {
      const page = await agent.open(link(parameters));
      assert.equal(page.status, 400);
      assert.ok(page.html.includes(text), text);
      assert.ok(page.html.includes("validation-error"));
    }
    await install();
    const again = await install();
    assert.equal(again.status, 400);
    assert.match(again.html, /duplicated-entity/);
  });
});
