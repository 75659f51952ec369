/** The largest answer that is read: 1 MiB. */
const LARGEST = 1 << 20;

/**
 * Sends a form by POST, once. No redirect is followed, no cookie goes along, nothing is cached, no referrer is told.
 * The deadline covers the body. Rejects with true when the time is over, with false for every other failure.
 * @param {string} url
 * @param {string | undefined} authorization
 * @param {string} body
 * @param {boolean} keepalive
 * @param {number} timeout milliseconds
 * @returns {Promise<[status: number, contentType: string, body: Uint8Array | null]>}
 */
export async function send(url, authorization, body, keepalive, timeout) {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeout);
  /** @type {Record<string, string>} */
  const headers = Object.create(null);
  headers.accept = "application/json";
  headers["content-type"] = "application/x-www-form-urlencoded";
  if (authorization !== undefined) headers.authorization = authorization;
  // Without a prototype, nobody's `Object.prototype` adds an option.
  /** @type {RequestInit} */
  const init = Object.assign(Object.create(null), {
    method: "POST",
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
    const response = await fetch(url, init);
    return [response.status, response.headers.get("content-type") ?? "", await capped(response)];
  } catch {
    throw deadline.signal.aborted;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The body; null when it is too large, of which the rest is not read.
 * @param {Response} response
 */
export async function capped(response) {
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
