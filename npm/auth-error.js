/** What to check, for codes that say it all. @type {Record<string, string>} */
const HINTS = {
  state_mismatch: "No sign-in waits for this redirect, or not any more; sign in again.",
  issuer_mismatch: "The answer came from another server than the one configured.",
  invalid_response: "The answer is not valid OAuth 2.0; check the endpoint.",
  id_token_invalid: "The id_token is not for this sign-in; check `issuer`, `clientId` and the clock.",
  network: "Check the connection, the endpoint, and that CORS allows this origin.",
  timeout: "No answer came in time; try again, or raise `timeout`.",
  aborted: "The `signal` was aborted.",
  rate_limited: "Too many requests; try again later.",
  server_error: "The server has trouble; try again later.",
  temporarily_unavailable: "The server has trouble; try again later.",
  origin_not_allowed:
    "Tokens go only to `api` (default: the origin of `baseUrl`); add this one if it is yours.",
  not_signed_in: "The session has ended; sign in again.",
  refresh_unavailable: "The token has expired and there is no refresh token; sign in again.",
  storage_unavailable: "The browser refuses to store the session; it ends with this page.",
  popup_blocked: "Call `login` right in the handler of a click.",
  popup_closed: "The user closed the window; offer to sign in again.",
  access_denied: "The user or the server declined; offer to sign in again.",
  invalid_scope: "Check that the application may ask for this `scope`.",
  invalid_client: "Check `clientId` and `clientSecret`.",
  invalid_grant: "The code or token is used up, expired or revoked, or `redirectUri` differs; sign in again.",
  unauthorized_client: "Check that the application has this flow enabled and `redirectUri` registered.",
  unsupported_response_type: "Check that the application has this flow enabled.",
  login_required: 'The server needs the user; sign in with `mode: "redirect"`.',
  internal_error: "This is a fault of the library; please report it.",
};

/** The one error of the package. It never holds a token, code, verifier, state, secret or password. */
export class AuthError extends Error {
  /**
   * @param {{
   *   code: string, phase: string, hint?: string, retryable?: boolean,
   *   description?: string, uri?: string, status?: number,
   * }} fields
   */
  constructor(fields) {
    const { code, hint: given, ...others } = ownOf(fields);
    const hint = given || (Object.hasOwn(HINTS, code) && HINTS[code]) || "See the server's `description`.";
    super(`${code}: ${hint}`);
    Object.assign(this, { code, retryable: false, hint }, others);
  }

  get name() {
    return "AuthError";
  }
}

/**
 * An option or argument that is wrong.
 * @param {string} hint one sentence that names the option
 */
export function invalidConfiguration(hint) {
  return new AuthError({ code: "invalid_configuration", phase: "configure", hint });
}

/**
 * The same, of an option by its name.
 * @param {string} option
 * @param {string} must what it must do or be
 */
export const unfit = (option, must) => invalidConfiguration(`\`${option}\` must ${must}.`);

/**
 * The own members alone: what is absent is not looked for in anyone's `Object.prototype`.
 * @param {any} members
 * @returns {any}
 */
export function ownOf(members) {
  return Object.assign(Object.create(null), members);
}

/** @param {string} text the JSON text that the module makes of an error */
export function asError(text) {
  return new AuthError(JSON.parse(text));
}

/**
 * What the module threw, as an `AuthError`, and anything else as it is.
 * @param {any} thrown
 */
export const asThrown = (thrown) => (typeof thrown === "string" ? asError(thrown) : thrown);
