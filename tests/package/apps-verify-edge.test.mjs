// Whether a request is from Space, asked by an edge worker.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import path from "node:path";
import { after, before, test } from "node:test";

import { judge } from "../verification/judge.mjs";
import { startEdgeWorker } from "./support/edge.mjs";
import { root } from "./support/runtimes.mjs";
import { vectors } from "./support/vectors.mjs";

let worker;
before(async () => {
  worker = await startEdgeWorker(path.join(root, "tests/verification/edge-worker.mjs"));
});
after(() => worker?.close());

test("an edge worker gets the entry that takes a compiled module", () => {
  assert.ok(worker.files.includes("dist/apps-workerd.js"));
  assert.ok(!worker.files.includes("dist/apps.js"));
});

test("verifyRequest in workerd: requests that OpenSSL signed, and every change of a bit of them", async (t) => {
  const { failed, summary } = judge(await (await fetch(`${worker.origin}/scenario`)).json());
  t.diagnostic(summary);
  assert.deepEqual(failed, []);
});

test("an edge worker as the endpoint of an application", async () => {
  const body = Buffer.from(vectors.requests.message.body, "base64");
  const timestamp = String(Date.now());
  const signature = createHmac("sha256", vectors.signingKey)
    .update(`${timestamp}:`)
    .update(body)
    .digest("hex");
  const send = (headers) => fetch(`${worker.origin}/space`, { method: "POST", headers, body });

  const headers = { "X-Space-Timestamp": timestamp, "X-Space-Signature": signature };
  const taken = await send(headers);
  assert.deepEqual([taken.status, await taken.json()], [200, { className: "MessagePayload", length: 1024 }]);
  for (const wrong of [
    {},
    { ...headers, "X-Space-Signature": signature.toUpperCase() },
    { ...headers, "X-Space-Timestamp": String(Number(timestamp) + 1) },
  ]) {
    assert.equal((await send(wrong)).status, 401);
  }
});
