// A server of this machine, at a port that is free.
import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @param {import("node:http").RequestListener} listener
 * @param {import("node:http").ServerOptions} [options]
 */
export async function serve(listener, options = {}) {
  const server = createServer(options, listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  return {
    port,
    origin: `http://localhost:${port}`,
    /** Whoever is still connected is cut off. */
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
