import { AuthError } from "../auth-error.js";

/** The address in the address bar; empty where there is no page. */
export const page = () => globalThis.location?.href ?? "";

/** The page's own origin; empty where there is no page. */
export const origin = () => globalThis.location?.origin ?? "";

/**
 * Shows another address in the address bar.
 * @param {string} address
 */
export const replaceAddress = (address) => globalThis.history?.replaceState(history.state, "", address);

/**
 * Goes to another page.
 * @param {string} address
 */
export function leaveFor(address) {
  if (globalThis.location) return location.assign(address);
  const hint = "There is no page here to redirect.";
  throw new AuthError({ code: "unsupported", phase: "authorize", hint });
}
