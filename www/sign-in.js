// The ways to sign in: what an application does with the library, but for using the session.
import { buildAuthorizationUrl, init, login, rememberRequest } from "space-auth-wasm";
import { clientCredentials, password, permanentToken } from "space-auth-wasm";
import { content } from "./content.js";
/** @import { AuthorizationRequest, Session } from "./types.d.ts" */

const REQUEST = "playground.request";
/** @type {Record<string, (options: any) => Promise<Session>>} */
const WAYS = { login, clientCredentials, password, permanentToken };

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
  sessionStorage.setItem(REQUEST, JSON.stringify({ ...request, codeVerifier: undefined }));
  location.assign(request.url);
}

/** @returns {AuthorizationRequest | null} */
export function leftFor() {
  const request = JSON.parse(sessionStorage.getItem(REQUEST) ?? "null");
  sessionStorage.removeItem(REQUEST);
  return request;
}

/** The other ways. A window is opened right in the click. @param {string} flow @param {any} options */
export const enter = (flow, options) => WAYS[content.functions[flow]](options);
