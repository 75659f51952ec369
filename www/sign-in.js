// The ways to sign in: what an application does with the library, but for using the session.
import { buildAuthorizationUrl, init, login, parseRedirect, rememberRequest } from "space-auth-wasm";
import { clientCredentials, password, permanentToken } from "space-auth-wasm";
/** @import { AuthorizationRequest, Session } from "./types.d.ts" */

const REQUEST = "playground.request";

/** @param {any} options */
export async function requestFor({ storage, mode, server, ...options }) {
  await init();
  return buildAuthorizationUrl({ ...options, server: await server });
}

/**
 * The stored session, or the one of the redirect that this page has just come back from; else null.
 * @param {string} flow
 * @param {any} options
 */
export async function findSession(flow, { username, password, ...options }) {
  // An application asks anew, and a permanent token lives in its page alone.
  const isLost = flow === "client_credentials" || flow === "permanent_token";
  return isLost ? null : login({ ...options, mode: "check" });
}

/** As `login` does it, with the very address that is shown. @param {AuthorizationRequest} request */
export function leave(request) {
  rememberRequest(request);
  sessionStorage.setItem(REQUEST, request.url);
  location.assign(request.url);
}

export function leftFor() {
  const url = sessionStorage.getItem(REQUEST);
  sessionStorage.removeItem(REQUEST);
  return url;
}

/** Throws what is wrong with an answer that `login` left alone. @param {string} address @param {string} url */
export function check(address, url) {
  const sent = new URL(url).searchParams;
  const flow = sent.get("response_type") === "token" ? "implicit" : "code";
  const [state, redirectUri] = [sent.get("state") ?? "", sent.get("redirect_uri") ?? ""];
  parseRedirect(address, { url, flow, state, redirectUri });
}

/** The other ways. A window is opened right in the click. @param {string} flow @param {any} options */
export function enter(flow, options) {
  /** @type {Record<string, (options: any) => Promise<Session>>} */
  const ways = { client_credentials: clientCredentials, password, permanent_token: permanentToken };
  return (ways[flow] ?? login)(options);
}
