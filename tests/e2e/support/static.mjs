// A static host: it has files below a path, and knows of nothing else.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import path from "node:path";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".json": "application/json",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/**
 * @param {string} folder
 * @param {string} prefix the path of the folder on the host, with a slash at both ends
 */
export async function startStatic(folder, prefix) {
  /** The paths that were asked for in vain. @type {string[]} */
  const missing = [];
  const server = createServer(async (req, res) => {
    const { pathname } = new URL(req.url, "http://localhost");
    const name = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    try {
      if (!name.startsWith(prefix)) throw new Error("Not of this folder");
      const body = await readFile(path.join(folder, name.slice(prefix.length)));
      res
        .writeHead(200, { "Content-Type": TYPES[path.extname(name)] ?? "application/octet-stream" })
        .end(body);
    } catch {
      missing.push(pathname);
      res.writeHead(404, { "Content-Type": "text/html" }).end("<!doctype html><title>Not found</title>");
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://localhost:${server.address().port}${prefix}`,
    missing,
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
