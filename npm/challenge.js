// What an API says with a 401 (RFC 6750 section 3, RFC 9110 section 11.6.1).

import { ownOf } from "./auth-error.js";

/** A scheme, or a parameter with its value; quoted values may hold anything. */
const ITEM = /([^\s,="]+)(?:\s*=\s*("(?:\\.|[^"\\])*"|[^\s,"]*))?/g;

/**
 * Whether a `WWW-Authenticate` header holds a Bearer challenge whose `error` is `invalid_token`.
 * @param {string} header
 */
export function headerSaysInvalidToken(header) {
  let isBearer = false;
  for (const [, name, value] of header.matchAll(ITEM)) {
    if (value === undefined) isBearer = name.toLowerCase() === "bearer";
    else if (isBearer && name.toLowerCase() === "error" && value.replaceAll('"', "") === "invalid_token")
      return true;
  }
  return false;
}

/**
 * Whether the JSON body of a 401 says the same: a server of another origin may not expose its header. Space,
 * ProcessMaker 3 and ProcessMaker 4 say it in words of their own.
 * @param {string} body
 */
export function bodySaysInvalidToken(body) {
  try {
    const { error, error_description: description, message } = ownOf(JSON.parse(body));
    return (
      error === "invalid_token" ||
      description === "Access token has expired" ||
      (typeof error === "object" && ownOf(error).code === 401) ||
      message === "Unauthenticated."
    );
  } catch {
    return false;
  }
}
