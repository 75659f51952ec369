// An application's endpoint in Node, which gets what Space sends, and the keys that Space has for it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { startServer } from "../../www/server/index.mjs";

const dist = (name) => import(new URL(`../../dist/${name}`, import.meta.url).href);
const { permanentToken, space } = await dist("index.js");
const { applications, verifyRequest } = await dist("apps.js");

let server;
let listener;
let api;
let address;
/** How the endpoint verifies; a test sets it. */
let how;
/** What came out of it, request by request. */
const payloads = [];

/** What an application does with a request, in Node without a framework. */
async function answer(req, res) {
  const body = Buffer.concat(await req.toArray());
  try {
    const payload = await verifyRequest({ headers: req.headers, body }, how);
    payloads.push(payload);
    return res.writeHead(payload ? 200 : 401).end();
  } catch (error) {
    payloads.push(error);
    return res.writeHead(error.code === "invalid_request" ? 400 : 500).end();
  }
}

before(async () => {
  server = await startServer();
  listener = createServer(answer).listen(0, "127.0.0.1");
  await once(listener, "listening");
  address = `http://127.0.0.1:${listener.address().port}/space`;
  const session = await permanentToken({ server: space(server.url), token: "space-personal-alice" });
  api = applications(session);
});
after(async () => {
  listener?.close();
  listener?.closeAllConnections();
  await server?.close();
});

let count = 0;
/** An application whose endpoint is here, with these proofs. */
async function applicationWith(proofs) {
  const application = await api.register({ name: `Rover ${++count}` });
  await api.setEndpoint(application, { uri: address, ...proofs });
  payloads.length = 0;
  return application;
}

const MESSAGE = {
  className: "MessagePayload",
  message: { body: { className: "ChatMessage.Text", text: "Grüße, 你好 🚀" } },
};

/** Sends the message; gives the status and what came out of the verification. */
async function sent({ clientId }, payload = MESSAGE) {
  const { status, body } = await server.sendToEndpoint(clientId, payload);
  return { status, payload: payloads.at(-1), said: JSON.parse(body) };
}

async function isTaken(application) {
  const { status, payload, said } = await sent(application);
  assert.equal(status, 200);
  assert.deepEqual(payload, said);
  assert.equal(payload.clientId, application.clientId);
}

async function isRefused(application) {
  const { status, payload } = await sent(application);
  assert.deepEqual([status, payload], [401, null]);
}

test("an endpoint verifies by the public keys of Space, as they are asked for", async () => {
  const application = await applicationWith({ publicKeySignature: true });
  const publicKeys = await api.publicKeys(application);
  assert.equal(publicKeys.keys.length, 2);
  how = { publicKeys };
  await isTaken(application);
  how = { publicKeys: JSON.stringify(publicKeys) };
  await isTaken(application);

  // The last one signs.
  const [older, current] = publicKeys.keys;
  how = { publicKeys: { keys: [current] } };
  await isTaken(application);
  how = { publicKeys: { keys: [older] } };
  await isRefused(application);
});

test("an endpoint verifies by the text that Space's address of the keys answers with", async () => {
  const application = await applicationWith({ publicKeySignature: true });
  const response = await fetch(`${server.url}/api/http/applications/id:${application.id}/public-keys`, {
    headers: { authorization: "Bearer space-personal-alice" },
  });
  how = { publicKeys: await response.text() };
  await isTaken(application);
});

test("an endpoint verifies by its signing key, until there is another one", async () => {
  const application = await applicationWith({ signingKey: true });
  how = { signingKey: await api.signingKey(application) };
  await isTaken(application);
  const anew = await api.regenerateSigningKey(application);
  await isRefused(application);
  how = { signingKey: anew };
  await isTaken(application);
});

test("an endpoint verifies by its verification token, until there is another one", async () => {
  const application = await applicationWith({ verificationToken: true });
  how = { verificationToken: await api.verificationToken(application) };
  await isTaken(application);
  const anew = await api.regenerateVerificationToken(application);
  await isRefused(application);
  how = { verificationToken: anew };
  await isTaken(application);
});

test("an endpoint refuses what carries another proof than the one that it wants", async () => {
  const proofs = ["signingKey", "publicKeySignature", "verificationToken"];
  const all = await applicationWith(Object.fromEntries(proofs.map((proof) => [proof, true])));
  const hows = [
    { signingKey: await api.signingKey(all) },
    { publicKeys: await api.publicKeys(all) },
    { verificationToken: await api.verificationToken(all) },
  ];
  for (how of hows) await isTaken(all);

  for (const [wanted, given] of hows.entries()) {
    for (const [carried, proof] of proofs.entries()) {
      if (wanted === carried) continue;
      how = given;
      await isRefused(await applicationWith({ [proof]: true }));
    }
  }
  await isRefused(await applicationWith({}));
});

test("an endpoint refuses the requests to another application", async () => {
  const [own, other] = [
    await applicationWith({ signingKey: true, verificationToken: true }),
    await applicationWith({ signingKey: true, verificationToken: true }),
  ];
  for (how of [
    { signingKey: await api.signingKey(own) },
    { verificationToken: await api.verificationToken(own) },
  ]) {
    await isTaken(own);
    await isRefused(other);
  }
});

test("an endpoint refuses a request that is sent once more, later", async () => {
  const application = await applicationWith({ signingKey: true });
  const request = await server.signForEndpoint(application.clientId, MESSAGE);
  const given = { signingKey: await api.signingKey(application), tolerance: 50 };
  assert.equal(
    (await verifyRequest(request, { ...given, tolerance: undefined }))?.className,
    "MessagePayload",
  );
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(await verifyRequest(request, given), null);
});

test("an endpoint is told when an authentic request has no class", async () => {
  const application = await applicationWith({ signingKey: true });
  how = { signingKey: await api.signingKey(application) };
  const { status, payload } = await sent(application, { state: "s" });
  assert.deepEqual([status, payload.code, payload.phase], [400, "invalid_request", "request"]);
});
