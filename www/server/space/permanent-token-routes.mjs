import { parseScope } from "../scope.mjs";
import { demandFor } from "./access.mjs";
import { invalid, notFound } from "./api-error.mjs";
import { page } from "./paging.mjs";
import { readTime, spaceTime } from "./time.mjs";

function readToken({ name, scope, expires }) {
  if (typeof name !== "string" || !name.trim()) throw invalid("name is missing");
  const scopes = parseScope(scope);
  if (!scopes) throw invalid("scope is missing");
  const expiresAt = expires === undefined || expires === null ? Infinity : readTime(expires);
  if (expiresAt <= Date.now()) throw invalid("expires is over already");
  return { name: name.trim(), scope: scopes, expiresAt };
}

const tokenJson = ({ id, name, scope, createdAt, expiresAt }) => ({
  id,
  name,
  scope: scope.join(" "),
  created: spaceTime(createdAt),
  expires: expiresAt === Infinity ? null : spaceTime(expiresAt),
  lastAccess: null,
});

/** Tokens that act as the application, for as long as the one who creates them likes. */
export function permanentTokenRoutes(router, { system, tokens }) {
  const path = "/:application/permanent-tokens";
  const tokensOf = ({ clientId }) => tokens.permanentWhere((record) => record.clientId === clientId);

  router.post(path, (req, res) => {
    demandFor(req.subject, req.application, "Applications.Edit");
    const { clientId } = req.application;
    const data = { ...readToken(req.body), clientId, createdAt: Date.now() };
    const { record, value } = tokens.issuePermanent(system, data);
    res.json({ first: tokenJson(record), second: value });
  });

  router.get(path, (req, res) => {
    demandFor(req.subject, req.application, "Applications.ViewSecrets");
    res.json(page(req.query, tokensOf(req.application), tokenJson));
  });

  router.delete(`${path}/current`, (req, res) => {
    const { permanent, clientId, family } = req.grant;
    if (!permanent || clientId !== req.application.clientId) {
      throw notFound("The token of this request is not a permanent token of the application");
    }
    family.revoked = true;
    res.end();
  });

  router.delete(`${path}/:tokenId`, (req, res) => {
    demandFor(req.subject, req.application, "Applications.Edit");
    const record = tokensOf(req.application).find(({ id }) => id === req.params.tokenId);
    if (!record) throw notFound("The application has no such token");
    record.family.revoked = true;
    res.end();
  });
}
