// What the playground's page may do. It is said in a header by the development server, and in the
// page itself where a static host knows no such header.
import { createHash } from "node:crypto";

const IMPORT_MAP = /<script type="importmap">([\s\S]*?)<\/script>/;

/**
 * Browsers take import maps only inline, so the policy has to name this one by its hash.
 * @param {string} html
 */
function importMapSource(html) {
  const source = IMPORT_MAP.exec(html)?.[1];
  if (source === undefined) throw new Error("index.html has no import map");
  return `'sha256-${createHash("sha256").update(source).digest("base64")}'`;
}

/**
 * The page runs its own code only, but may ask any authorization server: the reader names it.
 * @param {string} html the page
 * @param {string[]} [servers] the origins of those that are known beforehand
 */
export function contentSecurityPolicy(html, servers = []) {
  const anywhere = ["'self'", ...servers, "https:", "http:"].join(" ");
  return [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' ${importMapSource(html)}`,
    "style-src 'self'",
    "img-src 'self'",
    `connect-src ${anywhere}`,
    // Silent sign-in asks in a hidden frame.
    `frame-src ${anywhere}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}
