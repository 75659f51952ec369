// The development server: the playground on one origin, the embedded authorization server on
// another, as an application and its authorization server are apart in real life.
import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import express from "express";
import { isPageFile, PAGES, readPage } from "./page-files.mjs";
import { contentSecurityPolicy } from "./policy.mjs";
import { startServer } from "./server/index.mjs";

const HOSTS = ["localhost", "127.0.0.1"];
const ATTEMPTS = 20;

/**
 * Calls `listen` with `port` and, while it is taken, with the ones after it.
 * @template T
 * @param {number} port
 * @param {(port: number) => Promise<T>} listen
 * @returns {Promise<T>}
 */
async function onFreePort(port, listen) {
  for (let attempt = 1; ; attempt += 1, port += 1) {
    try {
      return await listen(port);
    } catch (error) {
      // A privileged or reserved port says EACCES; there the next one is no better.
      if (error.code !== "EADDRINUSE" || attempt === ATTEMPTS) throw error;
    }
  }
}

/** @param {number} port */
async function listenOn(port) {
  const listener = createServer();
  // As in the embedded server: "localhost" alone might mean ::1 and leave 127.0.0.1 unanswered.
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");
  return listener;
}

function createApp({ root, serverUrl }) {
  const www = path.join(root, "www");
  const app = express();
  app.disable("x-powered-by");

  // A foreign name that resolves to this machine would be an origin that nobody registered.
  app.use((req, res, next) => {
    if (HOSTS.includes(req.hostname)) return next();
    return res.status(421).type("text").send("The playground is reached as localhost or 127.0.0.1 only.");
  });

  app.use((req, res, next) => {
    res.set({
      "Cache-Control": "no-cache",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
    });
    next();
  });

  for (const page of PAGES) {
    // Read each time, so that a change to the page needs no restart.
    app.get(`/${page}`, async (req, res) => {
      // What a page names relative to itself is found from its folder alone.
      if (!req.path.endsWith("/")) return res.redirect(`/${page}`);
      const html = await readPage(www, page);
      // After a silent sign-in the page is in a hidden frame of its own.
      const policy = `${contentSecurityPolicy(html, [serverUrl])}; frame-ancestors 'self'`;
      return res.set("Content-Security-Policy", policy).type("html").send(html);
    });

    // Only the bare address is a registered redirect URI.
    app.get(`/${page}index.html`, (req, res) => res.redirect(`/${page}`));
  }

  app.get("/playground.json", (req, res) => res.json({ server: serverUrl }));

  const files = { index: false, redirect: false, cacheControl: false };
  const pageFiles = express.static(www, files);
  app.use((req, res, next) => (isPageFile(req.path.slice(1)) ? pageFiles(req, res, next) : next()));
  app.use("/dist", express.static(path.join(root, "dist"), files));

  app.use((req, res) => {
    const hint = req.path.startsWith("/dist/") ? " The package is built by: npm run build" : "";
    res.status(404).type("text").send(`There is nothing at this address.${hint}`);
  });
  return app;
}

/**
 * Starts the playground together with an embedded authorization server that knows it.
 * A port that is taken is replaced by the next free one, 0 by any free one.
 * @param {object} [options]
 * @param {number} [options.port]
 * @param {number} [options.serverPort] of the embedded authorization server
 * @param {"localhost" | "127.0.0.1"} [options.host] how both call themselves in their URLs
 * @param {string} [options.root] the directory that has `www` and `dist`
 */
export async function serve({
  port = 8080,
  serverPort = 8081,
  host = "localhost",
  root = fileURLToPath(new URL("..", import.meta.url)),
} = {}) {
  const listener = await onFreePort(port, listenOn);
  const stop = async () => {
    const closed = once(listener, "close");
    listener.close();
    listener.closeAllConnections();
    await closed;
  };

  const { port: actualPort } = /** @type {import("node:net").AddressInfo} */ (listener.address());
  let server;
  try {
    const redirectUris = HOSTS.flatMap((name) => PAGES.map((page) => `http://${name}:${actualPort}/${page}`));
    server = await onFreePort(serverPort, (free) => startServer({ port: free, host, redirectUris }));
  } catch (error) {
    await stop();
    throw error;
  }
  listener.on("request", createApp({ root, serverUrl: server.url }));

  return {
    url: `http://${host}:${actualPort}/`,
    server,
    async close() {
      await Promise.all([stop(), server.close()]);
    },
  };
}
