// An origin whose service worker is the endpoint of an application, with the package as its users get it.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "./serve.mjs";

const tests = fileURLToPath(new URL("../..", import.meta.url));
const HEADERS = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'; img-src data:",
  "Cache-Control": "no-store",
  "X-Content-Type-Options": "nosniff",
};
const PAGE = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Endpoint</title><link rel="icon" href="data:,">`;
const TYPES = { ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json" };

/** @param {string} folder where the package is unpacked */
export function startEndpoint(folder) {
  const places = {
    "/dist/": path.join(folder, "node_modules/space-auth-wasm/dist"),
    "/verification/": path.join(tests, "verification"),
    "/vectors/": path.join(tests, "vectors"),
  };
  return serve(async (req, res) => {
    const { pathname } = new URL(req.url, "http://localhost");
    const place = Object.keys(places).find((start) => pathname.startsWith(start));
    if (pathname === "/") return res.writeHead(200, { ...HEADERS, "Content-Type": "text/html" }).end(PAGE);
    try {
      const name = path.basename(pathname);
      const headers = { ...HEADERS, "Content-Type": TYPES[path.extname(name)] };
      // The worker is to be in charge of the whole origin, wherever its script lies.
      if (name === "service-worker.mjs") headers["Service-Worker-Allowed"] = "/";
      const body = await readFile(path.join(places[place], name));
      return res.writeHead(200, headers).end(body);
    } catch {
      // What reaches the server was not for the worker.
      return res.writeHead(404, HEADERS).end();
    }
  });
}
