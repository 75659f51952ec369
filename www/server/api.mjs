import express from "express";
import { cors } from "./cors.mjs";
import { createResources } from "./resources.mjs";
import { ApiError } from "./space/api-error.mjs";

function sendError(system, res, status, code, description, challenge) {
  if (challenge && system.apiChallenges) res.set("WWW-Authenticate", challenge);
  res.status(status).json(system.apiError(status, code, description));
}

function tokenProblem(tokens, record) {
  if (!record) return "Access token is not valid";
  if (record.family.revoked) {
    return record.family.refreshable
      ? "Refresh token associated with the access token is revoked"
      : "Access token is revoked";
  }
  return tokens.isOver(record) ? "Access token has expired" : undefined;
}

function bearer(system, tokens) {
  const refuse = (res, description, challenge) =>
    sendError(system, res, 401, "authentication-required", description, challenge);

  return (req, res, next) => {
    const value = /^Bearer +(\S+) *$/i.exec(req.get("authorization") ?? "")?.[1];
    if (!value) return refuse(res, "An access token is required", "Bearer");
    const found = tokens.findAccess(value);
    const record = found?.system === system.id ? found : undefined;
    const problem = tokenProblem(tokens, record);
    if (problem) return refuse(res, problem, 'Bearer error="invalid_token"');
    req.grant = record;
    return next();
  };
}

/** A few resources of a system, to call with an access token. */
export function apiRoutes(system, parts) {
  const { tokens, observer, faults, switches, allowOrigin } = parts;
  const router = express.Router();
  router.use(
    cors(system.cors, allowOrigin, () => switches.of(system).cors),
    observer.api(system),
    (req, res, next) => {
      res.set("Cache-Control", "no-store");
      next();
    },
    faults.apply("api", system),
    bearer(system, tokens),
  );
  createResources(router, system, {
    parts,
    sendError: (res, status, code, text) => sendError(system, res, status, code, text),
  });
  router.use((req, res) => sendError(system, res, 404, "not-found", "There is nothing at this address"));
  router.use((err, req, res, next) => {
    if (err instanceof ApiError) return sendError(system, res, err.status, err.code, err.message);
    const status = err.status ?? 500;
    return sendError(
      system,
      res,
      status,
      status < 500 ? "validation-error" : "internal-server-error",
      "The request failed",
    );
  });
  return router;
}
