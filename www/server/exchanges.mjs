import oauth2orize from "oauth2orize";
import { verifierMatches } from "./pkce.mjs";
import { parseScope } from "./scope.mjs";
import { checkPassword } from "./users.mjs";

const { TokenError, exchange } = oauth2orize;

const refuse = (code, description) => new TokenError(description, code);

const isScope = (text) => parseScope(text) !== undefined;

// The status that the library would choose is not that of any of the systems.
const refuseAs = ({ code, status }, description) =>
  Object.assign(refuse(code, description), { answeredWith: status });

/** The grants of the token endpoint of a system. */
export function createExchanges(system, { tokens, observer }) {
  const server = oauth2orize.createServer();

  function issue(client, data, done, { refreshable = true, scopeAsked } = {}) {
    const { value, expiresIn } = tokens.issueAccess(system, data);
    const withRefresh = refreshable && client.grants.includes("refresh_token") && system.refreshFor(data);
    // A narrower access token does not make the grant behind it narrower.
    const { grantedScope = data.scope } = data;
    const refreshToken = withRefresh
      ? tokens.issueRefresh(system, { ...data, scope: grantedScope, grantedScope: undefined }, value)
      : undefined;
    done(null, value, refreshToken, system.tokenFields({ expiresIn, scope: data.scope, scopeAsked }));
  }

  function requestedScope(text, grant) {
    const scope = parseScope(text) ?? system.scopeDefaults[grant];
    if (!scope) throw refuse("invalid_scope", "scope is missing");
    if (!scope.every(system.scopeKnown)) throw refuse("invalid_scope", "An unknown scope was requested");
    return scope;
  }

  function authorizationCode(client, code, redirectUri, body, done) {
    const record = tokens.findCode(code);
    if (record?.clientId !== client.id) throw refuse("invalid_grant", "The code is not known");
    if (record.used) {
      if (system.codeReplayRevokes) record.family.revoked = true;
      throw refuse("invalid_grant", "The code has been used already");
    }
    // Whatever happens next, this code has had its chance.
    record.used = true;
    if (record.family.revoked || tokens.isOver(record)) throw refuse("invalid_grant", "The code has expired");
    if (record.redirectUri !== undefined && record.redirectUri !== redirectUri) {
      throw refuse(system.redirectMismatch, "redirect_uri is not the one of the authorization request");
    }
    if (client.cameWithoutSecret && record.pkce.challenge === undefined) {
      throw refuse("invalid_grant", "Without its secret an application needs PKCE");
    }
    if (!verifierMatches(record.pkce, body.code_verifier)) {
      throw refuse("invalid_grant", "code_verifier does not match code_challenge");
    }
    const { username, scope, accessType, family } = record;
    issue(client, { clientId: client.id, username, scope, accessType, family }, done);
  }

  function refreshToken(client, value, unsplit, body, done) {
    const record = tokens.findRefresh(value);
    const bad = (description) => refuseAs(system.badRefreshToken, description);
    if (record?.clientId !== client.id) throw bad("The refresh token is not known");
    if (record.used) {
      observer.count("token.refresh_token.reused");
      if (system.refreshReuseRevokes) record.family.revoked = true;
      throw bad("The refresh token has been used already");
    }
    if (record.family.revoked) throw bad("The refresh token is revoked");
    if (tokens.isOver(record)) throw bad("The refresh token has expired");

    const granted = record.scope;
    const requested = parseScope(body.scope) ?? granted;
    const scope = system.scopeOnRefresh(granted, requested);
    if (!system.scopeNarrows(granted, scope)) {
      throw refuse("invalid_scope", "The scope is wider than what was granted");
    }
    tokens.useRefresh(record);
    const { username, accessType, family } = record;
    const data = { clientId: client.id, username, scope, grantedScope: granted, accessType, family };
    issue(client, data, done);
  }

  function clientCredentials(client, unsplit, body, done) {
    const scope = requestedScope(body.scope, "client_credentials");
    const data = { clientId: client.id, username: undefined, scope, family: tokens.newFamily() };
    issue(client, data, done, { refreshable: false, scopeAsked: isScope(body.scope) });
  }

  function password(client, username, secret, unsplit, body, done) {
    const user = checkPassword(username, secret);
    if (!user) throw refuse("invalid_grant", "The user name or the password is wrong");
    const scope = requestedScope(body.scope, "password");
    const accessType = body.access_type === "offline" ? "offline" : "online";
    const data = { clientId: client.id, username: user.username, scope, accessType };
    const scopeAsked = isScope(body.scope);
    issue(client, { ...data, family: tokens.newFamily() }, done, { scopeAsked });
  }

  // The library looks at the number of parameters to know which of them to pass.
  server.exchange(exchange.authorizationCode(authorizationCode));
  server.exchange(exchange.refreshToken(refreshToken));
  server.exchange(exchange.clientCredentials(clientCredentials));
  server.exchange(exchange.password(password));

  return { exchange: server.token() };
}
