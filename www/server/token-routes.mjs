import express from "express";
import oauth2orize from "oauth2orize";
import { authenticateClient } from "./client-auth.mjs";
import { cors } from "./cors.mjs";
import { createExchanges } from "./exchanges.mjs";

const { TokenError } = oauth2orize;

const GRANTS = ["authorization_code", "refresh_token", "client_credentials", "password"];

function checkForm(req, res, next) {
  if (!req.body) {
    const needed = "The body must be application/x-www-form-urlencoded";
    return next(new TokenError(needed, "invalid_request"));
  }
  const repeated = Object.keys(req.body).find((name) => typeof req.body[name] !== "string");
  return next(repeated ? new TokenError(`${repeated} is repeated`, "invalid_request") : undefined);
}

function checkGrant(req, res, next) {
  const { grant_type: grant } = req.body;
  if (!grant) return next(new TokenError("grant_type is missing", "invalid_request"));
  if (GRANTS.includes(grant) && !req.user.grants.includes(grant)) {
    return next(new TokenError("This grant is not enabled for the client", "unauthorized_client"));
  }
  return next();
}

function noStore(req, res, next) {
  res.set({ "Cache-Control": "no-store", Pragma: "no-cache" });
  next();
}

function onlyPost(req, res) {
  const description = "This endpoint only answers POST";
  res.status(405).set("Allow", "POST").json({ error: "invalid_request", error_description: description });
}

/** The token endpoint of a system and, where there is one, its revocation endpoint. */
export function tokenRoutes(system, { clients, tokens, observer, faults, switches, allowOrigin }) {
  const router = express.Router();
  const { paths } = system;
  const { exchange } = createExchanges(system, { tokens, observer });
  const form = express.urlencoded({ extended: false, limit: "64kb" });
  const authenticate = authenticateClient(system, clients);
  const endpoints = [paths.token, paths.revoke].filter(Boolean);

  router.use(
    endpoints,
    cors(system.cors, allowOrigin, () => switches.of(system).cors),
    noStore,
  );

  router.post(
    paths.token,
    form,
    observer.token(system),
    faults.apply("token", system),
    checkForm,
    authenticate,
    checkGrant,
    exchange,
  );

  if (paths.revoke) {
    // RFC 7009. Space has nothing like it: this is an extra of the embedded server.
    router.post(
      paths.revoke,
      form,
      observer.endpoint("revoke"),
      faults.apply("revoke", system),
      checkForm,
      authenticate,
      (req, res, next) => {
        if (!req.body.token) return next(new TokenError("token is missing", "invalid_request"));
        tokens.revoke(req.body.token, req.user.id);
        return res.status(200).end();
      },
    );
  }

  router.all(endpoints, onlyPost);

  router.use(endpoints, (err, req, res, next) => {
    const known = err instanceof TokenError;
    // What the body parser refuses is the sender's mistake, unlike any other surprise.
    const code = known ? err.code : err.status < 500 ? "invalid_request" : "server_error";
    const status = err.answeredWith ?? system.tokenErrorStatus[code] ?? 400;
    if (status === 401 && req.get("authorization")) res.set("WWW-Authenticate", 'Basic realm="token"');
    res.status(status).json(system.tokenError(code, known ? err.message : "The request failed"));
  });

  return router;
}
