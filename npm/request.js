import { call } from "./machine.js";
import { forModule } from "./options.js";

/**
 * One request to the token endpoint (RFC 6749 section 4): gives the members of the answer.
 *
 * A code is sent once, so that no failure of it is worth repeating.
 * @param {any} client
 * @param {"authorization_code" | "refresh_token"} grant
 * @param {Record<string, string | undefined>} parameters
 */
export async function ask(client, grant, parameters) {
  const isRefresh = grant === "refresh_token";
  const options = { ...forModule(client), refresh: isRefresh, once: !isRefresh };
  return JSON.parse(await call("ask", { ...options, parameters: { grant_type: grant, ...parameters } }));
}

/**
 * Revokes a token (RFC 7009).
 * @param {any} client
 * @param {{ token: string, token_type_hint?: string }} parameters
 */
export async function revoke(client, parameters) {
  const { revocationEndpoint } = client.server;
  await call("ask", { ...forModule(client), revocationEndpoint, parameters });
}
