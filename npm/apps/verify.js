import { AuthError, ownOf, unfit } from "../auth-error.js";
import { call } from "./module.js";
import { plain } from "./plain.js";

/** What a request from Space carries of the one that it is signed by. */
const TIMESTAMP = "x-space-timestamp";
const SIGNATURE = "x-space-signature";
const PUBLIC_KEY_SIGNATURE = "x-space-public-key-signature";

/**
 * The payload of a request if it is from Space, else `null`.
 * @param {any} request
 * @param {any} how
 * @returns {Promise<any>}
 */
export async function verifyRequest(request, how) {
  // Now: what is checked late may be too old.
  const now = Date.now();
  const header = headersOf(request);
  const given = plain(how, "how");
  const body = await bytesOf(request);
  // What is absent must not be found in anyone's `Object.prototype`: it would be a key.
  const checked = ownOf(await call("verification", given));
  const { signingKey, publicKeys, verificationToken, tolerance } = checked;
  if (verificationToken !== undefined) {
    return (await call("hasToken", verificationToken, body)) ? call("payload", body) : null;
  }
  const timestamp = header(TIMESTAMP);
  const signature = header(signingKey === undefined ? PUBLIC_KEY_SIGNATURE : SIGNATURE);
  if (timestamp === undefined || signature === undefined) return null;
  if (!(await call("isTimely", timestamp, now, tolerance))) return null;
  const isAuthentic =
    signingKey === undefined
      ? await isSignedByAny(publicKeys, timestamp, body, signature)
      : await call("isSigned", signingKey, timestamp, body, signature);
  return isAuthentic ? call("payload", body) : null;
}

/**
 * Whether one of the keys has signed timestamp and body (RSASSA-PKCS1-v1_5 with SHA-512, RFC 8017 section 8.2).
 * @param {JsonWebKey[]} keys
 * @param {string} timestamp
 * @param {Uint8Array} body
 * @param {string} signature
 */
async function isSignedByAny(keys, timestamp, body, signature) {
  const subtle = globalThis.crypto?.subtle;
  if (!subtle) {
    const hint =
      "Signatures by public key need `crypto.subtle`, which browsers offer on https and loopback only.";
    throw new AuthError({ code: "unsupported", phase: "request", hint });
  }
  const bytes = decoded(signature);
  if (!bytes) return false;
  const prefix = new TextEncoder().encode(`${timestamp}:`);
  const message = new Uint8Array(prefix.length + body.length);
  message.set(prefix);
  message.set(body, prefix.length);
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-512" };
  for (const jwk of keys) {
    const verified = subtle
      .importKey("jwk", jwk, algorithm, false, ["verify"])
      .then((key) => subtle.verify(algorithm, key, bytes, message));
    // Platforms have limits of their own: a key that this one cannot use must not stand in the way of the others.
    if (await verified.catch(() => false)) return true;
  }
  return false;
}

/**
 * The bytes of base64 as it must be written (RFC 4648 section 4): with its padding, and nothing in between.
 * @param {string} text
 */
function decoded(text) {
  try {
    const binary = atob(text);
    if (btoa(binary) === text) return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    // No base64.
  }
}

/**
 * Finds the one value of a header, in a `Headers`, an object as Node has it, or a list of pairs. A header that is there
 * twice is as good as none: nobody can say which of them another reader would take.
 * @param {any} request
 * @returns {(name: string) => string | undefined}
 */
function headersOf(request) {
  const { headers } = Object(request);
  if (typeof headers !== "object" || headers === null) throw unfit("request", "have `headers`");
  const pairs = Array.from(Symbol.iterator in headers ? headers : Object.entries(headers), (pair) => [
    String(pair?.[0]).toLowerCase(),
    pair?.[1],
  ]);
  return (name) => {
    const values = pairs.filter(([given]) => given === name).flatMap(([, value]) => value);
    return values.length === 1 && typeof values[0] === "string" ? values[0] : undefined;
  };
}

/**
 * A copy of the bytes of the body, just as they arrived. Taken at once: the caller may use its buffer, or read its
 * request, as soon as it has called.
 * @param {any} request
 * @returns {Promise<Uint8Array>}
 */
async function bytesOf(request) {
  if (typeof request.arrayBuffer === "function") {
    if (request.bodyUsed || request.body?.locked) throw unfit("request", "be given before its body is read");
    return new Uint8Array(await request.clone().arrayBuffer());
  }
  const { body } = request;
  if (typeof body === "string") return new TextEncoder().encode(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body).slice();
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  throw unfit("body", "be the text or the bytes that arrived; a parsed body cannot be verified");
}
