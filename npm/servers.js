import { invalidConfiguration, unfit } from "./auth-error.js";
import { parsed } from "./endpoint.js";
import { own } from "./options.js";

/** @typedef {import("./index.d.ts").Server} Server */

/**
 * The address without trailing slashes, query and fragment.
 * @param {string | URL} url
 * @param {string} name of the function, for the hint
 */
function baseOf(url, name) {
  const href = parsed(url)?.href;
  if (href && !/[?#]/.test(href)) return href.replace(/\/+$/, "");
  throw invalidConfiguration(
    `The \`server\` URL given to \`${name}\` must be absolute, without query and fragment.`,
  );
}

/**
 * JetBrains Space (seed documents "Authorize in Space", "OAuth 2.0 Flows").
 * @param {string | URL} url of the organisation
 * @returns {Server}
 */
export function space(url) {
  const base = baseOf(url, "space");
  return Object.freeze({
    name: "Space",
    authorizationEndpoint: `${base}/oauth/auth`,
    tokenEndpoint: `${base}/oauth/token`,
    apiBase: `${base}/api/http/`,
    defaultScope: "**",
    clientAuthentication: "basic",
    pkce: true,
    offline: "access_type",
  });
}

/**
 * JetBrains Hub, also the one inside YouTrack (`<url>/hub`). It has no scope that is right for everyone.
 * @param {string | URL} url
 * @returns {Server}
 */
export function hub(url) {
  const base = baseOf(url, "hub");
  return Object.freeze({
    name: "Hub",
    authorizationEndpoint: `${base}/api/rest/oauth2/auth`,
    tokenEndpoint: `${base}/api/rest/oauth2/token`,
    apiBase: `${base}/api/rest/`,
    clientAuthentication: "basic",
    pkce: true,
    offline: "access_type",
  });
}

/**
 * ProcessMaker 3, which knows no PKCE and always gives a refresh token.
 * @param {string | URL} url
 * @param {string} workspace
 * @returns {Server}
 */
export function processMaker(url, workspace) {
  const base = baseOf(url, "processMaker");
  if (typeof workspace !== "string" || !/^(?!\.+$)[\w.-]+$/.test(workspace)) {
    throw unfit("workspace", "be its name");
  }
  /** @type {any} */
  const server = {
    name: "ProcessMaker 3",
    authorizationEndpoint: `${base}/${workspace}/oauth2/authorize`,
    tokenEndpoint: `${base}/${workspace}/oauth2/token`,
    apiBase: `${base}/api/1.0/${workspace}/`,
    defaultScope: "*",
    clientAuthentication: "basic",
    // Its password grant looks for them in the body alone.
    passwordAuthentication: "body",
    pkce: false,
    offline: "always",
  };
  return Object.freeze(server);
}

/**
 * ProcessMaker 4 (Laravel Passport), which always gives a refresh token and defines no scopes.
 * @param {string | URL} url
 * @returns {Server}
 */
export function processMaker4(url) {
  const base = baseOf(url, "processMaker4");
  return Object.freeze({
    name: "ProcessMaker 4",
    authorizationEndpoint: `${base}/oauth/authorize`,
    tokenEndpoint: `${base}/oauth/token`,
    apiBase: `${base}/api/1.0/`,
    clientAuthentication: "body",
    pkce: true,
    offline: "always",
  });
}

/**
 * The `server` option as a `Server`: a URL is that of a Space organisation.
 * @param {any} options
 * @returns {Promise<Server> | Server}
 */
export function serverOf(options) {
  const given = own(options, "server");
  return typeof given?.then === "function" ? given.then(asServer) : asServer(given);
}

/**
 * @param {any} given
 * @returns {Server}
 */
export function asServer(given) {
  if (typeof given === "string" || given instanceof URL) return space(given);
  if (typeof given !== "object" || given === null) {
    throw unfit("server", "be a URL or an object with endpoints");
  }
  // Read once: what is checked is what is used.
  return Object.isFrozen(given) ? given : Object.freeze({ ...given });
}
