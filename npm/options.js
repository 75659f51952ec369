import { invalidConfiguration } from "./auth-error.js";

/**
 * What each option must be. A check says in words what is missing, or nothing.
 * @typedef {(value: any) => string | false} Check
 */

// A lone surrogate cannot be encoded, so that it would arrive as something else.
const isText = (/** @type {unknown} */ value) => typeof value === "string" && !/\p{Cs}/u.test(value);
const isAddress = (/** @type {unknown} */ value) => isText(value) || value instanceof URL;
const isList = (/** @type {unknown} */ value, /** @type {(item: unknown) => boolean} */ check) =>
  Array.isArray(value) && value.every(check);

/** @type {Check} */
const text = (value) => !isText(value) && "a well-formed string";
/** @type {Check} */
const word = (value) => !(isText(value) && value) && "a well-formed string that is not empty";
/** @type {Check} */
const flag = (value) => typeof value !== "boolean" && "true or false";
/** @type {(...words: string[]) => Check} */
const oneOf =
  (...words) =>
  (value) =>
    !words.includes(value) && `one of: ${words.join(", ")}`;
/** @type {Check} */
const address = (value) => !isAddress(value) && "a string or a URL";
/** @type {Check} */
const texts = (value) =>
  !(typeof value === "object" && value !== null && Object.entries(value).flat().every(isText)) &&
  "an object of well-formed strings";

const LONGEST = 2 ** 31 - 1;

/** @type {Check} */
export const milliseconds = (value) =>
  !(value >= 0 && value <= LONGEST) && "a number of milliseconds, at most 2147483647";

/** @type {Record<string, Check>} */
const OPTIONS = {
  clientId: word,
  clientSecret: text,
  scope: (value) => !(isText(value) || isList(value, isText)) && "a string or a list of strings",
  baseUrl: address,
  api: (value) => !isList(value, isAddress) && "a list of URLs",
  allowHttp: flag,
  timeout: (value) => (value === 0 ? "more than 0 milliseconds" : milliseconds(value)),
  redirectUri: text,
  flow: oneOf("code", "implicit"),
  mode: oneOf("redirect", "popup", "silent", "check"),
  accessType: oneOf("online", "offline"),
  requestCredentials: oneOf("default", "required", "skip", "silent"),
  parameters: texts,
  state: word,
  nonce: word,
  codeVerifier: word,
  code: word,
  refreshToken: word,
  token: word,
  kind: oneOf("access_token", "refresh_token"),
  url: word,
};

/** @type {Record<string, Check>} */
const SERVER = {
  issuer: text,
  authorizationEndpoint: text,
  tokenEndpoint: word,
  revocationEndpoint: text,
  endSessionEndpoint: text,
  apiBase: text,
  defaultScope: text,
  clientAuthentication: oneOf("basic", "body"),
  pkce: flag,
  offline: oneOf("access_type", "offline_access", "always", "never"),
  issParameter: flag,
};

/**
 * The object's own property: an inherited one is not the caller's.
 * @param {any} options
 * @param {string} name
 */
export function own(options, name) {
  if (typeof options !== "object" || options === null) {
    throw invalidConfiguration("The options must be an object.");
  }
  return Object.hasOwn(options, name) ? options[name] : undefined;
}

/**
 * Copies what is known, checked.
 * @param {any} options
 * @param {Record<string, Check>} checks
 */
function checked(options, checks) {
  /** @type {any} */
  const copy = Object.create(null);
  for (const [name, check] of Object.entries(checks)) {
    const value = own(options, name);
    if (value === undefined) continue;
    const missing = check(value);
    if (missing) throw invalidConfiguration(`\`${name}\` must be ${missing}.`);
    copy[name] = value;
  }
  return copy;
}

/**
 * The options as the module reads them.
 * @param {any} options
 * @param {any} server
 * @param {string[]} required
 */
export function forModule(options, server, required) {
  const copy = checked(options, OPTIONS);
  for (const name of required) {
    if (copy[name] === undefined) throw invalidConfiguration(`\`${name}\` must be given.`);
  }
  if (server !== undefined) {
    copy.server = checked(server, SERVER);
    if (!copy.server.tokenEndpoint) throw invalidConfiguration("`server` must have a `tokenEndpoint`.");
  }
  if (copy.clientSecret) warnOfSecret();
  if (Array.isArray(copy.scope)) copy.scope = copy.scope.join(" ");
  if (copy.timeout !== undefined) copy.timeout = Math.ceil(copy.timeout);
  const appState = own(options, "appState");
  if (appState !== undefined) copy.appState = appStateText(appState);
  return copy;
}

let warned = false;

/** Some servers know confidential clients only; whoever can read the page can read their secret. */
function warnOfSecret() {
  if (!warned)
    console.warn("space-auth-wasm: a `clientSecret` in a browser is no secret; prefer a public client.");
  warned = true;
}

/** @param {unknown} value */
function appStateText(value) {
  try {
    const text = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch {
    // Cyclic, or holding a BigInt.
  }
  throw invalidConfiguration("`appState` must be a JSON value.");
}

/**
 * The signal in the options.
 * @param {any} options
 * @returns {AbortSignal | undefined}
 */
export function signalOf(options) {
  const signal = own(options, "signal") ?? undefined;
  if (signal !== undefined && typeof signal?.addEventListener !== "function") {
    throw invalidConfiguration("`signal` must be an AbortSignal.");
  }
  return signal;
}
