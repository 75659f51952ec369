// Registering an application, and verifying the requests that Space sends to it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { startServer } from "../../../www/server/index.mjs";

/**
 * @param {string} name of the browser
 * @param {import("./index.mjs").World} world
 */
export function applications(name, world) {
  test(`${name}: an application is registered, and requests of Space to it are verified`, async () => {
    const server = await startServer({ host: "localhost" });
    try {
      const tab = await world.open();
      await tab.goto(`${world.app.origin}/`);
      const { clientId, ...keys } = await tab.evaluate(register, server.url);
      const sent = await server.signForEndpoint(clientId);
      const forged = { ...sent, body: sent.body.replace("Hello", "Hallo") };
      for (const how of [{ signingKey: keys.signingKey }, { publicKeys: keys.publicKeys }]) {
        assert.equal(await tab.evaluate(classOf, sent, how), "MessagePayload");
        assert.equal(await tab.evaluate(classOf, forged, how), null);
      }
    } finally {
      await server.close();
    }
  });
}

/** In the page. @param {string} url of the server */
async function register(url) {
  const { password, space } = await import("space-auth-wasm");
  const { applications } = await import("space-auth-wasm/apps");
  const session = await password({
    server: space(url),
    clientId: "playground-confidential",
    clientSecret: "playground-secret",
    username: "bob",
    password: "bob-password",
    storage: "memory",
  });
  const mine = applications(session);
  const bot = await mine.register({ name: "Bot" });
  await mine.setEndpoint(bot, { uri: "https://bot.example/", publicKeySignature: true, signingKey: true });
  const [signingKey, publicKeys] = [await mine.signingKey(bot), await mine.publicKeys(bot)];
  return { clientId: bot.clientId, signingKey, publicKeys };
}

/** In the page. @param {object} request @param {object} how */
async function classOf(request, how) {
  const { verifyRequest } = await import("space-auth-wasm/apps");
  return (await verifyRequest(request, how))?.className ?? null;
}
