// A service worker: an application's endpoint and, when it is asked by a message, the scenario.
import * as lib from "/dist/apps.js";
import { scenario } from "./scenario.mjs";

const vectors = fetch("/vectors/vectors.json").then((response) => response.json());

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("message", (event) => {
  const work = async () => event.ports[0].postMessage(await scenario(lib, await vectors));
  event.waitUntil(work());
});

addEventListener("fetch", (event) => {
  if (new URL(event.request.url).pathname === "/space-endpoint") event.respondWith(answer(event.request));
});

async function answer(request) {
  const { signingKey, keys } = await vectors;
  const isByKey = request.headers.has("X-Space-Public-Key-Signature");
  const how = isByKey ? { publicKeys: { keys: [keys.rsa2048b, keys.rsa2048] } } : { signingKey };
  const payload = await lib.verifyRequest(request, how);
  if (!payload) return new Response(null, { status: 401 });
  return Response.json({ className: payload.className, length: (await request.arrayBuffer()).byteLength });
}
