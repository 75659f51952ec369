// An application that is pasted code and nothing else: an empty page, with the package beside it.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";

const DIST = new URL("../../../dist/", import.meta.url);
/** What an app that signs in loads of the package. */
const FILES = ["index.js", "auth-error.js"];
const IMPORT_MAP = '{ "imports": { "space-auth-wasm": "/dist/index.js" } }';

/** @param {string} code */
const page = (code) => `<!doctype html>
<script type="importmap">${IMPORT_MAP}</script>
<script type="module">${code}</script>`;

/** An origin of its own: Playwright cannot take the place of a page that a redirect leads to. */
export async function startPasted() {
  let code = "";
  const library = new Map();
  for (const name of FILES) library.set(`/dist/${name}`, await readFile(new URL(name, DIST)));
  const server = createServer((req, res) => {
    const { pathname } = new URL(req.url, "http://localhost");
    const html = { "Content-Type": "text/html; charset=utf-8" };
    if (pathname === "/") return res.writeHead(200, html).end(page(code));
    if (!library.has(pathname)) return res.writeHead(404).end();
    return res.writeHead(200, { "Content-Type": "text/javascript" }).end(library.get(pathname));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    /** The only page, and its redirect URI. */
    url: `http://localhost:${server.address().port}/`,
    /** Has the page run this code. @param {string} text */
    paste(text) {
      code = text;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
