// The requests that Space sends to the endpoint of an application.
import { createHmac } from "node:crypto";
import { randomUrlSafe } from "../random.mjs";
import { USERS } from "../users.mjs";
import { spaceTime } from "./time.mjs";

const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const PATIENCE = 10_000;

const exampleMessage = () => ({
  className: "MessagePayload",
  message: {
    messageId: randomUrlSafe(9),
    channelId: "c1",
    body: { className: "ChatMessage.Text", text: "Hello!" },
    createdTime: spaceTime(Date.now()).iso,
  },
});

const hmac = (key, text) => createHmac("sha256", key).update(text).digest("hex");

/**
 * Writes and sends such requests, with the proofs of origin that an application has switched on.
 * @param {{ applications: object, serverKeys: object }} parts
 */
export function createEndpointSender({ applications, serverKeys }) {
  function find(clientId) {
    const application = applications.byClientId(clientId);
    if (!application) throw new TypeError(`No application is registered as ${clientId}`);
    return application;
  }

  function addressOf({ endpointUri }) {
    if (!endpointUri) throw new TypeError("The application has no endpoint");
    // Nobody should be able to make this server knock on doors elsewhere.
    if (!LOOPBACK.includes(new URL(endpointUri).hostname)) {
      throw new TypeError("The endpoint is not on this machine");
    }
    return endpointUri;
  }

  async function write({ clientId, signingKey, verificationToken, hasPublicKeySignature }, payload) {
    const body = JSON.stringify({ clientId, userId: USERS[0].id, ...payload, verificationToken });
    const timestamp = String(Date.now());
    const signed = `${timestamp}:${body}`;
    const headers = { "Content-Type": "application/json", "X-Space-Timestamp": timestamp };
    if (signingKey) headers["X-Space-Signature"] = hmac(signingKey, signed);
    if (hasPublicKeySignature) headers["X-Space-Public-Key-Signature"] = await serverKeys.sign(signed);
    return { headers, body };
  }

  return {
    /**
     * A request as it would be sent.
     * @param {string} clientId
     * @param {object} [payload] a message of a user when left out
     * @returns {Promise<{ headers: Record<string, string>, body: string }>}
     */
    sign: async (clientId, payload = exampleMessage()) => write(find(clientId), payload),

    /**
     * @param {string} clientId
     * @param {object} [payload] a message of a user when left out
     * @returns {Promise<{ headers: Record<string, string>, body: string, status: number }>}
     */
    async send(clientId, payload = exampleMessage()) {
      const application = find(clientId);
      const address = addressOf(application);
      const request = await write(application, payload);
      const signal = AbortSignal.timeout(PATIENCE);
      const sent = fetch(address, { method: "POST", ...request, redirect: "manual", signal });
      const { status } = await sent.catch((error) => {
        throw new Error("The endpoint cannot be reached", { cause: error });
      });
      return { ...request, status };
    },
  };
}
