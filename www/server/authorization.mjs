// The library knows the OAuth 2.0 grants. What it leaves to its user is here: which requests are
// sound, who has agreed already, and what to issue.
import oauth2orize from "oauth2orize";
import { challengeProblem } from "./pkce.mjs";
import { randomUrlSafe } from "./random.mjs";
import { parseScope, scopeKey } from "./scope.mjs";
import { createTransactionStore } from "./transactions.mjs";

const { AuthorizationError } = oauth2orize;

const GRANT_OF = { code: "authorization_code", token: "implicit" };
const ACCESS_TYPES = ["online", "offline"];

const consentKey = (client, scope) => `${client.id} ${scopeKey(scope)}`;

/** Remembers what the user allowed, until the log-in ends. */
export function rememberConsent(user, client, scope) {
  const key = consentKey(client, scope);
  if (!user.consents.includes(key)) user.consents.push(key);
}

// Undefined for a value that the system does not know.
function howToAsk({ asking }, query) {
  const value = asking && query[asking.parameter];
  if (!value) return "page";
  return Object.hasOwn(asking.values, value) ? asking.values[value] : undefined;
}

function parseRequest(system) {
  // The library tells parsers apart by their number of parameters: one means synchronous.
  return ({ query, fault }) => {
    for (const [name, value] of Object.entries(query)) {
      if (typeof value !== "string") throw new AuthorizationError(`${name} is repeated`, "invalid_request");
    }
    if (!query.client_id) throw new AuthorizationError("client_id is missing", "invalid_request");
    return {
      // Without a type the library would refuse before the redirect URI is known.
      type: query.response_type || "(missing)",
      clientID: query.client_id,
      redirectURI: query.redirect_uri,
      state: fault?.wrongState ? randomUrlSafe(16) : query.state,
      scope: parseScope(query.scope) ?? system.scopeDefaults.authorize,
      pkce: system.pkce
        ? { challenge: query.code_challenge, method: query.code_challenge_method }
        : { challenge: undefined, method: undefined },
      accessType: (system.accessTypes && query.access_type) || "online",
      ask: howToAsk(system, query),
    };
  };
}

/** Everything of a system that happens at its authorization endpoint, but for the pages. */
export function createAuthorization(system, { clients, tokens, consents, faults }) {
  const transactions = createTransactionStore(system, clients);
  const server = oauth2orize.createServer({ store: transactions });

  // A request of no known type can be told so at any address of the client.
  const registered = ({ redirectUris }, type) =>
    Object.hasOwn(redirectUris, type) ? redirectUris[type] : Object.values(redirectUris).flat();

  // Throws as long as there is no address that may be told about the error.
  function trustedRedirect(client, { type, redirectURI }) {
    const refused = system.responseTypeRefused(type === "(missing)" ? undefined : type);
    if (refused) throw new AuthorizationError("This response_type is not known", refused);
    const uris = registered(client, type);
    if (redirectURI === undefined) {
      if (!system.redirectUriRequired && uris.length === 1) return uris[0];
      throw new AuthorizationError("redirect_uri is missing", system.redirectUriMissing, null, 400);
    }
    if (uris.includes(redirectURI)) return redirectURI;
    throw new AuthorizationError(
      "The redirect URI is not registered for this application",
      system.redirectUriNotRegistered,
      null,
      400,
    );
  }

  function problem(client, { type, scope, pkce, accessType, ask }) {
    if (type === "(missing)") return ["invalid_request", "response_type is missing"];
    if (!system.responseTypes.includes(type)) {
      return ["unsupported_response_type", `response_type must be ${system.responseTypes.join(" or ")}`];
    }
    if (!client.grants.includes(GRANT_OF[type])) {
      return ["unauthorized_client", "This flow is not enabled for the application"];
    }
    if (!scope) return ["invalid_scope", "scope is missing"];
    if (!scope.every(system.scopeKnown)) return ["invalid_scope", "An unknown scope was requested"];
    if (!ACCESS_TYPES.includes(accessType)) return ["invalid_request", "access_type is not valid"];
    if (!ask) return ["invalid_request", `${system.asking.parameter} is not valid`];
    if (type !== "code") return undefined;
    const required = system.pkce && (clients.isPublic(client) || client.pkceRequired);
    const pkceProblem = challengeProblem(pkce, required);
    return pkceProblem && ["invalid_request", pkceProblem];
  }

  function validate(request, done) {
    const client = clients.find(request.clientID, system);
    if (!client) return done(new AuthorizationError("No such client", "invalid_client", null, 400));
    const redirectURI = trustedRedirect(client, request);
    const wrong = problem(client, request);
    return done(wrong ? new AuthorizationError(wrong[1], wrong[0]) : null, client, redirectURI);
  }

  // In this log-in session the user has allowed the same before, and has not taken it back since.
  const hasConsented = (user, client, scope) =>
    user.consents.includes(consentKey(client, scope)) &&
    consents.covers(system, { username: user.username, clientId: client.id, scope });

  /** Whether a request can be granted without showing a page. */
  function immediately({ client, user, req: request }, done) {
    const { scope, ask } = request;
    if (ask === "login" || ask === "consent") return done(null, false);
    if (user && hasConsented(user, client, scope)) return done(null, true);
    if (ask !== "never") return done(null, false);
    // None of these systems has the codes of OpenID Connect for it.
    const reason = user ? "The user has not allowed this yet" : "Nobody is logged in";
    return done(new AuthorizationError(reason, "access_denied"));
  }

  server.grant(
    oauth2orize.grant.code((client, redirectUri, user, response, request, done) => {
      const data = {
        clientId: client.id,
        username: user.username,
        scope: request.scope,
        accessType: request.accessType,
        pkce: request.pkce,
        redirectUri,
        family: tokens.newFamily(),
      };
      consents.add(system, { ...data, offline: request.accessType === "offline" });
      const lifetime = faults.take("code", system)?.expired ? 0 : undefined;
      done(null, tokens.issueCode(system, data, lifetime));
    }),
  );

  server.grant(
    oauth2orize.grant.token((client, user, response, request, done) => {
      const data = { clientId: client.id, username: user.username, scope: request.scope };
      consents.add(system, { ...data, offline: false });
      const { value, expiresIn } = tokens.issueAccess(system, { ...data, family: tokens.newFamily() });
      done(null, value, system.implicitFields({ expiresIn, scope: request.scope }));
    }),
  );

  server.grant("*", parseRequest(system));

  return {
    transactions,
    begin: server.authorization(validate, immediately),
    decide: (parse) => server.decision({ loadTransaction: false }, parse),
    redirectError: oauth2orize.errorHandler({ mode: "indirect", fragment: system.errorsInFragment }),
  };
}
