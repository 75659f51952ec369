// A server that does as it is told: an authorization server that asks nobody, an API that takes any token,
// and, wherever a test wants, an evil one.
import { createHash } from "node:crypto";
import { text } from "node:stream/consumers";
import { serve } from "./serve.mjs";

const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "*",
  "Access-Control-Allow-Headers": "authorization, content-type, x-test, *",
  "Access-Control-Expose-Headers": "WWW-Authenticate",
};

export const s256 = (verifier) => createHash("sha256").update(verifier).digest("base64url");

/** Answers with JSON, or with a text or bytes as they are. */
export function reply(res, status, body = "", headers = {}) {
  const isRaw = typeof body === "string" || Buffer.isBuffer(body);
  res.writeHead(status, { ...CORS, "Content-Type": "application/json", ...headers });
  res.end(isRaw ? body : JSON.stringify(body));
}

export const UNAUTHORIZED = { "WWW-Authenticate": 'Bearer error="invalid_token"' };

/**
 * @param {{ host?: "127.0.0.1" | "localhost" }} [options] how the server is called
 */
export async function startScripted({ host = "127.0.0.1" } = {}) {
  const requests = [];
  const challenges = new Map();
  const routes = {};
  let serial = 0;

  const defaults = {
    "/auth"(request, res) {
      const { response_type: type, redirect_uri: back, state, code_challenge: challenge } = request.query;
      serial += 1;
      const answer =
        type === "token"
          ? { access_token: `at-${serial}`, token_type: "Bearer", expires_in: 3600, state }
          : { code: `code-${serial}`, state };
      if (answer.code) challenges.set(answer.code, challenge);
      res.writeHead(302, { Location: server.answerAt(back, type, answer) }).end();
    },
    "/token"(request, res) {
      const { grant_type: grant, code, code_verifier: verifier } = request.form;
      if (grant === "authorization_code") {
        const challenge = challenges.get(code);
        challenges.delete(code);
        if (verifier && challenge && s256(verifier) !== challenge) {
          return reply(res, 400, { error: "invalid_grant" });
        }
      }
      return reply(res, 200, server.tokens());
    },
    "/revoke": (request, res) => reply(res, 200),
    "/api": (request, res) => reply(res, 200, { method: request.method, body: request.body }),
  };

  const listener = async (req, res) => {
    if (req.method === "OPTIONS") return res.writeHead(204, CORS).end();
    const url = new URL(req.url, `http://${req.headers.host}`);
    const request = {
      method: req.method,
      path: url.pathname,
      url: req.url,
      query: Object.fromEntries(url.searchParams),
      headers: req.headers,
      body: await text(req).catch(() => ""),
      at: Date.now(),
    };
    request.form = Object.fromEntries(new URLSearchParams(request.body));
    requests.push(request);
    const first = `/${url.pathname.split("/")[1]}`;
    const route = routes[url.pathname] ?? routes[first] ?? defaults[first];
    if (!route) return reply(res, 404, { error: "not_found" });
    return route(request, res);
  };
  const { port, close } = await serve(listener, { maxHeaderSize: 1 << 20 });
  const url = `http://${host}:${port}`;

  const server = {
    url,
    requests,
    /** By path, or by its first segment: `(request, res) => void`. */
    routes,
    /** A `Server` for the library. */
    server: {
      authorizationEndpoint: `${url}/auth`,
      tokenEndpoint: `${url}/token`,
      apiBase: `${url}/api/`,
    },
    tokens(more = {}) {
      serial += 1;
      const tokens = { access_token: `at-${serial}`, refresh_token: `rt-${serial}` };
      return { ...tokens, token_type: "Bearer", expires_in: 3600, ...more };
    },
    answerAt(back, type, answer) {
      const address = new URL(back);
      const text = new URLSearchParams(Object.entries(answer).filter(([, value]) => value !== undefined));
      if (type === "token") address.hash = text;
      else for (const [name, value] of text) address.searchParams.append(name, value);
      return address.href;
    },
    at: (path) => requests.filter((request) => request.path === path),
    grants: (grant) => requests.filter(({ path, form }) => path === "/token" && form.grant_type === grant),
    get refreshes() {
      return server.grants("refresh_token").length;
    },
    get codes() {
      return server.grants("authorization_code").length;
    },
    get apiCalls() {
      return requests.filter(({ path }) => path.startsWith("/api"));
    },
    close,
  };
  return server;
}
