import { AuthError, ownOf } from "./auth-error.js";
import { documentAt } from "./document.js";
import { callNow } from "./machine.js";

/** How signatures are checked, by the names of RFC 7518 section 3.1. @type {Record<string, any>} */
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};

/**
 * The tokens with their `id_token` checked (OpenID Connect Core sections 3.1.3.7 and 3.2.2.11); without it where nobody
 * knows who should have issued it. One that came with the redirect must be signed by the server, since others can send
 * the user there, too.
 * @param {any} client
 * @param {any} tokens the members of a token response
 * @param {{ nonce?: string, isFrontChannel?: boolean }} of the request
 */
export async function checkedTokens(client, tokens, of) {
  checkClaims(client, tokens, of);
  const { id_token: idToken, ...others } = tokens;
  if (client.server.issuer === undefined) return others;
  if (of.isFrontChannel && idToken && !(await isSigned(client, idToken))) {
    throw invalid("The server's signature is missing, or `jwksUri` does not hold its key.");
  }
  return tokens;
}

/**
 * @param {any} client
 * @param {any} tokens
 * @param {{ nonce?: string, isFrontChannel?: boolean }} of the request
 */
export function checkClaims({ server, clientId }, tokens, of) {
  const { issuer } = server;
  const { nonce, isFrontChannel = false } = ownOf(of);
  const { id_token: idToken, access_token: accessToken } = tokens;
  if (issuer !== undefined && idToken) {
    callNow("checkIdToken", { idToken, accessToken, issuer, clientId, nonce, isFrontChannel });
  } else if (nonce !== undefined && isFrontChannel) {
    throw invalid("The server sent none, or `server` has no `issuer` to check it by.");
  }
}

/** @param {string} hint */
const invalid = (hint) => new AuthError({ code: "id_token_invalid", phase: "redirect", hint });

/** @param {string} text of the alphabet of RFC 7515 section 2 */
const decoded = (text) => atob(text.replaceAll("-", "+").replaceAll("_", "/"));

/**
 * @param {any} client
 * @param {string} token
 */
async function isSigned({ server, timeout }, token) {
  const { subtle } = globalThis.crypto;
  const [head, payload, signature] = token.split(".");
  const { alg, kid } = JSON.parse(decoded(head));
  const algorithm = Object.hasOwn(ALGORITHMS, alg) && ALGORITHMS[alg];
  if (!subtle || !algorithm || !server.jwksUri) return false;
  const { keys } = (await documentAt(server.jwksUri, timeout, "redirect")) ?? {};
  const signed = new TextEncoder().encode(`${head}.${payload}`);
  for (const key of Array.isArray(keys) ? keys : []) {
    try {
      const { kty, n, e, crv, x, y } = key;
      if (key.use === "enc" || (kid !== undefined && key.kid !== kid)) continue;
      const imported = await subtle.importKey("jwk", { kty, n, e, crv, x, y }, algorithm, false, ["verify"]);
      const bytes = Uint8Array.from(decoded(signature), (character) => character.charCodeAt(0));
      if (await subtle.verify(algorithm, imported, bytes, signed)) return true;
    } catch {
      // No key, or one of another kind.
    }
  }
  return false;
}
