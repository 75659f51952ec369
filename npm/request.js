import { call } from "./machine.js";
import { forModule } from "./options.js";

/**
 * One request to the token endpoint (RFC 6749 sections 4 and 6): gives the members of the answer.
 * @param {any} client
 * @param {"authorization_code" | "refresh_token" | "client_credentials" | "password"} grant
 * @param {Record<string, string | undefined>} parameters
 * @param {{ once?: boolean, refresh?: boolean, secretInBody?: boolean }} [how] a code or password is sent `once`, so that
 * no failure of it is worth repeating
 */
export async function ask(client, grant, parameters, how = { once: true }) {
  const all = { grant_type: grant, ...parameters };
  return JSON.parse(await call("ask", { ...forModule(client), ...how, parameters: all }));
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
