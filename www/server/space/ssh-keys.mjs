import { createHash } from "node:crypto";
import { invalid } from "./api-error.mjs";

const TYPES = [
  "ssh-ed25519",
  "ssh-rsa",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "sk-ssh-ed25519@openssh.com",
  "sk-ecdsa-sha2-nistp256@openssh.com",
];

const LINE = /^(\S+) +([A-Za-z0-9+/]+={0,2})(?: +(.*))?$/;

// A key is a row of byte strings, each after its length (RFC 4251 section 5); undefined if it is not.
function split(blob) {
  const parts = [];
  for (let at = 0; at < blob.length;) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    parts.push(blob.subarray(at + 4, end));
    at = end;
  }
  return parts;
}

const md5 = (blob) => createHash("md5").update(blob).digest("hex").match(/../g).join(":");
const sha256 = (blob) => createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");

/**
 * Reads a public key of SSH, as a `.pub` file has it on its one line.
 * @param {unknown} text
 * @returns {{ publicKey: string, fingerprint: string, sha256fingerprint: string, comment: string }}
 */
export function parseSshKey(text) {
  if (typeof text !== "string" || !text.trim()) throw invalid("publicKey is missing");
  const [, type, encoded, comment = ""] = LINE.exec(text.trim()) ?? [];
  if (!TYPES.includes(type)) throw invalid("publicKey is not a public key of SSH");
  const blob = Buffer.from(encoded, "base64");
  const parts = split(blob);
  if (!parts || parts.length < 2 || parts[0].toString() !== type) throw invalid("publicKey is damaged");
  return {
    publicKey: `${type} ${encoded}`,
    fingerprint: md5(blob),
    sha256fingerprint: `SHA256:${sha256(blob)}`,
    comment,
  };
}
