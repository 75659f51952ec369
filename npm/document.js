import { AuthError, ownOf } from "./auth-error.js";
import { send } from "./host/send.js";
import { callNow } from "./machine.js";

const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i;

/**
 * A public JSON document of an authorization server, read as strictly as its other answers.
 * @param {string} url
 * @param {number} timeout milliseconds
 * @param {string} phase
 * @returns {Promise<any>} undefined when the server has none
 */
export async function documentAt(url, timeout, phase) {
  const fail = (/** @type {string} */ code, /** @type {number} */ status) => {
    return new AuthError({ code, phase, retryable: code !== "invalid_response", status });
  };
  const text = await send({ url, timeout, isRepeatable: true }).catch(() => "network");
  if (text === "network" || text === "timeout") throw fail(text, 0);
  const { status, contentType, body } = JSON.parse(text);
  if (status === 404) return undefined;
  if (status === 429) throw fail("rate_limited", status);
  if (status >= 500) throw fail("server_error", status);
  if (status !== 200 || !JSON_TYPE.test(contentType) || !callNow("isJson", { text: body })) {
    throw fail("invalid_response", status);
  }
  return ownOf(JSON.parse(body));
}
