import { invalidConfiguration, unfit } from "./auth-error.js";
import { allowList, endpoint, isEndpoint } from "./endpoint.js";
import { origin } from "./host/page.js";
import { join } from "./scope.js";

/**
 * What each option must be. A check says in words what is missing, or nothing.
 * @typedef {(value: any) => string | false} Check
 */

// A lone surrogate cannot be encoded, so that it would arrive as something else.
const isText = (/** @type {unknown} */ value) => typeof value === "string" && !/\p{Cs}/u.test(value);
const isAddress = (/** @type {unknown} */ value) => isText(value) || value instanceof URL;

/** @type {Check} */
export const text = (value) => !isText(value) && "a well-formed string";
/** @type {Check} */
export const word = (value) => !(isText(value) && value) && "a well-formed string that is not empty";
/** @type {Check} */
export const flag = (value) => typeof value !== "boolean" && "true or false";
/** @type {(...words: string[]) => Check} */
export const oneOf =
  (...words) =>
  (value) =>
    !words.includes(value) && `one of: ${words.join(", ")}`;
/** @type {Check} */
const address = (value) => !isAddress(value) && "a string or a URL";
/** @type {Check} */
const abortSignal = (value) => typeof value.addEventListener !== "function" && "an AbortSignal";
/** @type {Check} */
const texts = (value) =>
  !(typeof value === "object" && value !== null && Object.entries(value).flat().every(isText)) &&
  "an object of well-formed strings";

const LONGEST = 2 ** 31 - 1;

/** @type {Check} */
export const milliseconds = (value) =>
  !(value >= 0 && value <= LONGEST) && "a number of milliseconds, at most 2147483647";

/** Those of every function; what one demands, it adds itself. @type {Record<string, Check>} */
const OPTIONS = {
  clientId: word,
  clientSecret: text,
  scope: (value) => ![value].flat().every(isText) && "a string or a list of strings",
  baseUrl: address,
  api: (value) => !(Array.isArray(value) && value.every(isAddress)) && "a list of URLs",
  allowHttp: flag,
  refreshAhead: milliseconds,
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
  kind: oneOf("access_token", "refresh_token"),
  subject: oneOf("user", "application"),
};

/** @type {Record<string, Check>} */
const SERVER = {
  issuer: text,
  authorizationEndpoint: text,
  tokenEndpoint: word,
  revocationEndpoint: text,
  endSessionEndpoint: text,
  userinfoEndpoint: text,
  jwksUri: text,
  apiBase: text,
  defaultScope: text,
  clientAuthentication: oneOf("basic", "body"),
  passwordAuthentication: oneOf("basic", "body"),
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
 * The value, if it passes the check.
 * @param {string} name
 * @param {any} value
 * @param {Check} check
 */
export function must(name, value, check) {
  const missing = check(value);
  if (missing) throw unfit(name, `be ${missing}`);
  return value;
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
    copy[name] = must(name, value, check);
  }
  return copy;
}

/** Milliseconds for one request to the authorization server. */
const TIMEOUT = 10_000;

/**
 * The options, checked, but for their addresses.
 * @param {any} options
 * @param {Record<string, Check>} required
 */
export function known(options, required) {
  const copy = checked(options, { ...OPTIONS, ...required });
  for (const name of Object.keys(required)) {
    if (copy[name] === undefined) throw unfit(name, "be given");
  }
  if (copy.clientSecret) warnOfSecret();
  // Twice as long is a timer's time, too.
  copy.timeout = Math.min(Math.ceil(copy.timeout ?? TIMEOUT), 1e9);
  const appState = own(options, "appState");
  if (appState !== undefined) copy.appState = appStateText(appState);
  return copy;
}

/**
 * What is known of a server, checked, but for its addresses.
 * @param {any} given
 */
export const knownServer = (given) => checked(given, SERVER);

/**
 * The options with the server and the scope; addresses that decide something as the parser writes them.
 * @param {any} options
 * @param {any} given the server
 * @param {Record<string, Check>} [required]
 */
export function knownClient(options, given, required = { clientId: word }) {
  const copy = known(options, required);
  const server = knownServer(given);
  if (!server.tokenEndpoint) throw unfit("server", "have a `tokenEndpoint`");
  for (const name of Object.keys(server)) {
    if (/(Endpoint|Uri)$/.test(name)) server[name] = endpoint(server[name], name, copy.allowHttp);
  }
  const { api, allowHttp, baseUrl = server.apiBase } = copy;
  const base = baseUrl === undefined ? origin() : endpoint(baseUrl, "baseUrl", allowHttp);
  // The page's own origin may be a plain-http one, to which no token goes.
  const origins = [isEndpoint(base, allowHttp) && new URL(base).origin, server.userinfoEndpoint];
  const scope = copy.scope ?? server.defaultScope ?? "";
  return Object.assign(copy, {
    server,
    scope: join([scope].flat()),
    // What relative API addresses resolve against: a folder, since resolving drops what follows the last slash.
    base: /\?|\/$/.test(base) ? base : `${base}/`,
    allowed: allowList(api ?? origins.filter(Boolean), allowHttp),
  });
}

/**
 * What the module must know of a client.
 * @param {any} client
 */
export const forModule = ({ server, clientId = "", clientSecret, scope, timeout, isApplication }) => ({
  tokenEndpoint: server.tokenEndpoint,
  isSpaceLike: server.offline === "access_type",
  secretInBody: server.clientAuthentication === "body",
  clientId,
  clientSecret: clientSecret || undefined,
  isApplication,
  scope,
  timeout,
});

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
  throw unfit("appState", "be a JSON value");
}

/**
 * The signal in the options.
 * @param {any} options
 * @returns {AbortSignal | undefined}
 */
export function signalOf(options) {
  const signal = own(options, "signal") ?? undefined;
  return signal === undefined ? undefined : must("signal", signal, abortSignal);
}
