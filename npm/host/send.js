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
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  const end = Date.now() + timeout;
  // A refresh that met a 503 may have been carried out all the same; a revocation or a GET does no harm twice.
  const busy = keepalive || body === undefined ? [429, 503] : [429];
  /** @type {Record<string, string>} */
  const headers = Object.create(null);
  headers.accept = "application/json";
  if (body !== undefined) headers["content-type"] = "application/x-www-form-urlencoded";
  if (authorization !== undefined) headers.authorization = authorization;
  // Without a prototype, nobody's `Object.prototype` adds an option.
  /** @type {RequestInit} */
  const init = Object.assign(Object.create(null), {
    method: body === undefined ? "GET" : "POST",
    mode: "cors",
    redirect: "error",
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    headers,
    body,
    keepalive,
    signal: deadline.signal,
  });
  try {
    for (let repetition = 0; ; repetition++) {
      const response = await fetch(url, init);
      const pause =
        isRepeatable && repetition < REPETITIONS ? pauseAfter(response, repetition, busy) : undefined;
      if (pause === undefined || Date.now() + pause >= end) {
        const { status, headers } = response;
        const contentType = headers.get("content-type") ?? "";
        return JSON.stringify({ status, contentType, body: await textOf(response) });
      }
      response.body?.cancel().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  } catch (failure) {
    if (deadline.signal.aborted) return "timeout";
    throw failure;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Milliseconds to wait before the next try, if the server asks for that (RFC 6585 section 4, RFC 9110 section 10.2.3):
 * what it says, else growing ones; a little longer at random, so that not all come back at once.
 * @param {Response} response
 * @param {number} repetition
 * @param {number[]} statuses that say so
 */
function pauseAfter({ status, headers }, repetition, statuses) {
  if (!statuses.includes(status)) return undefined;
  const said = headers.get("retry-after") ?? "";
  const until = /^\d+$/.test(said) ? 1_000 * Number(said) : Date.parse(said) - Date.now();
  return Math.max(until || 500 * 2 ** repetition, 0) + 500 * Math.random();
}

/**
 * The body as text: empty when it is too large or no UTF-8, and so no JSON.
 * @param {Response} response
 */
export async function textOf(response) {
  const bytes = await capped(response);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes ?? undefined);
  } catch {
    return "";
  }
}

/**
 * The body; null when it is too large, of which the rest is not read.
 * @param {Response} response
 */
async function capped(response) {
  const reader = response.body?.getReader();
  /** @type {Uint8Array[]} */
  const chunks = [];
  let length = 0;
  for (;;) {
    const chunk = await reader?.read();
    if (!chunk?.value) break;
    length += chunk.value.length;
    if (length > LARGEST) {
      reader?.cancel().catch(() => {});
      return null;
    }
    chunks.push(chunk.value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
