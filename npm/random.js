import { AuthError } from "./auth-error.js";

/** 256 random bits as 43 characters, which serve as state, nonce, verifier and name alike. */
export function random() {
  const bytes = new Uint8Array(32);
  try {
    crypto.getRandomValues(bytes);
  } catch {
    const hint = "There is no `crypto.getRandomValues` here.";
    throw new AuthError({ code: "unsupported", phase: "authorize", hint });
  }
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replace("=", "");
}

/** @param {Uint8Array} bytes */
export const base64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
