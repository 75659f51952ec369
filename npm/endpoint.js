// URLs that decide something, by the browser's own parser: the very one that `fetch` uses.

import { unfit } from "./auth-error.js";

/** The names of this very machine, where plain http is no risk. */
const LOOPBACK = /^((.+\.)?localhost|\[::1\]|127\.[\d.]+)$/;

/**
 * The URL that a text stands for; undefined if it is none, or holds a user name or password.
 * @param {string | URL} text
 * @param {string} [base]
 */
export function parsed(text, base) {
  try {
    const url = new URL(text, base);
    if (!url.username && !url.password) return url;
  } catch {
    // No URL.
  }
}

/**
 * The absolute URL in an option.
 * @param {string | URL} text
 * @param {string} option named in the hint when it is refused
 */
export function absolute(text, option) {
  const url = parsed(text);
  if (!url) throw unfit(option, "be an absolute URL without user name and password");
  return url;
}

/**
 * A URL that may receive a secret, as the parser writes it: https, or http to loopback, or any http when allowed; no
 * user name, password or fragment.
 * @param {string | URL} text
 * @param {string} option named in the hint when it is refused
 * @param {boolean} [allowHttp]
 */
export function endpoint(text, option, allowHttp) {
  const { href, protocol, hostname } = absolute(text, option);
  if (href.includes("#")) throw unfit(option, "have no fragment");
  if (protocol === "https:" || (protocol === "http:" && (allowHttp || LOOPBACK.test(hostname)))) return href;
  throw unfit(option, "be https; `allowHttp: true` permits http on an intranet");
}

/**
 * Whether `endpoint` would take it.
 * @param {string} text
 * @param {boolean} [allowHttp]
 */
export function isEndpoint(text, allowHttp) {
  try {
    return Boolean(endpoint(text, "", allowHttp));
  } catch {
    return false;
  }
}

/**
 * Where tokens may be sent: origins and paths, as texts that end in a slash.
 * @param {readonly (string | URL)[]} api
 * @param {boolean} [allowHttp]
 */
export function allowList(api, allowHttp) {
  return api.map((entry) => {
    const href = endpoint(entry, "api", allowHttp);
    if (href.includes("?")) throw unfit("api", "have no query");
    return href.replace(/\/?$/, "/");
  });
}

/**
 * Whether an address has an allowed origin and stands at or below its path. The slashes see to it that whole origins and
 * whole segments are compared: a user name, a longer host or a longer segment would stand before the slash.
 * @param {string[]} allowed
 * @param {string} address as the URL parser writes it
 */
export const allows = (allowed, address) =>
  allowed.some((start) => `${address.split(/[?#]/)[0]}/`.startsWith(start));
