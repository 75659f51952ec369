import { AuthError, invalidConfiguration, unfit } from "./auth-error.js";
import { documentAt } from "./document.js";
import { absolute, endpoint } from "./endpoint.js";
import { ready } from "./module.js";
import { knownServer, milliseconds, must, own, signalOf } from "./options.js";
import { settled } from "./settled.js";

/** @typedef {import("./index.d.ts").Server} Server */

/** The members of the metadata (RFC 8414 section 2, OpenID Connect Discovery section 3), by those of a `Server`. */
const ADDRESSES = {
  authorizationEndpoint: "authorization_endpoint",
  tokenEndpoint: "token_endpoint",
  revocationEndpoint: "revocation_endpoint",
  endSessionEndpoint: "end_session_endpoint",
  userinfoEndpoint: "userinfo_endpoint",
  jwksUri: "jwks_uri",
};

/**
 * A server by the metadata that it publishes (RFC 8414, OpenID Connect Discovery). The issuer that they name must be the
 * one that was asked for, character by character.
 * @param {string | URL} issuer
 * @param {{ timeout?: number, signal?: AbortSignal }} [options]
 * @returns {Promise<Server>}
 */
export async function discover(issuer, options = {}) {
  const timeout = must("timeout", own(options, "timeout") ?? 10_000, milliseconds);
  const signal = signalOf(options);
  const href = endpoint(issuer, "issuer");
  if (href.includes("?")) throw unfit("issuer", "have no query");
  await ready();
  return settled(() => read(issuer, href, timeout), signal, "configure");
}

/**
 * @param {string | URL} issuer
 * @param {string} href
 * @param {number} timeout
 */
async function read(issuer, href, timeout) {
  const { origin, pathname } = absolute(href, "issuer");
  const path = pathname.replace(/\/$/, "");
  const metadata =
    (await documentAt(`${origin}${path}/.well-known/openid-configuration`, timeout, "configure")) ??
    (await documentAt(`${origin}/.well-known/oauth-authorization-server${path}`, timeout, "configure"));
  if (!metadata) throw invalidConfiguration("The `issuer` publishes no metadata.");
  // A URL object cannot be written without its slash.
  const names = typeof issuer === "string" ? [issuer] : [href, origin + path];
  if (!names.includes(metadata.issuer)) throw new AuthError({ code: "issuer_mismatch", phase: "configure" });
  return serverOf(metadata);
}

/** @param {any} metadata */
function serverOf(metadata) {
  const list = (/** @type {string} */ name) => (Array.isArray(metadata[name]) ? metadata[name] : undefined);
  const isOpenId = list("scopes_supported")?.includes("openid");
  const authentications = list("token_endpoint_auth_methods_supported") ?? ["client_secret_basic"];
  /** @type {any} */
  const server = { name: metadata.issuer, issuer: metadata.issuer };
  for (const [name, member] of Object.entries(ADDRESSES)) {
    if (metadata[member] !== undefined) server[name] = metadata[member];
  }
  Object.assign(server, {
    ...(isOpenId && { defaultScope: "openid" }),
    clientAuthentication: authentications.includes("client_secret_basic") ? "basic" : "body",
    pkce: list("code_challenge_methods_supported")?.includes("S256") ?? true,
    offline: list("scopes_supported")?.includes("offline_access") ? "offline_access" : "never",
    issParameter: metadata.authorization_response_iss_parameter_supported === true,
  });
  try {
    knownServer(server);
    for (const name of Object.keys(ADDRESSES)) if (name in server) endpoint(server[name], name);
  } catch {
    throw new AuthError({ code: "invalid_response", phase: "configure" });
  }
  if (!server.tokenEndpoint) throw new AuthError({ code: "invalid_response", phase: "configure" });
  return Object.freeze(server);
}
