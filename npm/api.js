import { AuthError, asThrown, invalidConfiguration, ownOf } from "./auth-error.js";
import { authorizationRequest } from "./authorization.js";
import { absolute } from "./endpoint.js";
import { Handle } from "./handle.js";
import { placeOf } from "./host/storage.js";
import { callNow } from "./machine.js";
import { assertReady, ready } from "./module.js";
import { known, knownClient, knownServer, own, signalOf } from "./options.js";
import { remember } from "./redirect.js";
import { ask, revoke } from "./request.js";
import { words } from "./scope.js";
import { asServer, serverOf } from "./servers.js";
import { Session, abortable, date, settled } from "./session.js";

export { AuthError } from "./auth-error.js";
export { scope } from "./scope.js";
export { discover, hub, processMaker, processMaker4, space } from "./servers.js";
export { ready as init };

/**
 * A session of these options, if `enter` finds one.
 * @param {any} options
 * @param {string} phase
 * @param {(handle: Handle) => Promise<boolean>} enter
 * @param {{ checkRequest?: boolean, otherwise?: (handle: Handle) => any }} [how]
 * @returns {Promise<any>}
 */
async function session(options, phase, enter, { checkRequest = false, otherwise = () => null } = {}) {
  const server = await serverOf(options);
  const client = knownClient(options, server);
  const signal = signalOf(options);
  const place = placeOf(own(options, "storage"));
  await ready();
  return settled(async () => {
    if (checkRequest) authorizationRequest(client);
    const handle = new Handle(client, place);
    const isSignedIn = await abortable(signal, phase, () => enter(handle));
    return isSignedIn ? new Session(handle, server, client.clientId) : otherwise(handle);
  });
}

/** @param {any} options */
export async function login(options) {
  const mode = own(options, "mode") ?? "redirect";
  if (mode === "popup" || mode === "silent") throw notAvailable(`\`mode: "${mode}"\``);
  const leave = async (/** @type {Handle} */ handle) => {
    await handle.leave();
    await new Promise(() => {});
  };
  // What is wrong with the authorization request is told at once, not when it is first needed.
  const how = mode === "check" ? {} : { checkRequest: true, otherwise: leave };
  return session(options, "authorize", (handle) => handle.resume(), how);
}

/**
 * @param {any} options
 * @param {string | URL} [url]
 */
export async function handleRedirect(options, url) {
  const address = url === undefined ? undefined : String(url);
  return session(options, "redirect", (handle) => handle.complete(address));
}

/**
 * A call that cannot wait.
 * @template T
 * @param {() => T} call
 */
function atOnce(call) {
  assertReady();
  try {
    return call();
  } catch (thrown) {
    throw asThrown(thrown);
  }
}

/** @param {any} options */
export function buildAuthorizationUrl(options) {
  return atOnce(() => {
    const request = authorizationRequest(knownClient(options, asServer(own(options, "server"))));
    // Kept beside the request, so that `rememberRequest` stores it; it is no part of the URL.
    const appState = own(options, "appState");
    return appState === undefined ? request : { ...request, appState };
  });
}

/** What an authorization request must hold. */
const REQUEST = ["url", "state", "redirectUri"];

/** @param {any} request */
export function rememberRequest(request) {
  return atOnce(() => {
    const checked = known(request, REQUEST);
    remember(checked, checked.appState);
  });
}

/**
 * @param {string | URL} url
 * @param {any} request
 */
export function parseRedirect(url, request) {
  return atOnce(() => {
    const { flow, state, url: sent } = known(request, REQUEST);
    const { issuer, issParameter } = knownServer(own(request, "server") ?? {});
    const address = String(url);
    const answer = JSON.parse(callNow("readRedirect", { address, flow, state, issuer, issParameter }));
    return Object.hasOwn(answer, "code")
      ? answer
      : tokenSet(answer, absolute(sent, "url").searchParams.get("scope"));
  });
}

/**
 * @param {any} answer the members of a token response (RFC 6749 section 5.1)
 * @param {string | null} requested the scope where the server does not say what it granted
 */
function tokenSet(answer, requested) {
  const {
    access_token: accessToken,
    refresh_token: refreshToken,
    id_token: idToken,
    expires_in: seconds,
    scope,
  } = ownOf(answer);
  return {
    ...{ accessToken, tokenType: "Bearer" },
    ...(refreshToken && { refreshToken }),
    ...(idToken && { idToken }),
    expiresAt: date(seconds && Date.now() + 1_000 * seconds),
    scopes: words(scope ?? requested ?? ""),
  };
}

/**
 * One request to the token or revocation endpoint.
 * @template T
 * @param {any} options
 * @param {string[]} required
 * @param {(client: any) => Promise<T>} send
 */
async function request(options, required, send) {
  const client = knownClient(options, await serverOf(options), required);
  const signal = signalOf(options);
  await ready();
  return settled(() => abortable(signal, "token", () => send(client)));
}

/** @param {any} options */
export function exchangeCode(options) {
  return request(options, ["code", "redirectUri"], async (client) => {
    const { code, redirectUri: redirect_uri, codeVerifier: code_verifier } = client;
    return tokenSet(
      await ask(client, "authorization_code", { code, redirect_uri, code_verifier }),
      client.scope,
    );
  });
}

/** @param {any} options */
export function refreshTokens(options) {
  return request(options, ["refreshToken"], async (client) => {
    // The scope is sent when it is given, and to servers that want one.
    const isWanted = own(options, "scope")?.length || client.server.offline === "access_type";
    const scope = (isWanted && client.scope) || undefined;
    const parameters = { refresh_token: client.refreshToken, scope };
    return tokenSet(await ask(client, "refresh_token", parameters), client.scope);
  });
}

/** @param {any} options */
export function revokeToken(options) {
  return request(options, ["token"], (client) => {
    const { token, kind: token_type_hint, server } = client;
    if (server.revocationEndpoint) return revoke(client, { token, token_type_hint });
    throw invalidConfiguration("`server` has no `revocationEndpoint`.");
  });
}

/** @param {string} what */
function notAvailable(what) {
  const hint = `${what} is not available in this version.`;
  return new AuthError({ code: "unsupported", phase: "configure", hint });
}

export const clientCredentials = async () => {
  throw notAvailable("`clientCredentials`");
};
export const password = async () => {
  throw notAvailable("`password`");
};
export const permanentToken = async () => {
  throw notAvailable("`permanentToken`");
};
