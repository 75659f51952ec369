import { call } from "./machine.js";
import { forModule } from "./options.js";

/**
 * One request to the token endpoint (RFC 6749 sections 4 and 6): gives the members of the answer.
 *
 * A code or password is sent once, so that no failure of it is worth repeating.
 * @param {any} client
 * @param {"authorization_code" | "refresh_token" | "client_credentials" | "password"} grant
 * @param {Record<string, string | undefined>} parameters
 */
export async function ask(client, grant, parameters) {
  const options = forModule(client);
  const { passwordAuthentication } = client.server;
  if (grant === "password" && passwordAuthentication)
    options.secretInBody = passwordAuthentication === "body";
  const refresh = grant === "refresh_token";
  const once = !refresh && grant !== "client_credentials";
  const all = { grant_type: grant, ...parameters };
  return JSON.parse(await call("ask", { ...options, refresh, once, parameters: all }));
}

/**
 * Revokes a token (RFC 7009).
 * @param {any} client
 * @param {{ token: string, token_type_hint?: string }} parameters
 */
export async function revoke(client, { token, token_type_hint }) {
  const { revocationEndpoint } = client.server;
  await call("ask", { ...forModule(client), revocationEndpoint, parameters: { token, token_type_hint } });
}
