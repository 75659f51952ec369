import { AuthError, asThrown, ownOf } from "./auth-error.js";
import { Handle } from "./handle.js";
import { origin, page } from "./host/page.js";
import { placeOf } from "./host/storage.js";
import { call, callNow } from "./machine.js";
import { assertReady, ready } from "./module.js";
import { forModule, own, signalOf } from "./options.js";
import { asServer, serverOf } from "./servers.js";
import { Session, abortable, date, settled, words } from "./session.js";

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
  const known = forModule(options, server, ["clientId"]);
  const signal = signalOf(options);
  const place = placeOf(own(options, "storage"));
  await ready();
  return settled(async () => {
    const handle = new Handle({ ...known, place, checkRequest, origin: origin() });
    const isSignedIn = await abortable(signal, phase, () => enter(handle));
    return isSignedIn ? new Session(handle, server, known.clientId) : otherwise(handle);
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
    const known = forModule(options, asServer(own(options, "server")), ["clientId"]);
    const request = JSON.parse(
      callNow("buildAuthorizationUrl", { ...known, origin: origin(), page: page() }),
    );
    // Kept beside the request, so that `rememberRequest` stores it; it is no part of the URL.
    const appState = own(options, "appState");
    return appState === undefined ? request : { ...request, appState };
  });
}

/** What an authorization request must hold. */
const REQUEST = ["url", "state", "redirectUri"];

/** @param {any} request */
export function rememberRequest(request) {
  return atOnce(() => void callNow("rememberRequest", forModule(request, undefined, REQUEST)));
}

/**
 * @param {string | URL} url
 * @param {any} request
 */
export function parseRedirect(url, request) {
  return atOnce(() => {
    const known = forModule(request, own(request, "server"), REQUEST);
    const answer = JSON.parse(callNow("parseRedirect", { ...known, address: String(url) }));
    return Object.hasOwn(answer, "code") ? answer : tokenSet(answer);
  });
}

/** @param {any} answer as the module writes it */
function tokenSet(answer) {
  const { expiresAt, scopes, ...tokens } = ownOf(answer);
  return { ...tokens, expiresAt: date(expiresAt), scopes: words(scopes) };
}

/**
 * One request to the token or revocation endpoint.
 * @param {string} operation
 * @param {any} options
 * @param {string[]} required
 */
async function request(operation, options, required) {
  const known = forModule(options, await serverOf(options), ["clientId", ...required]);
  const signal = signalOf(options);
  await ready();
  return settled(() => abortable(signal, "token", () => call(operation, known)));
}

/** @param {any} options */
export async function exchangeCode(options) {
  return tokenSet(JSON.parse(await request("exchangeCode", options, ["code", "redirectUri"])));
}

/** @param {any} options */
export async function refreshTokens(options) {
  return tokenSet(JSON.parse(await request("refreshTokens", options, ["refreshToken"])));
}

/** @param {any} options */
export async function revokeToken(options) {
  await request("revokeToken", options, ["token"]);
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
