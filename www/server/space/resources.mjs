import { subjectOf } from "./access.mjs";
import { applicationRoutes } from "./application-routes.mjs";
import { consentRoutes } from "./consent-routes.mjs";
import { directoryRoutes, profileJson } from "./directory-routes.mjs";
import { onlyFields } from "./fields.mjs";

const PROFILES = "/team-directory/profiles";

// A token can give itself up. These also work for the tokens of clients that were never registered.
function ownTokenRoutes(router, { sendError }) {
  const ok = (res) => res.status(200).end();

  // An application gives up the refresh token behind the access token that it presents.
  router.delete(`${PROFILES}/oauth-consents/me/refresh-tokens/self`, (req, res) => {
    const { permanent, family } = req.grant;
    if (permanent) return sendError(res, 404, "not-found", "There is no refresh token behind this one");
    family.revoked = true;
    return ok(res);
  });

  const current = "permanent-tokens/current";
  router.delete([`${PROFILES}/me/${current}`, `/applications/me/${current}`], (req, res) => {
    const { permanent, username, family } = req.grant;
    const personal = req.path.startsWith(PROFILES);
    if (!permanent || personal !== (username !== undefined)) {
      return sendError(res, 404, "not-found", "The token of this request is not such a permanent token");
    }
    family.revoked = true;
    return ok(res);
  });
}

/** The part of Space's HTTP API that an application needs for itself, and something to call with its rights. */
export function spaceResources(router, { asUser, sendError, system, parts }) {
  router.use(onlyFields, (req, res, next) => {
    req.subject = subjectOf(req.grant, parts.applications);
    next();
  });
  router.get(`${PROFILES}/me`, asUser(profileJson));
  ownTokenRoutes(router, { sendError });
  consentRoutes(router, { ...parts, system });
  directoryRoutes(router);
  router.use("/applications", applicationRoutes({ ...parts, system }));
}
