// A second authorization server for the tests. It shares no line with the embedded one, and its
// authors know nothing of this project: what works against both is not just a habit of ours.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import Provider, { interactionPolicy } from "oidc-provider";
import { defaultClients, SCOPES } from "./oidc-clients.mjs";

// The library was written for Node 22; this is the one thing it needs that Node 20 lacks.
URL.parse ??= (input, base) => (URL.canParse(input, base) ? new URL(input, base) : null);

const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/;
const KEPT = 200;

/** The users who can log in: passwords by login. */
export const ACCOUNTS = Object.freeze({ alice: "alice-password", bob: "bob-password" });

// The library's own adapter works too, but announces at every start that it is not for production.
function memoryAdapter() {
  const records = new Map();
  const now = () => Math.floor(Date.now() / 1000);
  // The library leaves it to its adapter to forget what has expired.
  const current = (record) => (record?.exp <= now() ? undefined : record);
  const findBy = (model, field, value) =>
    current(
      [...records].find(([key, record]) => key.startsWith(`${model}:`) && record[field] === value)?.[1],
    );

  return class {
    constructor(model) {
      this.model = model;
    }
    key = (id) => `${this.model}:${id}`;
    upsert = async (id, payload) => void records.set(this.key(id), payload);
    find = async (id) => current(records.get(this.key(id)));
    findByUid = async (uid) => findBy(this.model, "uid", uid);
    findByUserCode = async (code) => findBy(this.model, "userCode", code);
    destroy = async (id) => void records.delete(this.key(id));
    consume = async (id) => {
      records.get(this.key(id)).consumed = now();
    };
    revokeByGrantId = async (grantId) => {
      for (const [key, record] of records) {
        if (record.grantId === grantId && record.kind !== "Interaction") records.delete(key);
      }
    };
  };
}

function signingKey(kid, alg, ...how) {
  const { privateKey } = generateKeyPairSync(...how);
  return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

// The library asks the user of a native client every time, so that `prompt=none` never succeeds.
function policy() {
  const prompts = interactionPolicy.base();
  prompts.get("consent").checks.remove("native_client_prompt");
  return prompts;
}

function configuration({ port, accessTokenLifetime, clients }) {
  const cookie = (name) => [name, `oidc_${port}_${name}`];
  const day = 24 * 3600;
  return {
    adapter: memoryAdapter(),
    clients,
    scopes: SCOPES,
    claims: { openid: ["sub"], profile: ["name"] },
    conformIdTokenClaims: false,
    responseTypes: ["code", "id_token", "id_token token"],
    jwks: {
      keys: [
        signingKey("test", "RS256", "rsa", { modulusLength: 2048 }),
        signingKey("test-ec", "ES256", "ec", { namedCurve: "P-256" }),
      ],
    },
    cookies: {
      keys: [randomBytes(32).toString("hex")],
      // Cookies do not tell ports apart, and several servers can run on one host.
      names: Object.fromEntries(["session", "interaction", "resume"].map(cookie)),
    },
    ttl: {
      AccessToken: accessTokenLifetime,
      AuthorizationCode: 60,
      ClientCredentials: accessTokenLifetime,
      IdToken: 3600,
      Interaction: 3600,
      Session: day,
      Grant: day,
      RefreshToken: day,
    },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    // Without this a refresh token hangs on offline_access and on a forced consent, which is a
    // rule of OpenID Connect and none of OAuth 2.0.
    issueRefreshToken: async (ctx, client) => client.grantTypeAllowed("refresh_token"),
    expiresWithSession: async () => false,
    clientBasedCORS: (ctx, origin) => LOOPBACK_ORIGIN.test(origin),
    interactions: { url: (ctx, { uid }) => `/interaction/${uid}`, policy: policy() },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: async (ctx, form) => {
          ctx.set(PAGE_HEADERS);
          ctx.body = pageOf("logout", form);
        },
        postLogoutSuccessSource: async (ctx) => {
          ctx.set(PAGE_HEADERS);
          ctx.body = pageOf("done");
        },
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (ctx, client, token) => token.clientId === client.clientId,
      },
    },
    renderError: async (ctx, out) => {
      ctx.type = "text";
      ctx.body = `${out.error}: ${out.error_description}`;
    },
    findAccount: async (ctx, id) =>
      Object.hasOwn(ACCOUNTS, id)
        ? { accountId: id, claims: async () => ({ sub: id, name: id }) }
        : undefined,
  };
}

const PAGES = {
  login: (message) => `
    <h1>Log in</h1>
    ${message ? `<p role="alert">${message}</p>` : ""}
    <form method="post">
      <label>Login <input name="login" autocomplete="username" required></label>
      <label>Password <input name="password" type="password" autocomplete="current-password" required></label>
      <button type="submit">Log in</button>
    </form>`,
  consent: () => `
    <h1>Authorize</h1>
    <form method="post">
      <button type="submit" name="decision" value="allow">Authorize</button>
      <button type="submit" name="decision" value="deny">Deny</button>
    </form>`,
  logout: (form) => `
    <h1>Log out</h1>
    ${form}
    <button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>
    <button type="submit" form="op.logoutForm">Stay logged in</button>`,
  done: () => "<h1>Logged out</h1>",
};

const PAGE_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": "default-src 'none'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
  "Cache-Control": "no-store",
};

function pageOf(name, content) {
  const head = `<meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">`;
  return `<!doctype html><html lang="en"><head>${head}</head><body><main>${PAGES[name](content)}</main></body></html>`;
}

function sendPage(res, prompt, { status = 200, message } = {}) {
  res.writeHead(status, PAGE_HEADERS);
  res.end(pageOf(prompt, message));
}

function interactions(provider) {
  async function consent(details) {
    const { prompt, params, session, grantId } = details;
    const identity = { accountId: session.accountId, clientId: params.client_id };
    const grant = grantId ? await provider.Grant.find(grantId) : new provider.Grant(identity);
    const { missingOIDCScope, missingOIDCClaims } = prompt.details;
    if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(" "));
    if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
    return { consent: { grantId: await grant.save() } };
  }

  return async (req, res) => {
    const details = await provider.interactionDetails(req, res);
    const prompt = details.prompt.name;
    if (req.method !== "POST") return sendPage(res, prompt);

    const form = new URLSearchParams(await text(req));
    const finish = (result) =>
      provider.interactionFinished(req, res, result, { mergeWithLastSubmission: prompt === "consent" });
    if (prompt === "login") {
      const login = form.get("login");
      if (Object.hasOwn(ACCOUNTS, login) && ACCOUNTS[login] === form.get("password")) {
        return finish({ login: { accountId: login } });
      }
      return sendPage(res, prompt, { status: 403, message: "The login or the password is wrong." });
    }
    if (form.get("decision") === "allow") return finish(await consent(details));
    return finish({ error: "access_denied", error_description: "The user denied the request" });
  };
}

const METHODS = { client_secret_basic: "basic", client_secret_post: "body" };

function authenticationOf({ headers, oidc }) {
  if (headers.authorization !== undefined) return "basic";
  return oidc?.body?.client_secret === undefined ? "none" : "body";
}

// The library takes a secret either way, and would not notice a client that has it wrong.
function insistOnMethod(ctx, authentication) {
  const method = ctx.oidc?.client?.tokenEndpointAuthMethod;
  if (!Object.hasOwn(METHODS, method) || METHODS[method] === authentication) return;
  ctx.status = 401;
  ctx.body = { error: "invalid_client", error_description: `this client is registered for ${method}` };
}

const findToken = async (provider, value) =>
  (await provider.AccessToken.find(value)) ?? provider.ClientCredentials.find(value);

function api(provider, count) {
  const resources = {
    "/api/me": ({ accountId, clientId, scope }) => ({ sub: accountId, clientId, scope }),
    "/api/echo": async (token, req) => ({
      method: req.method,
      contentType: req.headers["content-type"] ?? null,
      body: await text(req),
    }),
  };

  return async (req, res, path) => {
    const { origin } = req.headers;
    res.setHeader("Vary", "Origin");
    if (origin && LOOPBACK_ORIGIN.test(origin)) {
      res.setHeader("Access-Control-Allow-Origin", origin);
      res.setHeader("Access-Control-Expose-Headers", "WWW-Authenticate");
      res.setHeader("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE");
      res.setHeader("Access-Control-Allow-Headers", "authorization, content-type");
    }
    if (req.method === "OPTIONS") return res.writeHead(204).end();

    count("api");
    const send = (status, body, headers = {}) =>
      res
        .writeHead(status, { "Content-Type": "application/json", "Cache-Control": "no-store", ...headers })
        .end(JSON.stringify(body));
    const value = /^Bearer (\S+)$/i.exec(req.headers.authorization ?? "")?.[1];
    const token = value && (await findToken(provider, value));
    if (!token) {
      count("api.401");
      const challenge = value ? 'Bearer error="invalid_token"' : "Bearer";
      return send(401, { error: "invalid_token" }, { "WWW-Authenticate": challenge });
    }
    const resource = resources[path];
    return resource ? send(200, await resource(token, req)) : send(404, { error: "not_found" });
  };
}

/**
 * Starts an oidc-provider. Its clients are those of oidc-clients.mjs, of which `spa` is the usual one
 * (public, code and refresh grants, PKCE required).
 * @param {object} options
 * @param {string[]} options.redirectUris of the public clients; at least one
 * @param {string[]} [options.postLogoutRedirectUris] of the public clients; the same when left out
 * @param {number} [options.port] 0 picks a free one
 * @param {"127.0.0.1" | "localhost"} [options.host] how the server calls itself in `issuer`
 * @param {number} [options.accessTokenLifetime] in seconds
 * @param {object[]} [options.clients] more clients, as client metadata of the library
 * @param {string} [options.openerPolicy] the Cross-Origin-Opener-Policy of all pages
 */
export async function startOidcProvider({
  port = 0,
  host = "127.0.0.1",
  redirectUris,
  postLogoutRedirectUris = redirectUris,
  accessTokenLifetime = 60,
  clients = [],
  openerPolicy,
}) {
  const listener = createServer();
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");
  const actualPort = listener.address().port;
  const issuer = `http://${host}:${actualPort}`;
  const allClients = [...defaultClients({ redirectUris, postLogoutRedirectUris }), ...clients];
  const provider = new Provider(
    issuer,
    configuration({ port: actualPort, accessTokenLifetime, clients: allClients }),
  );

  const names = [
    "discovery",
    "jwks",
    "authorize",
    "token",
    "token.authorization_code",
    "token.refresh_token",
    "token.client_credentials",
    "userinfo",
    "revoke",
    "end_session",
    "api",
    "api.401",
  ];
  const counters = Object.fromEntries(names.map((name) => [name, 0]));
  const tokenRequests = [];
  const count = (name) => {
    counters[name] = (counters[name] ?? 0) + 1;
  };

  const counted = {
    "/.well-known/openid-configuration": "discovery",
    "/.well-known/oauth-authorization-server": "discovery",
    "/jwks": "jwks",
    "/auth": "authorize",
    "/token": "token",
    "/me": "userinfo",
    "/token/revocation": "revoke",
    "/session/end": "end_session",
  };
  provider.use(async (ctx, next) => {
    const name = Object.hasOwn(counted, ctx.path) && ctx.method !== "OPTIONS" ? counted[ctx.path] : undefined;
    if (name) count(name);
    await next();
    if (name !== "token") return;
    const grant = ctx.oidc?.params?.grant_type ?? null;
    if (grant) count(`token.${grant}`);
    const authentication = authenticationOf(ctx);
    insistOnMethod(ctx, authentication);
    const { referer = null, cookie } = ctx.headers;
    const cookies = cookie !== undefined;
    tokenRequests.push({ grant, status: ctx.status, authentication, referer, cookies });
    if (tokenRequests.length > KEPT) tokenRequests.shift();
  });

  const issued = new Set();
  for (const event of ["access_token.saved", "client_credentials.saved"]) {
    provider.on(event, ({ jti }) => issued.add(jti));
  }

  const handleLibrary = provider.callback();
  const handleInteraction = interactions(provider);
  const handleApi = api(provider, count);
  listener.on("request", (req, res) => {
    const [pathname] = req.url.split("?");
    if (openerPolicy && !pathname.startsWith("/api/")) {
      res.setHeader("Cross-Origin-Opener-Policy", openerPolicy);
    }
    const own = pathname.startsWith("/interaction/") ? handleInteraction : handleApi;
    if (own === handleApi && !pathname.startsWith("/api/")) return handleLibrary(req, res);
    return own(req, res, pathname).catch((error) => {
      if (!res.headersSent) res.writeHead(error.statusCode ?? 500, { "Content-Type": "text/plain" });
      res.end(error.message);
    });
  });

  return {
    issuer,
    url: issuer,
    port: actualPort,
    authorizationEndpoint: `${issuer}/auth`,
    tokenEndpoint: `${issuer}/token`,
    revocationEndpoint: `${issuer}/token/revocation`,
    userinfoEndpoint: `${issuer}/me`,
    endSessionEndpoint: `${issuer}/session/end`,
    jwksUri: `${issuer}/jwks`,
    get counters() {
      return { ...counters };
    },
    get tokenRequests() {
      return structuredClone(tokenRequests);
    },
    /** Makes every access token issued so far be refused; later ones are not affected. */
    async expireAccessTokens() {
      for (const jti of issued) await (await findToken(provider, jti))?.destroy();
      issued.clear();
    },
    async close() {
      const closed = once(listener, "close");
      listener.close();
      listener.closeAllConnections();
      await closed;
    },
  };
}
