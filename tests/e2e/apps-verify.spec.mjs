// Whether a request is from Space, asked by a page and by a service worker that is the endpoint of an application.
import { createHmac } from "node:crypto";
import { vectors } from "../package/support/vectors.mjs";
import { judge } from "../verification/judge.mjs";
import { startEndpoint } from "./support/endpoint.mjs";
import { unpack } from "./support/packed.mjs";
import { expect, test as base } from "./support/test.mjs";

const test = base.extend({
  /** The address of the endpoint's origin. */
  endpoint: [
    async ({}, use) => {
      const { folder, remove } = await unpack();
      const endpoint = await startEndpoint(folder);
      await use(endpoint.origin);
      await endpoint.close();
      await remove();
    },
    { scope: "worker" },
  ],

  /** A page that the service worker is in charge of. */
  controlled: async ({ page, endpoint }, use) => {
    await page.goto(endpoint);
    await page.evaluate(async () => {
      const controlled = new Promise((resolve) =>
        navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }),
      );
      await navigator.serviceWorker.register("/verification/service-worker.mjs", {
        scope: "/",
        type: "module",
      });
      await controlled;
    });
    await use(page);
  },
});

function judged(outcome) {
  const { failed, summary } = judge(outcome);
  test.info().annotations.push({ type: "checks", description: summary });
  expect(failed).toEqual([]);
}

test("verifyRequest in a page: requests that OpenSSL signed, and every change of a bit", async ({
  page,
  endpoint,
}) => {
  await page.goto(endpoint);
  judged(
    await page.evaluate(async () => {
      const [lib, { scenario }] = await Promise.all([
        import("/dist/apps.js"),
        import("/verification/scenario.mjs"),
      ]);
      return scenario(lib, await (await fetch("/vectors/vectors.json")).json());
    }),
  );
});

test("verifyRequest in a service worker: requests that OpenSSL signed, and every change of a bit", async ({
  controlled,
}) => {
  judged(
    await controlled.evaluate(
      () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = ({ data }) => resolve(data);
          navigator.serviceWorker.controller.postMessage("scenario", [port2]);
        }),
    ),
  );
});

/** What the worker answers to this request. */
const send = (page, headers, body = vectors.requests.message.body) =>
  page.evaluate(
    async ([headers, body]) => {
      const bytes = Uint8Array.from(atob(body), (character) => character.charCodeAt(0));
      const response = await fetch("/space-endpoint", { method: "POST", headers, body: bytes });
      return [response.status, response.status === 200 ? await response.json() : null];
    },
    [headers, body],
  );

test("a service worker as the endpoint of an application", async ({ controlled: page }) => {
  const body = Buffer.from(vectors.requests.message.body, "base64");
  const timestamp = String(Date.now());
  const signature = createHmac("sha256", vectors.signingKey)
    .update(`${timestamp}:`)
    .update(body)
    .digest("hex");
  const headers = { "X-Space-Timestamp": timestamp, "X-Space-Signature": signature };
  expect(await send(page, headers)).toEqual([200, { className: "MessagePayload", length: 1024 }]);

  const other = vectors.requests.init.body;
  for (const [wrong, body] of [
    [{}],
    [headers, other],
    [{ ...headers, "X-Space-Signature": signature.toUpperCase() }],
    [{ ...headers, "X-Space-Timestamp": String(Number(timestamp) + 1) }],
    // Right, but long ago.
    [{ "X-Space-Timestamp": vectors.timestamp, "X-Space-Signature": vectors.requests.message.hmac }],
    [{ "X-Space-Timestamp": vectors.timestamp, "X-Space-Public-Key-Signature": vectors.message.rsa2048 }],
  ]) {
    expect(await send(page, wrong, body)).toEqual([401, null]);
  }
});
