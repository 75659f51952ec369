/** The one error of the package. It never holds a token, code, verifier, state, secret or password. */
export class AuthError extends Error {
  /**
   * @param {{
   *   code: string, phase: string, hint: string, retryable?: boolean,
   *   description?: string, uri?: string, status?: number,
   * }} fields
   */
  constructor({ code, phase, hint, retryable = false, description, uri, status }) {
    super(`${code}: ${hint}`);
    this.code = code;
    this.phase = phase;
    this.retryable = retryable;
    this.hint = hint;
    if (description !== undefined) this.description = description;
    if (uri !== undefined) this.uri = uri;
    if (status !== undefined) this.status = status;
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

/** @param {string} text the JSON text that the module makes of an error */
export function asError(text) {
  return new AuthError(JSON.parse(text));
}

/**
 * What the module threw, as an `AuthError` where it is one of ours; a trap is `internal_error`.
 * @param {any} thrown
 */
export function asThrown(thrown) {
  if (typeof thrown === "string") return asError(thrown);
  if (typeof WebAssembly === "object" && thrown instanceof WebAssembly.RuntimeError) {
    const hint = "This is a fault of the library; please report it.";
    return new AuthError({ code: "internal_error", phase: "request", hint });
  }
  return thrown;
}
