import { randomUrlSafe } from "./random.mjs";

const KEPT = 20;

const failure = (message, status) => Object.assign(new Error(message), { status });

/**
 * Authorization requests that wait for the user, kept in the session of that user.
 *
 * The library has a store like this, but that one leaves the whole client, secret included, in
 * the session and never forgets an abandoned request.
 */
export function createTransactionStore(system, clients) {
  const mine = (req) => ((req.session.transactions ??= {})[system.id] ??= {});

  return {
    store(req, { client, redirectURI, req: request }, done) {
      const id = randomUrlSafe(16);
      const transactions = mine(req);
      transactions[id] = { client: client.id, redirectURI, req: request };
      for (const old of Object.keys(transactions).slice(0, -KEPT)) delete transactions[old];
      done(null, id);
    },

    load(req, done) {
      const id = req.body?.transaction_id ?? req.query.transaction_id;
      const saved = typeof id === "string" && Object.hasOwn(mine(req), id) ? mine(req)[id] : undefined;
      if (!saved) return done(failure("This request has been answered already, or is too old.", 400));
      const client = clients.find(saved.client, system);
      if (!client) return done(failure("This application is no longer registered.", 400));
      return done(null, { ...structuredClone(saved), client, transactionID: id });
    },

    remove(req, id, done) {
      delete mine(req)[id];
      done(null);
    },
  };
}
