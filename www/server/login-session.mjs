import session from "express-session";
import { randomUrlSafe, sameSecret } from "./random.mjs";

/** The cookie session of one server. */
export function createSessions(port) {
  const store = new session.MemoryStore();
  return {
    middleware: session({
      // Cookies do not tell ports apart, and several of these servers can run on one host.
      name: `embedded-as-${port}`,
      secret: randomUrlSafe(32),
      store,
      resave: false,
      saveUninitialized: false,
      cookie: { httpOnly: true, sameSite: "lax", path: "/" },
    }),
    clear: () => store.clear(),
  };
}

/** The log-in of this session at that system: each system has its own. */
export const currentLogin = (req, system) => req.session.logins?.[system.id];

export function endLogin(req, system) {
  if (req.session.logins) delete req.session.logins[system.id];
}

/** Logs a user in under a new session id, so that an id from before is worth nothing. */
export function startLogin(req, system, user, done) {
  const { logins, transactions } = req.session;
  req.session.regenerate((err) => {
    if (err) return done(err);
    req.session.transactions = transactions;
    req.session.logins = { ...logins, [system.id]: { username: user.username, consents: [] } };
    return done();
  });
}

/** The token that a form of this session has to carry. */
export const csrfToken = (req) => (req.session.csrf ??= randomUrlSafe(24));

export const csrfMatches = (req) => sameSecret(req.session.csrf, req.body?.csrf);
