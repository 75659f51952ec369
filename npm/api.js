import * as wasm from "#glue";
import { AuthError, asThrown } from "./auth-error.js";
import { hostOf } from "./host/host.js";
import { assertReady, ready } from "./module.js";
import { asText, own, signalOf } from "./options.js";
import { asServer, serverOf } from "./servers.js";
import { Session, abortable, date, settled, words } from "./session.js";

export { AuthError } from "./auth-error.js";
export { scope } from "./scope.js";
export { discover, hub, processMaker, processMaker4, space } from "./servers.js";
export { ready as init };

const origin = () => globalThis.location?.origin ?? "";

/**
 * A session of these options, if `enter` finds one.
 * @param {any} options
 * @param {string} phase
 * @param {(handle: wasm.Handle) => Promise<boolean>} enter
 * @param {(handle: wasm.Handle) => any} [otherwise]
 * @returns {Promise<any>}
 */
async function session(options, phase, enter, otherwise = () => null) {
  const server = await serverOf(options);
  const text = asText(options, server, ["clientId"]);
  const signal = signalOf(options);
  const host = hostOf(own(options, "storage"));
  const clientId = JSON.parse(text).clientId;
  await ready();
  return settled(async () => {
    const handle = new wasm.Handle(text, origin(), host);
    const isSignedIn = await abortable(signal, phase, () => enter(handle));
    return isSignedIn ? new Session(handle, host, server, clientId) : otherwise(handle);
  });
}

/** @param {any} options */
export async function login(options) {
  const mode = own(options, "mode") ?? "redirect";
  if (mode === "popup" || mode === "silent") throw notAvailable(`\`mode: "${mode}"\``);
  const enter = (/** @type {wasm.Handle} */ handle) => {
    // What is wrong with the authorization request is told at once, not when it is first needed.
    if (mode === "redirect") handle.checkRequest();
    return handle.resume();
  };
  return session(options, "authorize", enter, (handle) => {
    if (mode === "check") return null;
    handle.leave();
    return new Promise(() => {});
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
    const text = asText(options, asServer(own(options, "server")), ["clientId"]);
    const request = JSON.parse(wasm.buildAuthorizationUrl(text, origin(), hostOf()));
    // Kept beside the request, so that `rememberRequest` stores it; it is no part of the URL.
    const appState = own(options, "appState");
    return appState === undefined ? request : { ...request, appState };
  });
}

/** @param {any} request */
const requestText = (request, server = undefined) => asText(request, server, ["url", "state", "redirectUri"]);

/** @param {any} request */
export function rememberRequest(request) {
  return atOnce(() => wasm.rememberRequest(requestText(request), hostOf()));
}

/**
 * @param {string | URL} url
 * @param {any} request
 */
export function parseRedirect(url, request) {
  return atOnce(() => {
    const answer = JSON.parse(wasm.parseRedirect(String(url), requestText(request, own(request, "server")), hostOf()));
    return "code" in answer ? answer : tokenSet(answer);
  });
}

/** @param {any} tokens as the module writes them */
function tokenSet({ expiresAt, scopes, ...tokens }) {
  return { ...tokens, expiresAt: date(expiresAt), scopes: words(scopes) };
}

/**
 * One request to the token or revocation endpoint.
 * @param {any} options
 * @param {string[]} required
 * @param {(text: string, host: any) => Promise<any>} call
 */
async function request(options, required, call) {
  const text = asText(options, await serverOf(options), ["clientId", ...required]);
  const signal = signalOf(options);
  await ready();
  return settled(() => abortable(signal, "token", () => call(text, hostOf())));
}

/** @param {any} options */
export async function exchangeCode(options) {
  return tokenSet(JSON.parse(await request(options, ["code", "redirectUri"], wasm.exchangeCode)));
}

/** @param {any} options */
export async function refreshTokens(options) {
  return tokenSet(JSON.parse(await request(options, ["refreshToken"], wasm.refreshTokens)));
}

/** @param {any} options */
export async function revokeToken(options) {
  await request(options, ["token"], wasm.revokeToken);
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
