// A third authorization server for the tests, in another language: Authlib, which others wrote for Python. Unlike
// the second it has the implicit, the password and the client credentials grant, and clients with a secret.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { ensurePython } from "../../scripts/lib/tools.mjs";

const PROGRAM = fileURLToPath(new URL("./authlib", import.meta.url));

/** The users who can log in: passwords by login. */
export const USERS = Object.freeze({ alice: "alice-password", bob: "bob-password" });

/** The clients, each with its own way to authenticate. */
export const CLIENTS = Object.freeze({
  spa: Object.freeze({ clientId: "spa", authentication: "none" }),
  basic: Object.freeze({
    clientId: "basic",
    // What RFC 6749 section 2.3.1 wants encoded, but for a space, whose plus sign Authlib does not decode.
    clientSecret: "basic:secret/1+1%41ü",
    authentication: "client_secret_basic",
  }),
  body: Object.freeze({
    clientId: "body",
    clientSecret: "body secret/1+1%41ü",
    authentication: "client_secret_post",
  }),
});

/**
 * Starts a server with the clients of `CLIENTS`: `spa` is public and must use PKCE.
 * @param {object} options
 * @param {string[]} options.redirectUris of every client; at least one
 * @param {number} [options.port] 0 picks a free one
 * @param {"127.0.0.1" | "localhost"} [options.host] how the server calls itself in `issuer`
 * @param {number} [options.accessTokenLifetime] in seconds
 */
export async function startAuthlib({ redirectUris, port = 0, host = "127.0.0.1", accessTokenLifetime = 60 }) {
  const python = await ensurePython();
  // Isolated from the user's own Python settings, and without writing beside the sources.
  const child = spawn(python, ["-I", "-B", PROGRAM], { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(child, "exit");
  // A program that has ended tells of itself where its answer is missing.
  child.stdin.on("error", () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();

  /** Sends a line and waits for the next one: answers come in the order of what was sent. */
  async function ask(message) {
    child.stdin.write(`${JSON.stringify(message)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error("The Authlib server has ended");
    return JSON.parse(value);
  }

  const clients = Object.values(CLIENTS);
  const options = { redirectUris, port, host, accessTokenLifetime, clients, users: USERS };
  const { issuer, port: actualPort } = await ask(options);
  return {
    url: issuer,
    port: actualPort,
    /** A `Server` for the library. */
    server: {
      name: "Authlib",
      issuer,
      authorizationEndpoint: `${issuer}/authorize`,
      tokenEndpoint: `${issuer}/token`,
      revocationEndpoint: `${issuer}/revoke`,
      jwksUri: `${issuer}/jwks`,
      apiBase: `${issuer}/api/`,
      offline: "always",
      issParameter: true,
    },
    clients: CLIENTS,
    users: USERS,
    /**
     * All requests but preflights, in their order.
     * @returns {Promise<{ method: string, path: string, grant: string | null, status: number, referer: string | null, cookies: boolean }[]>}
     */
    requests: () => ask("requests"),
    /**
     * How many requests there were to a path, with the given members.
     * @param {string} path
     * @param {{ method?: string, grant?: string, status?: number }} [members]
     */
    async count(path, members = {}) {
      const wanted = Object.entries({ path, ...members });
      const all = await ask("requests");
      return all.filter((request) => wanted.every(([name, value]) => request[name] === value)).length;
    },
    /** Makes every access token issued so far be refused; later ones are not affected. */
    expireAccessTokens: () => ask("expire"),
    async close() {
      // It ends with its input, so that it never outlives who started it.
      child.stdin.end();
      await exited;
    },
  };
}
