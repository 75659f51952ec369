import express from "express";
import { demand, demandFor, holds, owns } from "./access.mjs";
import { applicationJson } from "./application-json.mjs";
import { page } from "./paging.mjs";
import { permanentTokenRoutes } from "./permanent-token-routes.mjs";
import { rightsRoutes } from "./rights-routes.mjs";
import { secretRoutes } from "./secret-routes.mjs";
import { readSettings } from "./settings.mjs";
import { sshKeyRoutes } from "./ssh-key-routes.mjs";

const ownerOf = ({ user }) => user?.username;

function search(applications, { name = "", withArchived }) {
  const wanted = String(name).toLowerCase();
  return applications
    .all()
    .filter((application) => withArchived === "true" || !application.archived)
    .filter((application) => application.name.toLowerCase().includes(wanted));
}

/** Everything under `/applications`: step 1 and 2 of the document are here, the others in files of their own. */
export function applicationRoutes(parts) {
  const { applications } = parts;
  const router = express.Router();

  router.use(express.json(), (req, res, next) => {
    req.body ??= {};
    next();
  });

  router.param("application", (req, res, next, identifier) => {
    req.application = applications.find(identifier, req.subject.application);
    next();
  });

  router.post("/", (req, res) => {
    demand(req.subject, "Applications.Create");
    const application = applications.register(readSettings(req.body), ownerOf(req.subject));
    res.json(applicationJson(application));
  });

  router.get("/paged", (req, res) => {
    const { subject } = req;
    // A user without the right still sees the user's own.
    if (!subject.user) demand(subject, "Applications.View");
    const seesAll = holds(subject, "Applications.View");
    const list = search(applications, req.query).filter((one) => seesAll || owns(subject, one));
    res.json(page(req.query, list, applicationJson));
  });

  rightsRoutes(router, parts);

  router.get("/:application", (req, res) => {
    demandFor(req.subject, req.application, "Applications.View", { byItself: true });
    res.json(applicationJson(req.application));
  });

  router.patch("/:application", (req, res) => {
    demandFor(req.subject, req.application, "Applications.Edit");
    applications.update(req.application, readSettings(req.body));
    res.json(applicationJson(req.application));
  });

  router.delete("/:application", (req, res) => {
    demandFor(req.subject, req.application, "Applications.Delete");
    applications.archive(req.application);
    res.end();
  });

  router.post("/:application/restore", (req, res) => {
    demandFor(req.subject, req.application, "Applications.Edit");
    applications.restore(req.application);
    res.end();
  });

  secretRoutes(router, parts);
  sshKeyRoutes(router, parts);
  permanentTokenRoutes(router, parts);
  return router;
}
