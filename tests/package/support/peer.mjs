// The same requests by an independent implementation.

import * as peer from "oauth4webapi";

import { noted } from "./world.mjs";

export const { calculatePKCECodeChallenge: challengeByPeer, generateRandomCodeVerifier: verifierByPeer } =
  peer;

const AUTHENTICATION = {
  none: () => peer.None(),
  basic: (secret) => peer.ClientSecretBasic(secret),
  body: (secret) => peer.ClientSecretPost(secret),
};

/**
 * What the peer sends, for one of its calls.
 * @param {(fetch: { [peer.customFetch]: typeof fetch }) => Promise<unknown>} call
 */
async function sentBy(call) {
  let sent;
  await call({
    [peer.customFetch]: async (url, init) => {
      sent = noted(url, init);
      return new Response();
    },
  });
  return sent;
}

/**
 * The parameters of an authorization request, as the peer pushes them (RFC 9126): it leaves it to its user to write
 * them into a URL.
 * @param {string} clientId
 * @param {[string, string][]} parameters
 */
export async function authorizationByPeer(clientId, parameters) {
  const as = {
    issuer: "https://as.example",
    pushed_authorization_request_endpoint: "https://as.example/par",
  };
  const client = { client_id: clientId };
  const { parameters: sent } = await sentBy((by) =>
    peer.pushedAuthorizationRequest(as, client, peer.None(), new URLSearchParams(parameters), by),
  );
  return sent;
}

/**
 * A request to the token endpoint.
 * @param {{ tokenEndpoint: string, clientId: string, clientSecret?: string, authentication: "none" | "basic" | "body" }} client
 * @param {string} grant
 * @param {any} given
 */
export function tokenRequestByPeer(client, grant, given) {
  const as = { issuer: "https://as.example", token_endpoint: client.tokenEndpoint };
  const self = { client_id: client.clientId };
  const authentication = AUTHENTICATION[client.authentication](client.clientSecret);
  const scope = given.scope === undefined ? [] : [["scope", given.scope]];
  const further = new URLSearchParams(scope);
  return sentBy((by) => {
    if (grant === "authorization_code") {
      const { code, redirectUri, codeVerifier = peer.nopkce } = given;
      const back = peer.validateAuthResponse(
        as,
        self,
        new URLSearchParams([["code", code]]),
        peer.expectNoState,
      );
      return peer.authorizationCodeGrantRequest(
        as,
        self,
        authentication,
        back,
        redirectUri,
        codeVerifier,
        by,
      );
    }
    if (grant === "refresh_token") {
      const options = { ...by, additionalParameters: further };
      return peer.refreshTokenGrantRequest(as, self, authentication, given.refreshToken, options);
    }
    if (grant === "client_credentials") {
      return peer.clientCredentialsGrantRequest(as, self, authentication, further, by);
    }
    const parameters = new URLSearchParams([
      ["username", given.username],
      ["password", given.password],
      ...scope,
    ]);
    return peer.genericTokenEndpointRequest(as, self, authentication, "password", parameters, by);
  });
}

/**
 * How the peer judges an authorization response: its code, its error, or that it refuses.
 * @param {{ issuer: string, issParameter: boolean }} server
 * @param {string} query
 * @param {string} state
 */
export function answerByPeer({ issuer, issParameter }, query, state) {
  const as = { issuer, authorization_response_iss_parameter_supported: issParameter };
  try {
    const parameters = peer.validateAuthResponse(as, { client_id: "c" }, new URLSearchParams(query), state);
    const codes = parameters.getAll("code");
    return codes.length === 1 && codes[0] ? { code: codes[0] } : { refused: "code" };
  } catch (error) {
    return error instanceof peer.AuthorizationResponseError
      ? { error: error.error }
      : { refused: error.message };
  }
}
