// Sessions: of the users of the embedded Space, of whoever signs in through a window, and of applications.
import { clientCredentials, login, permanentToken } from "space-auth-wasm";
import { current } from "./current.js";
import { listTokens } from "./requests.js";
/** @import { Application } from "space-auth-wasm/apps" */
/** @import { Server } from "space-auth-wasm" */
/** @import { RequestList } from "./requests.js" */

/** Where a window comes back to: this page, as it is registered. */
export const here = location.origin + location.pathname;

const KEY = "playground.window";

/** The embedded server has a permanent token for each of its users. @param {"alice" | "bob"} username */
export const asUser = (username) =>
  permanentToken({ server: current.embedded, token: `space-personal-${username}` });

/** A place for each session, so that none continues another one. */
function ownPlace() {
  /** @type {Map<string, string>} */
  const kept = new Map();
  return {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
}

/** @param {string | Server} server @param {string} clientId */
const options = (server, clientId) => ({
  ...{ server, clientId, redirectUri: here, storage: ownPlace() },
  allowHttp: (typeof server === "string" ? server : server.tokenEndpoint).startsWith("http:"),
});

/**
 * A user signs in. To be called right in a click.
 * @param {string | Server} server
 * @param {string} clientId
 * @param {RequestList} requests
 */
export function inWindow(server, clientId, requests) {
  listTokens(requests);
  // The window has to know whose answer it comes back with.
  localStorage.setItem(KEY, JSON.stringify({ server, clientId }));
  return login({ ...options(server, clientId), mode: "popup" });
}

/** In the window itself, which is closed by the page that waits for it. */
export async function comeBack() {
  const kept = localStorage.getItem(KEY);
  if (!kept || !/[?&]state=/.test(location.search)) return;
  const { server, clientId } = JSON.parse(kept);
  await login({ ...options(server, clientId), mode: "check" });
}

/**
 * The application, on behalf of itself.
 * @param {Application} application
 * @param {Server} server
 * @param {string} clientSecret
 * @param {RequestList} requests
 */
export function asApplication({ clientId }, server, clientSecret, requests) {
  listTokens(requests);
  const { redirectUri, ...others } = options(server, clientId);
  return clientCredentials({ ...others, clientSecret });
}
