// A second authorization server for the tests. It shares no line with the embedded one, and its
// authors know nothing of this project: what works against both is not just a habit of ours.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import Provider from "oidc-provider";

// The library was written for Node 22; this is the one thing it needs that Node 20 lacks.
URL.parse ??= (input, base) => (URL.canParse(input, base) ? new URL(input, base) : null);

const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1)(:\d+)?$/;
const SCOPES = ["openid", "offline_access", "profile"];
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

function signingKey() {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid: "test", alg: "RS256", use: "sig" };
}

function configuration({ port, redirectUris, accessTokenLifetime, clients }) {
  const spa = {
    client_id: "spa",
    client_name: "Single-page application",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: redirectUris,
    scope: SCOPES.join(" "),
  };
  const cookie = (name) => [name, `oidc_${port}_${name}`];
  const day = 24 * 3600;
  return {
    adapter: memoryAdapter(),
    clients: [spa, ...clients],
    scopes: SCOPES,
    claims: { openid: ["sub"], profile: ["name"] },
    conformIdTokenClaims: false,
    jwks: { keys: [signingKey()] },
    cookies: {
      keys: [randomBytes(32).toString("hex")],
      // Cookies do not tell ports apart, and several servers can run on one host.
      names: Object.fromEntries(["session", "interaction", "resume"].map(cookie)),
    },
    ttl: {
      AccessToken: accessTokenLifetime,
      AuthorizationCode: 60,
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
    interactions: { url: (ctx, { uid }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
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
};

function sendPage(res, prompt, { status = 200, message } = {}) {
  res.writeHead(status, {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; img-src data:; frame-ancestors 'none'; base-uri 'none'",
    "Cache-Control": "no-store",
  });
  const head = `<meta charset="utf-8"><title>${prompt}</title><link rel="icon" href="data:,">`;
  res.end(
    `<!doctype html><html lang="en"><head>${head}</head><body><main>${PAGES[prompt](message)}</main></body></html>`,
  );
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
    const token = value && (await provider.AccessToken.find(value));
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
 * Starts an oidc-provider with the public client `spa` (code and refresh grants, PKCE required).
 * @param {object} options
 * @param {string[]} options.redirectUris of `spa`; at least one
 * @param {number} [options.port] 0 picks a free one
 * @param {"127.0.0.1" | "localhost"} [options.host] how the server calls itself in `issuer`
 * @param {number} [options.accessTokenLifetime] in seconds
 * @param {object[]} [options.clients] more clients, as client metadata of the library
 */
export async function startOidcProvider({
  port = 0,
  host = "127.0.0.1",
  redirectUris,
  accessTokenLifetime = 60,
  clients = [],
}) {
  const listener = createServer();
  listener.listen(port, "127.0.0.1");
  await once(listener, "listening");
  const actualPort = listener.address().port;
  const issuer = `http://${host}:${actualPort}`;
  const provider = new Provider(
    issuer,
    configuration({ port: actualPort, redirectUris, accessTokenLifetime, clients }),
  );

  const names = [
    "token",
    "token.authorization_code",
    "token.refresh_token",
    "userinfo",
    "revoke",
    "api",
    "api.401",
  ];
  const counters = Object.fromEntries(names.map((name) => [name, 0]));
  const tokenRequests = [];
  const count = (name) => {
    counters[name] = (counters[name] ?? 0) + 1;
  };

  const counted = { "/token": "token", "/me": "userinfo", "/token/revocation": "revoke" };
  provider.use(async (ctx, next) => {
    const name = Object.hasOwn(counted, ctx.path) && ctx.method !== "OPTIONS" ? counted[ctx.path] : undefined;
    if (name) count(name);
    await next();
    if (name !== "token") return;
    const grant = ctx.oidc?.params?.grant_type ?? null;
    if (grant) count(`token.${grant}`);
    const { referer = null, cookie } = ctx.headers;
    tokenRequests.push({ grant, status: ctx.status, referer, cookies: cookie !== undefined });
    if (tokenRequests.length > KEPT) tokenRequests.shift();
  });

  const issued = new Set();
  provider.on("access_token.saved", ({ jti }) => issued.add(jti));

  const handleLibrary = provider.callback();
  const handleInteraction = interactions(provider);
  const handleApi = api(provider, count);
  listener.on("request", (req, res) => {
    const [pathname] = req.url.split("?");
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
    get counters() {
      return { ...counters };
    },
    get tokenRequests() {
      return structuredClone(tokenRequests);
    },
    /** Makes every access token issued so far be refused; later ones are not affected. */
    async expireAccessTokens() {
      for (const jti of issued) await (await provider.AccessToken.find(jti))?.destroy();
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
