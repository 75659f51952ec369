import { asThrown, ownOf, unfit } from "./auth-error.js";
import { authorizationRequest, requestedScope } from "./authorization.js";
import { absolute } from "./endpoint.js";
import { Handle } from "./handle.js";
import { newPlace, placeOf } from "./host/storage.js";
import { checkClaims, checkedTokens } from "./id-token.js";
import { known, knownClient, knownServer, own, signalOf, text, word } from "./options.js";
import { readRedirect, remember } from "./redirect.js";
import { ask, revoke } from "./request.js";
import { words } from "./scope.js";
import { asServer, serverOf } from "./servers.js";
import { Session, date } from "./session.js";
import { settled } from "./settled.js";
import { openWindow, throughFrame, throughWindow } from "./window.js";
// Last of all: with it comes the text that carries the module, which compresses better after the code.
import { assertReady, ready } from "./module.js";

export { AuthError } from "./auth-error.js";
export { scope } from "./scope.js";
export { discover } from "./discovery.js";
export { hub, processMaker, processMaker4, space } from "./servers.js";
export { ready as init };

/**
 * A session of these options, if `enter` finds one.
 * @param {any} options
 * @param {string} phase
 * @param {(handle: Handle) => Promise<boolean>} enter
 * @param {{
 *   required?: Record<string, import("./options.js").Check>, given?: { isApplication?: boolean, subject?: string, place?: number, scope?: string },
 *   checkRequest?: boolean, otherwise?: (handle: Handle) => any,
 * }} [how]
 * @returns {Promise<any>}
 */
async function session(options, phase, enter, how = {}) {
  const { required, given, checkRequest, otherwise = () => false } = ownOf(how);
  const server = await serverOf(options);
  const client = Object.assign(knownClient(options, server, required), given);
  const signal = signalOf(options);
  const where = client.place ?? placeOf(own(options, "storage"));
  await ready();
  const work = async () => {
    if (checkRequest) authorizationRequest(client);
    let handle = new Handle(client, where);
    if (!(await enter(handle))) {
      // The session that was there may have come to its end just now. Whoever signs in begins another.
      if (handle.summary().hasEnded) handle = new Handle(client, where);
      if (!(await otherwise(handle))) return null;
    }
    return new Session(handle, server, client.clientId ?? "", client.subject ?? "user");
  };
  return settled(work, signal, phase);
}

/** @param {any} options */
export async function login(options) {
  const mode = own(options, "mode") ?? "redirect";
  const signal = signalOf(options);
  // Now or never: what comes after an `await` is no longer part of the user's click.
  const popup = mode === "popup" && !signal?.aborted ? openWindow() : undefined;
  /** @type {Record<string, (handle: Handle) => any>} */
  const ways = {
    check: () => false,
    popup: (handle) => throughWindow(handle, popup, signal),
    silent: (handle) => throughFrame(handle, signal),
    redirect: (handle) => handle.leave().then(() => new Promise(() => {})),
  };
  try {
    return await session(options, "authorize", (handle) => handle.resume(), {
      // What is wrong with the authorization request is told at once, not when it is first needed.
      checkRequest: mode !== "check",
      otherwise: ownOf(ways)[mode],
    });
  } finally {
    popup?.close();
  }
}

/** @param {any} options */
export function clientCredentials(options) {
  const required = { clientId: word, clientSecret: text };
  return session(options, "token", (handle) => handle.restore(), {
    required,
    given: { isApplication: true, subject: "application" },
    otherwise: (handle) =>
      signIn(handle, "client_credentials", { scope: handle.client.scope || undefined }, {}),
  });
}

/** @param {any} options */
export function password(options) {
  const enter = (/** @type {Handle} */ handle) => {
    const { server, username, password, accessType } = handle.client;
    const access_type = server.offline === "access_type" && accessType !== "online" ? "offline" : undefined;
    const scope = requestedScope(handle.client) || undefined;
    const { passwordAuthentication: by } = server;
    const how = { once: true, ...(by && { secretInBody: by === "body" }) };
    return signIn(handle, "password", { username, password, scope, access_type }, how);
  };
  return session(options, "token", enter, { required: { clientId: word, username: text, password: text } });
}

/**
 * @param {Handle} handle
 * @param {"client_credentials" | "password"} grant
 * @param {Record<string, string | undefined>} parameters
 * @param {{ once?: boolean, secretInBody?: boolean }} how
 */
async function signIn(handle, grant, parameters, how) {
  const tokens = await ask(handle.client, grant, parameters, how);
  await handle.establish(grant, await checkedTokens(handle.client, tokens, {}));
  return true;
}

/** @param {any} options */
export function permanentToken(options) {
  const enter = async (/** @type {Handle} */ handle) => {
    const { token } = handle.client;
    // What a header can carry (RFC 6750 section 2.1, and more: Hub's hold `;`).
    if (!/^[!-~]+$/.test(token)) throw unfit("token", "be printable ASCII without spaces");
    await handle.establish("permanent_token", { access_token: token });
    return true;
  };
  // Nobody asked for a scope, and nobody says which one the token has.
  return session(options, "token", enter, {
    required: { token: word },
    given: { place: newPlace(), scope: "" },
  });
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
const REQUEST = { url: word, state: word, redirectUri: text };

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
    const { url: sent, ...of } = known(request, REQUEST);
    const server = knownServer(own(request, "server") ?? {});
    const answer = readRedirect(server, String(url), of);
    if (Object.hasOwn(answer, "code")) return answer;
    const { searchParams } = absolute(sent, "url");
    const clientId = searchParams.get("client_id");
    checkClaims({ server, clientId }, answer, { nonce: of.nonce, isFrontChannel: true });
    return tokenSet(answer, searchParams.get("scope"));
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
 * @param {Record<string, import("./options.js").Check>} required
 * @param {(client: any) => Promise<T>} send
 */
async function request(options, required, send) {
  const client = knownClient(options, await serverOf(options), { clientId: word, ...required });
  const signal = signalOf(options);
  await ready();
  return settled(() => send(client), signal, "token");
}

/** @param {any} options */
export function exchangeCode(options) {
  return request(options, { code: word, redirectUri: text }, async (client) => {
    const { code, redirectUri: redirect_uri, codeVerifier: code_verifier } = client;
    const tokens = await ask(client, "authorization_code", { code, redirect_uri, code_verifier });
    checkClaims(client, tokens, {});
    return tokenSet(tokens, client.scope);
  });
}

/** @param {any} options */
export function refreshTokens(options) {
  return request(options, { refreshToken: word }, async (client) => {
    // The scope is sent when it is given, and to servers that want one.
    const isWanted = own(options, "scope")?.length || client.server.offline === "access_type";
    const scope = (isWanted && client.scope) || undefined;
    const parameters = { refresh_token: client.refreshToken, scope };
    return tokenSet(await ask(client, "refresh_token", parameters, { refresh: true }), client.scope);
  });
}

/** @param {any} options */
export function revokeToken(options) {
  return request(options, { token: word }, (client) => {
    const { token, kind: token_type_hint, server } = client;
    if (server.revocationEndpoint) return revoke(client, { token, token_type_hint });
    throw unfit("server", "have a `revocationEndpoint`");
  });
}
