/** The largest answer that is read: 1 MiB. */
const LARGEST = 1 << 20;

/**
 * Sends a form by POST, once. No redirect is followed, no cookie goes along, nothing is cached, no referrer is told.
 * The deadline covers the body. Gives a JSON text, or "timeout"; rejects for every other failure.
 * @param {{ url: string, authorization?: string, body: string, keepalive: boolean, timeout: number }} effect
 * @returns {Promise<string>}
 */
export async function send({ url, authorization, body, keepalive, timeout }) {
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
    const { status, headers } = response;
    return JSON.stringify({
      status,
      contentType: headers.get("content-type") ?? "",
      body: await textOf(response),
    });
  } catch (failure) {
    if (deadline.signal.aborted) return "timeout";
    throw failure;
  } finally {
    clearTimeout(timer);
  }
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
