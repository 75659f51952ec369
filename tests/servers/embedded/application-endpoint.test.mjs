// The requests that Space sends to an application.
import assert from "node:assert/strict";
import { createHmac, createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach, describe, it } from "node:test";
import { ADMIN, ok, pathOf, register } from "./applications.mjs";
import { at, ORIGIN, server } from "./support.mjs";

const seen = [];
let endpoint;
let listener;
before(async () => {
  listener = createServer(async (req, res) => {
    const chunks = await req.toArray();
    seen.push({ method: req.method, headers: req.headers, body: Buffer.concat(chunks).toString() });
    res.writeHead(req.url === "/busy" ? 503 : 200).end();
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  endpoint = `http://127.0.0.1:${listener.address().port}/space`;
});
after(() => {
  listener.close();
  listener.closeAllConnections();
});
beforeEach(() => (seen.length = 0));

const control = (path, body) =>
  fetch(at(`/__control/${path}`), {
    method: "POST",
    headers: { origin: ORIGIN },
    body: JSON.stringify(body),
  });

const hmac = (key, { headers, body }) =>
  createHmac("sha256", key).update(`${headers["X-Space-Timestamp"]}:${body}`).digest("hex");

async function verifiers(application) {
  const { keys } = JSON.parse(await ok(ADMIN, "GET", pathOf(application, "/public-keys")));
  return keys.map((jwk) => {
    const key = createPublicKey({ key: jwk, format: "jwk" });
    return ({ headers, body }) => {
      const signature = Buffer.from(headers["X-Space-Public-Key-Signature"], "base64");
      return verify("RSA-SHA512", Buffer.from(`${headers["X-Space-Timestamp"]}:${body}`), key, signature);
    };
  });
}

describe("Space applications: requests to the endpoint", () => {
  it("are posted as JSON, with the time in milliseconds", async () => {
    const application = await register({ endpointUri: endpoint });
    const started = Date.now();
    const sent = await server.sendToEndpoint(application.clientId);
    assert.equal(sent.status, 200);
    const [{ method, headers, body }] = seen;
    assert.equal(method, "POST");
    assert.equal(body, sent.body);
    assert.equal(headers["content-type"], "application/json");
    const timestamp = Number(headers["x-space-timestamp"]);
    assert.ok(timestamp >= started && timestamp <= Date.now());
    for (const name of ["x-space-signature", "x-space-public-key-signature", "authorization"]) {
      assert.equal(headers[name], undefined);
    }
    const payload = JSON.parse(body);
    assert.equal(payload.className, "MessagePayload");
    assert.equal(payload.message.body.text, "Hello!");
    assert.equal(payload.clientId, application.clientId);
    assert.equal(payload.userId, "1aLiCe");
    assert.ok(!("verificationToken" in payload));
  });

  it("carry the proofs that are switched on", async () => {
    const application = await register({
      endpointUri: endpoint,
      hasSigningKey: true,
      hasPublicKeySignature: true,
    });
    await ok(ADMIN, "PATCH", pathOf(application), { hasVerificationToken: true });
    const sent = await server.sendToEndpoint(application.clientId, { className: "Ünusual", a: 1 });
    const key = await ok(ADMIN, "GET", pathOf(application, "/signing-key"));
    assert.equal(sent.headers["X-Space-Signature"], hmac(key, sent));
    assert.equal(seen[0].headers["x-space-signature"], hmac(key, sent));

    const [older, current] = await verifiers(application);
    assert.deepEqual([older(sent), current(sent)], [false, true]);
    assert.equal(current({ ...sent, body: `${sent.body} ` }), false);

    const { className, a, verificationToken } = JSON.parse(seen[0].body);
    assert.deepEqual([className, a], ["Ünusual", 1]);
    assert.equal(verificationToken, await ok(ADMIN, "GET", pathOf(application, "/verification-token")));
  });

  it("use the key that is there now", async () => {
    const application = await register({ endpointUri: endpoint, hasSigningKey: true });
    const path = pathOf(application, "/signing-key");
    const old = await ok(ADMIN, "GET", path);
    await ok(ADMIN, "POST", `${path}/regenerate`);
    const request = await server.signForEndpoint(application.clientId);
    assert.notEqual(request.headers["X-Space-Signature"], hmac(old, request));
    assert.equal(request.headers["X-Space-Signature"], hmac(await ok(ADMIN, "GET", path), request));
  });

  it("can be had from the controls, sent or only written", async () => {
    const application = await register({ endpointUri: endpoint, hasSigningKey: true });
    const { clientId } = application;
    const key = await ok(ADMIN, "GET", pathOf(application, "/signing-key"));
    const payload = { className: "InitPayload", state: "s", userId: "2bOb" };
    const sent = await control("send", { clientId, payload });
    assert.equal(sent.headers.get("access-control-allow-origin"), ORIGIN);
    const { headers, body, status } = await sent.json();
    assert.equal(status, 200);
    assert.equal(headers["X-Space-Signature"], hmac(key, { headers, body }));
    assert.deepEqual(JSON.parse(seen[0].body), { clientId, ...payload });

    const written = await (await control("sign", { clientId, payload })).json();
    assert.deepEqual(Object.keys(written), ["headers", "body"]);
    assert.equal(written.headers["X-Space-Signature"], hmac(key, written));
    assert.equal(seen.length, 1);
  });

  it("tell what the endpoint answers, and when it does not", async () => {
    const { clientId } = await register({ endpointUri: new URL("/busy", endpoint).href });
    assert.equal((await server.sendToEndpoint(clientId)).status, 503);
    const deaf = await register({ name: "Deaf", endpointUri: "http://localhost:1/" });
    await assert.rejects(server.sendToEndpoint(deaf.clientId), /cannot be reached/);
    const response = await control("send", { clientId: deaf.clientId });
    assert.deepEqual(
      [response.status, await response.json()],
      [400, { error: "The endpoint cannot be reached" }],
    );
  });

  it("do not leave this machine, and need an application with an endpoint", async () => {
    const far = await register({ name: "Far", endpointUri: "https://127.0.0.1.example.com/" });
    const none = await register({ name: "None" });
    for (const clientId of [far.clientId, none.clientId, "playground", undefined]) {
      await assert.rejects(server.sendToEndpoint(clientId), TypeError);
      assert.equal((await control("send", { clientId })).status, 400);
    }
    assert.ok((await server.signForEndpoint(far.clientId)).body);
    await assert.rejects(server.signForEndpoint("playground"), TypeError);
  });

  it("are not sent on their own when a secret changes", async () => {
    const application = await register({ endpointUri: endpoint });
    await ok(ADMIN, "POST", pathOf(application, "/client-secret/regenerate"));
    assert.deepEqual(seen, []);
  });
});
