import express from "express";
import { cors } from "./cors.mjs";
import { emailOf, findUser } from "./users.mjs";

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

function asUser(system, show) {
  return (req, res) => {
    const user = findUser(req.grant.username);
    if (user) return res.json(show(user));
    return sendError(system, res, 403, "permission-denied", "Only a user may do this");
  };
}

function spaceResources(router, system) {
  const profiles = "/team-directory/profiles";
  router.get(
    `${profiles}/me`,
    asUser(system, (user) => ({
      id: user.id,
      username: user.username,
      name: { firstName: user.firstName, lastName: user.lastName },
      emails: [{ email: emailOf(user) }],
    })),
  );

  router.get("/projects", (req, res) => {
    res.json({
      next: "2",
      totalCount: 2,
      data: [
        { id: "p1", key: { key: "ORBIT" }, name: "Orbit" },
        { id: "p2", key: { key: "DOCK" }, name: "Docking" },
      ],
    });
  });

  // An application gives up the refresh token behind the access token that it presents.
  router.delete(`${profiles}/oauth-consents/me/refresh-tokens/self`, (req, res) => {
    req.grant.family.revoked = true;
    res.status(200).end();
  });

  router.all("/echo", express.text({ type: () => true, limit: "5mb" }), (req, res) => {
    const body = typeof req.body === "string" ? req.body : "";
    res.json({ method: req.method, contentType: req.get("content-type") ?? null, body });
  });
}

function processmakerResources(router, system) {
  router.get(
    "/users/me",
    asUser(system, (user) => ({
      usr_uid: user.id,
      usr_username: user.username,
      usr_firstname: user.firstName,
      usr_lastname: user.lastName,
      usr_email: emailOf(user),
    })),
  );

  router.get("/project", (req, res) => {
    res.json([
      { prj_uid: "1", prj_name: "Leave request" },
      { prj_uid: "2", prj_name: "Purchase order" },
    ]);
  });
}

const RESOURCES = { space: spaceResources, processmaker: processmakerResources };

/** A few resources of a system, to call with an access token. */
export function apiRoutes(system, { tokens, observer, faults, allowOrigin }) {
  const router = express.Router();
  router.use(
    cors(system.cors, allowOrigin),
    observer.api(system),
    (req, res, next) => {
      res.set("Cache-Control", "no-store");
      next();
    },
    faults.apply("api"),
    bearer(system, tokens),
  );
  RESOURCES[system.id](router, system);
  router.use((req, res) => sendError(system, res, 404, "not-found", "There is nothing at this address"));
  router.use((err, req, res, next) => {
    const status = err.status ?? 500;
    sendError(
      system,
      res,
      status,
      status < 500 ? "validation-error" : "internal-server-error",
      "The request failed",
    );
  });
  return router;
}
