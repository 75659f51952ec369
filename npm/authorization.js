import { unfit } from "./auth-error.js";
import { absolute } from "./endpoint.js";
import { page } from "./host/page.js";
import { callNow } from "./machine.js";
import { random } from "./random.js";
import { join, words } from "./scope.js";

/** @typedef {import("./index.d.ts").AuthorizationRequest} AuthorizationRequest */

/** The page's address without query and fragment. */
export const bare = () => page().split(/[?#]/)[0];

/**
 * The scope that is sent: with `offline_access` where that is how a refresh token is asked for.
 * @param {any} client
 */
export const requestedScope = ({ server, scope, accessType }) =>
  server.offline === "offline_access" && accessType !== "online" ? join([scope, "offline_access"]) : scope;

/**
 * An authorization URL and what completes it.
 * @param {any} client
 * @param {string} [requestCredentials]
 * @returns {AuthorizationRequest}
 */
export function authorizationRequest(client, requestCredentials = client.requestCredentials) {
  const { server, clientId, flow = "code", redirectUri = bare(), parameters, state = random() } = client;
  const endpoint = server.authorizationEndpoint;
  if (!endpoint) throw unfit("server", "have an `authorizationEndpoint`");
  if (!absolute(redirectUri, "redirectUri").hostname) throw unfit("redirectUri", "name a host");
  const scope = requestedScope(client);
  const isCode = flow === "code";
  const codeVerifier = isCode && server.pkce !== false ? (client.codeVerifier ?? random()) : undefined;
  const nonce = client.nonce ?? (words(scope).includes("openid") ? random() : undefined);
  const asksOffline = isCode && server.offline === "access_type" && client.accessType !== "online";
  const url = callNow("authorizationUrl", {
    endpoint,
    flow,
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: scope || undefined,
    state,
    nonce,
    access_type: asksOffline ? "offline" : undefined,
    request_credentials: requestCredentials,
    code_verifier: codeVerifier,
    parameters,
  });
  return {
    ...{ url, flow, state, redirectUri },
    ...(codeVerifier && { codeVerifier }),
    ...(nonce && { nonce }),
  };
}
