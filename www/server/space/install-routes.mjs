import express from "express";
import { csrfMatches, csrfToken, currentLogin, startLogin } from "../login-session.mjs";
import { pageHeaders } from "../page-headers.mjs";
import { errorPage, loginPage, sendPage, STALE, WRONG_PASSWORD } from "../pages.mjs";
import { checkPassword, findUser } from "../users.mjs";
import { demand, subjectOf } from "./access.mjs";
import { ApiError, invalid } from "./api-error.mjs";
import { installedPage, installPage } from "./install-pages.mjs";
import { readSettings } from "./settings.mjs";

// A link lists the flows that the application wants; one that it leaves out is off.
function readLink(query) {
  if (query["marketplace-app"] !== undefined) throw invalid("This server has no Marketplace to install from");
  if (!query.name) throw invalid("The link does not name the application");
  const isOn = (name) => query[name] === "true";
  return readSettings({
    name: query.name,
    endpointUri: query.endpoint,
    clientCredentialsFlowEnabled: isOn("client-credentials-flow-enabled"),
    codeFlowEnabled: isOn("code-flow-enabled"),
    codeFlowRedirectURIs: query["code-flow-redirect-uris"],
    pkceRequired: isOn("pkce-required"),
    hasPublicKeySignature: isOn("has-public-key-signature"),
    hasSigningKey: isOn("has-signing-key"),
  });
}

/** The page that a link to install an application leads to. */
export function installRoutes(system, parts) {
  const { applications, endpointSender, sessions, switches } = parts;
  const path = system.paths.install;
  const router = express.Router();
  const form = express.urlencoded({ extended: false, limit: "64kb" });

  function showPage(req, res, { alert, username, status } = {}) {
    const user = currentLogin(req, system);
    // The link is the whole state of these pages: every form leads back to it.
    const common = { system, csrf: csrfToken(req), action: req.originalUrl, alert };
    const page = user
      ? installPage({ ...common, user, settings: req.settings })
      : loginPage({ ...common, username });
    sendPage(res, { ...page, status });
  }

  function logIn(req, res, next) {
    const { username, password } = req.body;
    const user = checkPassword(username, password);
    if (!user) return showPage(req, res, { alert: WRONG_PASSWORD, username, status: 403 });
    return startLogin(req, system, user, (err) => (err ? next(err) : res.redirect(303, req.originalUrl)));
  }

  /** Why the application does not know its credentials now, if it does not. */
  async function deliver(req, { endpointUri, clientId, clientSecret }, user) {
    if (!endpointUri) return undefined;
    const serverUrl = `${req.protocol}://${req.get("host")}`;
    const state = req.query.state ?? null;
    const payload = { className: "InitPayload", clientSecret, serverUrl, state, userId: user.id };
    try {
      const { status } = await endpointSender.send(clientId, payload);
      return status >= 200 && status < 300 ? undefined : `Its endpoint has answered with ${status}`;
    } catch (error) {
      return error.message;
    }
  }

  async function install(req, res) {
    const user = findUser(currentLogin(req, system).username);
    demand(subjectOf({ username: user.username }, applications), "Applications.Create");
    const application = applications.register(req.settings, user.username);
    const problem = await deliver(req, application, user);
    sendPage(res, installedPage({ system, application, problem }));
  }

  router.use(path, sessions.middleware, pageHeaders(system, switches), (req, res, next) => {
    req.settings = readLink(req.query);
    next();
  });

  router.get(path, (req, res) => showPage(req, res));

  router.post(path, form, (req, res, next) => {
    if (!csrfMatches(req)) return showPage(req, res, { alert: STALE, status: 403 });
    if (!currentLogin(req, system)) return logIn(req, res, next);
    return req.body.decision === "install" ? install(req, res) : showPage(req, res);
  });

  router.use(path, (err, req, res, next) => {
    if (!(err instanceof ApiError)) return next(err);
    return sendPage(res, { ...errorPage({ message: err.message, code: err.code }), status: err.status });
  });

  return router;
}
