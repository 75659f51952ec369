import { ownOf } from "../auth-error.js";
import { deadline, pause } from "./waiting.js";

/** The largest answer that is read: 1 MiB. */
const LARGEST = 1 << 20;

/** How often a request is sent again after an answer that says it was not even looked at. */
const REPETITIONS = 2;

/**
 * Sends a form by POST, or asks by GET where there is none. No redirect is followed, no cookie goes along, nothing is
 * cached, no referrer is told. The deadline covers the body, and the repetitions. Gives a JSON text, or "timeout";
 * rejects for every other failure.
 * @param {{
 *   url: string, authorization?: string, body?: string, keepalive?: boolean, isRepeatable?: boolean, timeout: number,
 * }} effect
 * @returns {Promise<string>}
 */
export async function send({ url, authorization, body, keepalive, isRepeatable, timeout }) {
  const { signal, end } = deadline(timeout);
  const latest = Date.now() + timeout;
  /** @type {Record<string, string>} */
  const headers = ownOf({ accept: "application/json" });
  if (body !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  if (authorization !== undefined) headers.authorization = authorization;
  /** @type {RequestInit} */
  const init = ownOf({
    method: body && "POST",
    redirect: "error",
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    headers,
    body,
    keepalive,
    signal,
  });
  try {
    for (let repetition = 0; ; repetition++) {
      const response = await fetch(url, init);
      const { status, headers } = response;
      // A refresh that met a 503 may have been carried out all the same; a revocation or a GET does no harm twice.
      const isBusy = status === 429 || (status === 503 && (keepalive || body === undefined));
      const wait =
        isRepeatable && isBusy && repetition < REPETITIONS ? pauseAfter(headers, repetition) : Infinity;
      if (Date.now() + wait >= latest) {
        const contentType = headers.get("content-type") ?? "";
        return JSON.stringify({ status, contentType, body: await textOf(response) });
      }
      response.body?.cancel().catch(() => {});
      await pause(wait);
    }
  } catch (failure) {
    if (signal.aborted) return "timeout";
    throw failure;
  } finally {
    end();
  }
}

/**
 * Milliseconds to wait before the next try (RFC 6585 section 4, RFC 9110 section 10.2.3): what the server says, else
 * growing ones; a little longer at random, so that not all come back at once.
 * @param {Headers} headers
 * @param {number} repetition
 */
function pauseAfter(headers, repetition) {
  const said = headers.get("retry-after") ?? "";
  const until = /^\d+$/.test(said) ? 1_000 * Number(said) : Date.parse(said) - Date.now();
  return Math.max(until || 500 * 2 ** repetition, 0) + 500 * Math.random();
}

/**
 * The body as text: empty when it is too large, of which the rest is not read, or no UTF-8, and so no JSON.
 * @param {Response} response
 */
export async function textOf(response) {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let length = 0;
  let text = "";
  for (;;) {
    const chunk = (await reader?.read())?.value;
    length += chunk?.length ?? 0;
    try {
      if (length > LARGEST) throw new RangeError("too large");
      text += decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      reader?.cancel().catch(() => {});
      return "";
    }
    if (!chunk) return text;
  }
}
