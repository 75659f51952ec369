// An application's origin: a blank page with an import map and a strict policy, and the package beside it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { serve } from "./serve.mjs";

const DIST = "/node_modules/space-auth-wasm/dist";
const IMPORT_MAP = JSON.stringify({
  imports: { "space-auth-wasm": `${DIST}/index.js`, "space-auth-wasm/apps": `${DIST}/apps.js` },
});
const HASH = createHash("sha256").update(IMPORT_MAP).digest("base64");
const HELPERS = new URL("./page.js", import.meta.url);

const page = (head) => `<!doctype html><html lang="en"><head><meta charset="utf-8">${head}<title>App</title>
<link rel="icon" href="data:,"><script type="importmap">${IMPORT_MAP}</script>
<script src="/page.js"></script></head><body></body></html>`;

const policy = (connect) =>
  [
    "default-src 'none'",
    `script-src 'self' 'wasm-unsafe-eval' 'sha256-${HASH}'`,
    "img-src data:",
    `connect-src ${connect}`,
    "frame-src 'self'",
    "base-uri *",
  ].join("; ");

/** A worker that says when it runs. */
const WORKER = "postMessage(0);";

async function read(folder, pathname) {
  if (pathname === "/page.js") return readFile(HELPERS);
  if (pathname === "/worker.js") return WORKER;
  return readFile(path.join(folder, path.normalize(pathname)));
}

/**
 * Serves the folder's `node_modules`, and the blank page at every other path. Pages under `/open` may connect
 * anywhere, so that what keeps a token back there is the library and not the policy.
 * @param {string} folder
 */
export async function startApp(folder) {
  const listener = async (req, res) => {
    const { pathname } = new URL(req.url, "http://localhost");
    try {
      if (/^\/(page\.js|worker\.js|node_modules\/.*)$/.test(pathname)) {
        const body = await read(folder, pathname);
        // Pages in a sandbox have an opaque origin, for which this one is another.
        const headers = { "Content-Type": "text/javascript", "Access-Control-Allow-Origin": "*" };
        return res.writeHead(200, headers).end(body);
      }
    } catch {
      return res.writeHead(404).end();
    }
    const connect = pathname.startsWith("/open") ? "*" : "'self' http://localhost:* http://127.0.0.1:*";
    const headers = { "Content-Type": "text/html; charset=utf-8", "Cache-Control": "no-store" };
    res.writeHead(200, { ...headers, "Content-Security-Policy": policy(connect) });
    return res.end(page(""));
  };
  return serve(listener, { maxHeaderSize: 1 << 20 });
}
