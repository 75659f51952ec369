// URLs that decide something, by the browser's own parser: the very one that `fetch` uses.

import { invalidConfiguration } from "./auth-error.js";

/** This very machine, where plain http is no risk. @param {URL} url */
const isLoopback = ({ hostname }) =>
  /^(.+\.)?localhost$/.test(hostname) || hostname === "[::1]" || /^127\.[\d.]+$/.test(hostname);

/**
 * The absolute URL in an option.
 * @param {string | URL} text
 * @param {string} option named in the hint when it is refused
 */
export function absolute(text, option) {
  let url;
  try {
    url = new URL(text);
  } catch {
    throw invalidConfiguration(`\`${option}\` must be an absolute URL.`);
  }
  if (url.username || url.password) {
    throw invalidConfiguration(`\`${option}\` must not hold a user name or password.`);
  }
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
  const url = absolute(text, option);
  const { href, protocol } = url;
  const isSafe = protocol === "https:" || (protocol === "http:" && (allowHttp || isLoopback(url)));
  const wrong = href.includes("#")
    ? "have no fragment"
    : !isSafe && "be https; `allowHttp: true` permits http on an intranet";
  if (wrong) throw invalidConfiguration(`\`${option}\` must ${wrong}.`);
  return href;
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
 * Where tokens may be sent: origins and paths, the latter without their last slash.
 * @param {readonly (string | URL)[]} api
 * @param {boolean} [allowHttp]
 */
export function allowList(api, allowHttp) {
  return api.map((entry) => {
    const { origin, pathname, href } = new URL(endpoint(entry, "api", allowHttp));
    if (href.includes("?")) throw invalidConfiguration("`api` must not hold a query.");
    return { origin, path: pathname.replace(/\/$/, "") };
  });
}

/**
 * Whether an address has an allowed origin and stands at or below its path, on whole segments.
 * @param {{ origin: string, path: string }[]} allowed
 * @param {string} address as the URL parser writes it
 */
export function allows(allowed, address) {
  const { protocol, origin, pathname, username, password } = new URL(address);
  // A blob: URL has the origin of its maker, but is no request to it.
  if (!/^https?:$/.test(protocol) || username || password) return false;
  return allowed.some((entry) => entry.origin === origin && `${pathname}/`.startsWith(`${entry.path}/`));
}
