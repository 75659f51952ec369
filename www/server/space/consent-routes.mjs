import { USERS } from "../users.mjs";
import { demand } from "./access.mjs";
import { denied, notFound } from "./api-error.mjs";
import { scopeJson } from "./scope-json.mjs";
import { spaceTime } from "./time.mjs";

function findOwner(identifier, { user }) {
  if (identifier === "me") {
    if (!user) throw denied("Only a user may do this");
    return user;
  }
  const owner = USERS.find(({ id, username }) => [`id:${id}`, `username:${username}`].includes(identifier));
  if (!owner) throw notFound(`There is no user ${identifier}`);
  return owner;
}

/** What users have let applications do, to look at and to take back. */
export function consentRoutes(router, { system, applications, clients, consents, tokens }) {
  const path = "/team-directory/profiles/oauth-consents/:owner";

  // A client that is there from the start has no other id than the one of OAuth.
  const describe = (clientId) => {
    const { id, name } = applications.byClientId(clientId) ?? clients.find(clientId, system);
    return { className: "ES_OAuthUserApp", app: { id, name, clientId } };
  };

  const refreshTokensOf = ({ username }) => tokens.refreshWhere((record) => record.username === username);

  function consentsOf(owner) {
    const refreshTokens = refreshTokensOf(owner);
    // Who has told an application the password has never been asked on a page.
    const withTokens = refreshTokens.map(({ clientId }) => clientId);
    const clientIds = new Set([...consents.clientsOf(system, owner.username), ...withTokens]);
    return [...clientIds].map((clientId) => ({
      clientApplication: describe(clientId),
      approvedScopes: consents
        .approvalsOf(system, owner.username, clientId)
        .map(({ id, scope, offline }) => ({ id, scope: scopeJson(scope), offlineAllowed: offline })),
      refreshTokens: refreshTokens
        .filter((record) => record.clientId === clientId)
        .map(({ id, scope, issuedAt }) => ({
          id,
          scope: scopeJson(scope),
          lastAccess: { time: spaceTime(issuedAt) },
        })),
    }));
  }

  router.param("owner", (req, res, next, identifier) => {
    req.owner = findOwner(identifier, req.subject);
    if (req.subject.user !== req.owner) demand(req.subject, "Profile.ApplicationConsents.Edit");
    next();
  });

  router.get(path, (req, res) => {
    res.json(consentsOf(req.owner));
  });

  router.delete(`${path}/applications/:client`, (req, res) => {
    const { client: identifier } = req.params;
    const names = ({ id, clientId }) =>
      identifier === "me"
        ? clientId === req.grant.clientId
        : [`id:${id}`, `clientId:${clientId}`].includes(identifier);
    const { username } = req.owner;
    const consent = consentsOf(req.owner).find(({ clientApplication }) => names(clientApplication.app));
    if (!consent) throw notFound(`${username} has not allowed anything to ${identifier}`);
    const { clientId } = consent.clientApplication.app;
    consents.remove(system, username, clientId);
    tokens.revokeWhere((record) => record.username === username && record.clientId === clientId);
    res.end();
  });

  router.delete(`${path}/refresh-tokens/:tokenId`, (req, res) => {
    const record = refreshTokensOf(req.owner).find(({ id }) => id === req.params.tokenId);
    if (!record) throw notFound("The user has no such refresh token");
    record.family.revoked = true;
    res.end();
  });
}
