import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

export const randomHex = (bytes) => randomBytes(bytes).toString("hex");

export const randomUrlSafe = (bytes) => randomBytes(bytes).toString("base64url");

export const sha256 = (text) => createHash("sha256").update(text).digest();

/**
 * Compares two secrets without telling by the time it takes how much of them agrees.
 * @param {unknown} a
 * @param {unknown} b
 */
export function sameSecret(a, b) {
  if (typeof a !== "string" || typeof b !== "string") return false;
  // Digests have one length, which timingSafeEqual insists on.
  return timingSafeEqual(sha256(a), sha256(b));
}
