// An OpenID provider's side: keys, and the tokens that they sign.

import { createHash, createHmac } from "node:crypto";

const { subtle } = globalThis.crypto;

const RSA = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) };
const ALGORITHMS = {
  RS256: { ...RSA, hash: "SHA-256" },
  RS512: { ...RSA, hash: "SHA-512" },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
};

/** @param {"RS256" | "RS512" | "ES256"} alg @param {string} [kid] */
export async function newKey(alg, kid) {
  const algorithm = ALGORITHMS[alg];
  const { privateKey, publicKey } = await subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { key_ops, ext, alg: own, ...jwk } = await subtle.exportKey("jwk", publicKey);
  const spki = Buffer.from(await subtle.exportKey("spki", publicKey));
  return { alg, kid, algorithm, privateKey, spki, jwk: { ...jwk, ...(kid && { kid }), alg, use: "sig" } };
}

/** @param {unknown} value */
export const segment = (value) =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/**
 * A token that a key signs; texts in the place of its parts are taken as they are.
 * @param {Awaited<ReturnType<typeof newKey>>} key
 * @param {unknown} claims
 * @param {object} [header]
 */
export async function signed({ alg, kid, algorithm, privateKey }, claims, header = {}) {
  const input = `${segment({ alg, ...(kid && { kid }), ...header })}.${segment(claims)}`;
  const signature = await subtle.sign(algorithm, privateKey, Buffer.from(input));
  return `${input}.${Buffer.from(signature).toString("base64url")}`;
}

/** A token that is signed with a secret, by HMAC. */
export function signedBySecret(secret, claims, header) {
  const input = `${segment({ alg: "HS256", ...header })}.${segment(claims)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

/** The left half of a hash (OpenID Connect Core section 3.1.3.6). */
export function halfHash(text, hash = "sha256") {
  const digest = createHash(hash).update(text).digest();
  return digest.subarray(0, digest.length / 2).toString("base64url");
}
