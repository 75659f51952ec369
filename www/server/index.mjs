// The embedded authorization server: what the playground and the tests log in to.
//
// It is built on oauth2orize, because that library has all the grants the documents of the
// systems describe. The alternatives lack some: oidc-provider is certified, but refuses a bare
// response_type=token and has no password grant; @node-oauth/oauth2-server has no implicit grant.
//
// This is a server for teaching and testing. It knows two users with public passwords, forgets
// everything when it stops, has controls that anybody on this machine may use, and listens on
// loopback only. Never let it guard anything.
import { once } from "node:events";
import { createServer } from "node:http";
import express from "express";
import { apiRoutes } from "./api.mjs";
import { authorizeRoutes } from "./authorize-routes.mjs";
import { createClients } from "./clients.mjs";
import { createConsents } from "./consents.mjs";
import { controlRoutes } from "./control-routes.mjs";
import { isLoopbackOrigin } from "./cors.mjs";
import { createFaults } from "./faults.mjs";
import { createSessions } from "./login-session.mjs";
import { createObserver } from "./observe.mjs";
import { errorPage, homePage, sendPage, STYLESHEET_PATH } from "./pages.mjs";
import { createApplications } from "./space/applications.mjs";
import { createEndpointSender } from "./space/endpoint.mjs";
import { installRoutes } from "./space/install-routes.mjs";
import { createServerKeys } from "./space/server-keys.mjs";
import { STYLESHEET } from "./stylesheet.mjs";
import { listPermanentTokens, permanentTokensByOwner } from "./permanent-tokens.mjs";
import { createSwitches } from "./switches.mjs";
import { SYSTEMS } from "./systems.mjs";
import { tokenRoutes } from "./token-routes.mjs";
import { createTokens } from "./tokens.mjs";
import { USERS } from "./users.mjs";

const HOSTS = ["127.0.0.1", "localhost"];

// A foreign name that resolves to this machine would make its pages same-origin with this server.
function onlyLoopbackHost(req, res, next) {
  if (HOSTS.includes(req.hostname)) return next();
  return res.status(421).type("text").send("This server is reached as localhost or 127.0.0.1 only.");
}

function createApp(parts) {
  const { controls, allowOrigin } = parts;
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(onlyLoopbackHost);
  app.use("/__control", controlRoutes(controls, allowOrigin));
  app.get("/", (req, res) => sendPage(res, homePage({ systems: SYSTEMS })));
  app.get(STYLESHEET_PATH, (req, res) =>
    res.type("css").set("X-Content-Type-Options", "nosniff").send(STYLESHEET),
  );
  for (const system of SYSTEMS) {
    app.use(authorizeRoutes(system, parts));
    app.use(tokenRoutes(system, parts));
    app.use(system.paths.api, apiRoutes(system, parts));
    if (system.paths.install) app.use(installRoutes(system, parts));
  }
  app.use((req, res) =>
    sendPage(res, { ...errorPage({ message: "There is nothing at this address." }), status: 404 }),
  );
  app.use((err, req, res, next) => {
    sendPage(res, { ...errorPage({ message: "Something went wrong here." }), status: err.status ?? 500 });
  });
  return app;
}

function createControls(parts) {
  const { clients, tokens, sessions, observer, faults, switches, lifetimes, permanent } = parts;
  const { applications, consents, endpointSender } = parts;
  return {
    get counters() {
      return observer.counters();
    },
    get tokenRequests() {
      return observer.tokenRequests();
    },
    get apiRequests() {
      return observer.apiRequests();
    },
    /** Fixed tokens that never expire, as `permanentTokens[system][username].personal` and `.application`. */
    permanentTokens: permanentTokensByOwner(permanent),
    /** Back to how it started; registered redirect URIs stay. */
    reset() {
      observer.reset();
      faults.clear();
      switches.clear();
      tokens.clear();
      applications.clear();
      consents.clear();
      sessions.clear();
      Object.assign(tokens.lifetimes, lifetimes);
    },
    expireAccessTokens: () => tokens.expireAccessTokens(),
    /** As if somebody else had used every refresh token: the next one who does is the second. */
    rotateRefreshTokens: () => tokens.useAllRefreshTokens(),
    revokeAll: () => tokens.revokeAll(),
    /** @param {string} value an access, refresh or permanent token; what came with it goes too */
    revokeToken: (value) => tokens.revokeAny(value),
    /**
     * For the access tokens from now on.
     * @param {number} seconds
     * @param {string} [systemId] all when left out
     */
    setAccessTokenLifetime(seconds, systemId) {
      if (!Number.isInteger(seconds) || seconds < 0) throw new TypeError("A lifetime is a number of seconds");
      const ids = systemId ? [systemId] : Object.keys(lifetimes);
      for (const id of ids) {
        if (!Object.hasOwn(lifetimes, id)) throw new TypeError(`No system is called ${id}`);
        tokens.lifetimes[id] = seconds;
      }
    },
    setFault: (settings) => faults.set(settings),
    clearFaults: () => faults.clear(),
    setSwitches: (settings) => switches.set(settings),
    registerRedirectUri: (clientId, uri, flow) => clients.registerRedirectUri(clientId, uri, flow),
    /**
     * Sends a request of Space to the endpoint of an application, which has to be on this machine.
     * @param {string} clientId
     * @param {object} [payload] a message of a user when left out
     */
    sendToEndpoint: (clientId, payload) => endpointSender.send(clientId, payload),
    /** The same request, only to look at. */
    signForEndpoint: (clientId, payload) => endpointSender.sign(clientId, payload),
  };
}

/**
 * Starts a server with a state of its own.
 * @param {object} [options]
 * @param {number} [options.port] 0 picks a free one
 * @param {"127.0.0.1" | "localhost"} [options.host] how the server calls itself in `url`
 * @param {string[]} [options.redirectUris] for the default clients, and for others without their own
 * @param {object[]} [options.clients] more clients: `{ id, name?, secret?, system?, grants?, redirectUris? }`
 * @param {Record<string, number>} [options.accessTokenLifetimes] in seconds, by the id of the system
 * @param {(origin: string) => boolean} [options.allowOrigin] which origins CORS lets in
 */
export async function startServer({
  port = 0,
  host = "127.0.0.1",
  redirectUris = [],
  clients: moreClients = [],
  accessTokenLifetimes = {},
  allowOrigin = isLoopbackOrigin,
} = {}) {
  if (!HOSTS.includes(host)) throw new TypeError(`host must be one of ${HOSTS.join(", ")}`);

  const listener = createServer();
  // "localhost" may resolve to ::1 alone, where a client that tries 127.0.0.1 finds nobody.
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");
  const actualPort = listener.address().port;

  const lifetimes = Object.fromEntries(
    SYSTEMS.map(({ id, accessTokenLifetime }) => [id, accessTokenLifetimes[id] ?? accessTokenLifetime]),
  );
  const permanent = listPermanentTokens(SYSTEMS, USERS);
  const clients = createClients({ redirectUris, clients: moreClients });
  const tokens = createTokens({ lifetimes: { ...lifetimes }, permanent });
  const applications = createApplications({ clients, tokens });
  const serverKeys = createServerKeys();
  const parts = {
    clients,
    tokens,
    consents: createConsents(),
    applications,
    serverKeys,
    endpointSender: createEndpointSender({ applications, serverKeys }),
    sessions: createSessions(actualPort),
    observer: createObserver(),
    faults: createFaults(),
    switches: createSwitches(SYSTEMS),
    allowOrigin,
  };
  const controls = createControls({ ...parts, lifetimes, permanent });
  listener.on("request", createApp({ ...parts, controls }));

  const extras = {
    url: `http://${host}:${actualPort}`,
    port: actualPort,
    async close() {
      const closed = once(listener, "close");
      listener.close();
      listener.closeAllConnections();
      await closed;
    },
  };
  // Assigned onto the controls, as spreading them would freeze their getters.
  return Object.assign(controls, extras);
}
