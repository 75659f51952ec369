import { demand, demandFor, holds, owns } from "./access.mjs";
import { notFound } from "./api-error.mjs";
import { applicationJson } from "./application-json.mjs";
import { contextJson, readContext } from "./contexts.mjs";
import {
  authorizedContexts,
  changeRequiredRights,
  isAuthorizedIn,
  readRights,
  removeAuthorization,
  requestRights,
  requiredRightsJson,
  rightsJson,
  updateRights,
} from "./rights.mjs";

// Who has this right in a context decides about those of applications there.
const rightToAuthorize = ({ project }) =>
  project ? "Project.Admin" : "Applications.DelegateGlobalPermissions";

const mayAuthorize = (subject, context) => holds(subject, rightToAuthorize(context), context);

/** Steps 3 and 4 of the document: what an application needs, and what it is given where. */
export function rightsRoutes(router, { applications }) {
  const required = "/:application/authorizations/required-rights";
  const authorized = "/:application/authorizations/authorized-rights";

  const demandEdit = ({ subject, application }) =>
    demandFor(subject, application, "Applications.Edit", { byItself: true });
  const demandView = ({ subject, application }) =>
    demandFor(subject, application, "Applications.View", { byItself: true });

  router.get("/authorizations/authorized-applications", (req, res) => {
    const context = readContext(req.query.contextIdentifier);
    if (!mayAuthorize(req.subject, context)) demand(req.subject, "Applications.View");
    const found = applications.all().filter((one) => !one.archived && isAuthorizedIn(one, context));
    res.json(found.map(applicationJson));
  });

  router.get(required, (req, res) => {
    demandView(req);
    res.json(requiredRightsJson(req.application));
  });

  router.patch(required, (req, res) => {
    demandEdit(req);
    const { rightCodesToAdd = [], rightCodesToRemove = [], requestRightsInAuthorizedContexts } = req.body;
    changeRequiredRights(req.application, {
      add: readRights(rightCodesToAdd, "rightCodesToAdd"),
      remove: readRights(rightCodesToRemove, "rightCodesToRemove"),
      requestInAuthorizedContexts: requestRightsInAuthorizedContexts === true,
    });
    res.end();
  });

  router.patch(`${authorized}/request-rights`, (req, res) => {
    demandEdit(req);
    const context = readContext(req.body.contextIdentifier);
    requestRights(req.application, readRights(req.body.rightCodes, "rightCodes"), context);
    res.end();
  });

  router.get(authorized, (req, res) => {
    const context = readContext(req.query.contextIdentifier);
    if (!mayAuthorize(req.subject, context)) demandView(req);
    res.json(rightsJson(req.application, context));
  });

  router.patch(authorized, (req, res) => {
    const context = readContext(req.body.contextIdentifier);
    demand(req.subject, rightToAuthorize(context), context);
    updateRights(req.application, req.body.updates, context);
    res.end();
  });

  router.delete(authorized, (req, res) => {
    const context = readContext(req.query.contextIdentifier);
    if (!owns(req.subject, req.application)) demand(req.subject, rightToAuthorize(context), context);
    if (!removeAuthorization(req.application, context)) {
      throw notFound(`The application has no authorization ${context.place}`);
    }
    res.end();
  });

  router.get("/:application/authorizations/authorized-contexts", (req, res) => {
    demandView(req);
    res.json(authorizedContexts(req.application).map(contextJson));
  });
}
