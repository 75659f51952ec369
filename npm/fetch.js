import { AuthError } from "./auth-error.js";
import { allows, parsed } from "./endpoint.js";
import { bodySaysInvalidToken, headerSaysInvalidToken } from "./challenge.js";
import { textOf } from "./host/send.js";
import { unlessAborted, within } from "./host/waiting.js";

/** Milliseconds that a token must still be good for to be sent. */
export const MIN_VALIDITY = 30_000;

/**
 * `fetch` with the access token (RFC 6750 section 2.1): only to allowed places, one credential per request, one
 * repetition after a 401 that says `invalid_token`.
 *
 * Input and options are read once, into a `Request`, which is then judged and sent itself.
 * @param {import("./handle.js").Handle} handle
 * @param {any} input
 * @param {any} init
 */
export async function authorizedFetch(handle, input, init) {
  const { base, allowed } = handle.client;
  const isStream = init?.body instanceof ReadableStream;
  const request = snapshot(base, input, init);
  if (!allows(allowed, request.url)) throw notAllowed();
  if (request.mode === "no-cors" || request.mode === "navigate") {
    const hint = `\`mode: "${request.mode}"\` cannot carry a token.`;
    throw new AuthError({ code: "unsupported", phase: "request", hint });
  }
  if (handle.summary().hasEnded) {
    throw new AuthError({ code: "not_signed_in", phase: "request" });
  }
  if (await bringsCredential(request)) return fetch(request);

  const token = await unlessAborted(request.signal, handle.accessToken(MIN_VALIDITY));
  const again = request.body === null ? request : isStream ? undefined : request.clone();
  const response = await send(request, token);
  if (!again || response.status !== 401 || !(await saysInvalidToken(response, handle.client.timeout)))
    return response;

  try {
    return await send(again, await unlessAborted(request.signal, handle.refresh(token)));
  } catch (thrown) {
    // There is nothing to repeat with: the 401 is the app's to see.
    if (typeof thrown === "string" && JSON.parse(thrown).code === "refresh_unavailable") return response;
    throw thrown;
  }
}

function notAllowed() {
  return new AuthError({ code: "origin_not_allowed", phase: "request" });
}

/**
 * One `Request` of what the caller gave; relative URLs resolve against `base`, never against `<base>`.
 * @param {string} base
 * @param {any} input
 * @param {any} init
 */
function snapshot(base, input, init) {
  // Of whatever realm; `new Request` itself decides whether it truly is one.
  if (Object.prototype.toString.call(input) === "[object Request]") return new Request(input, init);
  const url = parsed(String(input), base);
  if (!url) throw notAllowed();
  return new Request(url.href, init);
}

/**
 * Whether the caller brings a credential: a header, or `access_token` in the query or a form body. Then none is
 * added, since a request carries one only (RFC 6750 section 2).
 * @param {Request} request
 */
async function bringsCredential(request) {
  if (request.headers.has("authorization") || new URL(request.url).searchParams.has("access_token"))
    return true;
  const isForm = /^application\/x-www-form-urlencoded/i.test(request.headers.get("content-type") ?? "");
  return (
    isForm && request.body !== null && new URLSearchParams(await request.clone().text()).has("access_token")
  );
}

/**
 * @param {Request} request
 * @param {string} token
 */
function send(request, token) {
  request.headers.set("authorization", `Bearer ${token}`);
  return fetch(request);
}

/**
 * By its header, or, where another origin does not expose that, by a copy of its body.
 * @param {Response} response
 * @param {number} timeout milliseconds that the body may take
 */
async function saysInvalidToken(response, timeout) {
  const header = response.headers.get("www-authenticate");
  if (header !== null) return headerSaysInvalidToken(header);
  return bodySaysInvalidToken(await within(timeout, textOf(response.clone())).catch(() => ""));
}
