import { sameSecret, sha256 } from "./random.mjs";

const TRANSFORMS = {
  plain: (verifier) => verifier,
  S256: (verifier) => sha256(verifier).toString("base64url"),
};

// RFC 7636 sections 4.1 and 4.2 give verifier and challenge the same alphabet and length.
const WELL_FORMED = /^[A-Za-z0-9\-._~]{43,128}$/;

/**
 * What is wrong with the PKCE parameters of an authorization request, if anything is.
 * @param {{ challenge?: string, method?: string }} pkce
 * @param {boolean} required
 */
export function challengeProblem({ challenge, method }, required) {
  if (challenge === undefined) {
    if (required) return "code_challenge is required for this client";
    return method === undefined ? undefined : "code_challenge_method was sent without a code_challenge";
  }
  if (!Object.hasOwn(TRANSFORMS, method ?? "plain")) return "code_challenge_method must be S256 or plain";
  return WELL_FORMED.test(challenge) ? undefined : "code_challenge must have 43 to 128 unreserved characters";
}

/**
 * @param {{ challenge?: string, method?: string }} pkce as it came with the authorization request
 * @param {unknown} verifier
 */
export function verifierMatches({ challenge, method }, verifier) {
  // A verifier for a code that was asked for without a challenge means that somebody removed the
  // challenge on its way; accepting it would undo PKCE.
  if (challenge === undefined) return verifier === undefined;
  if (typeof verifier !== "string" || !WELL_FORMED.test(verifier)) return false;
  return sameSecret(TRANSFORMS[method ?? "plain"](verifier), challenge);
}
