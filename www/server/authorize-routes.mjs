import express from "express";
import oauth2orize from "oauth2orize";
import { createAuthorization, rememberConsent } from "./authorization.mjs";
import { csrfMatches, csrfToken, currentLogin, endLogin, startLogin } from "./login-session.mjs";
import { pageHeaders } from "./page-headers.mjs";
import { consentPage, errorPage, loginPage, sendPage, STALE, WRONG_PASSWORD } from "./pages.mjs";
import { checkPassword, findUser } from "./users.mjs";

const { AuthorizationError } = oauth2orize;

/** The authorization endpoint of a system, with its log-in and consent pages. */
export function authorizeRoutes(system, parts) {
  const { sessions, observer, faults, switches } = parts;
  const router = express.Router();
  const base = system.paths.authorize;
  const authorization = createAuthorization(system, parts);
  const { transactions } = authorization;
  const form = express.urlencoded({ extended: false, limit: "64kb" });

  function loadUser(req, res, next) {
    req.user = currentLogin(req, system);
    next();
  }

  function loadTransaction(req, res, next) {
    transactions.load(req, (err, transaction) => {
      req.oauth2 = transaction;
      next(err);
    });
  }

  function showPage(req, res, { alert, username, status } = {}) {
    const { client, redirectURI, transactionID, req: request } = req.oauth2;
    const user = currentLogin(req, system);
    const common = {
      system,
      client,
      scope: request.scope,
      offline: request.accessType === "offline",
      alert,
      csrf: csrfToken(req),
      transactionId: transactionID,
    };
    const page = user
      ? consentPage({ ...common, user, action: `${base}/decision` })
      : loginPage({ ...common, username, action: `${base}/login` });
    sendPage(res, { ...page, status, redirectUri: redirectURI });
  }

  function checkCsrf(req, res, next) {
    if (csrfMatches(req)) return next();
    // Most likely a form from before a log-in in another tab: the answer is a fresh form.
    return showPage(req, res, { alert: STALE, status: 403 });
  }

  // Goes on to the next handler only for the one click that allows the request too.
  function login(req, res, next) {
    const { username, password, continue_as: chosen } = req.body;
    const oneClick = chosen !== undefined;
    const user = oneClick ? findUser(chosen) : checkPassword(username, password);
    if (!user) {
      const alert = oneClick ? "There is no such test user." : WRONG_PASSWORD;
      return showPage(req, res, { alert, username, status: 403 });
    }
    return startLogin(req, system, user, (err) => {
      if (err || oneClick) return next(err);
      return res.redirect(303, `${base}/continue?transaction_id=${req.oauth2.transactionID}`);
    });
  }

  function allow(req, done) {
    rememberConsent(req.user, req.oauth2.client, req.oauth2.req.scope);
    done(null, { allow: true });
  }

  function decide(req, done) {
    if (req.body.decision === "allow") return allow(req, done);
    // The library's own denial has no description, and always goes where a success would.
    const denied = new AuthorizationError("The user denied the request", "access_denied");
    return transactions.remove(req, req.oauth2.transactionID, () => done(denied));
  }

  router.use(base, sessions.middleware, pageHeaders(system, switches));

  router.get(
    base,
    observer.endpoint("authorize"),
    faults.apply("authorize", system),
    loadUser,
    authorization.begin,
    (req, res) => {
      if (req.oauth2.req.ask === "login") endLogin(req, system);
      showPage(req, res);
    },
  );

  router.get(`${base}/continue`, loadTransaction, (req, res) => showPage(req, res));

  router.post(
    `${base}/login`,
    form,
    loadTransaction,
    checkCsrf,
    login,
    loadUser,
    authorization.decide(allow),
  );

  router.post(
    `${base}/decision`,
    form,
    loadUser,
    loadTransaction,
    checkCsrf,
    (req, res, next) => (req.user ? next() : showPage(req, res, { alert: STALE, status: 403 })),
    authorization.decide(decide),
  );

  router.use(base, authorization.redirectError, (err, req, res, next) => {
    const forClient = err instanceof AuthorizationError;
    if (forClient && system.untrustedError) {
      const status = system.tokenErrorStatus[err.code] ?? 400;
      return res.status(status).json(system.untrustedError(err.code, err.message));
    }
    const status = forClient ? 400 : (err.status ?? 500);
    const message = status < 500 ? err.message : "Something went wrong here.";
    return sendPage(res, { ...errorPage({ message, code: err.code }), status });
  });

  return router;
}
