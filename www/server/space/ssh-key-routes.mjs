import { demandFor } from "./access.mjs";
import { duplicated, notFound } from "./api-error.mjs";
import { parseSshKey } from "./ssh-keys.mjs";
import { spaceTime } from "./time.mjs";

/** Step 6 of the document: the keys that an application reaches Git repositories with. */
export function sshKeyRoutes(router, { applications }) {
  const keys = "/:application/ssh-keys";

  router.get(keys, (req, res) => {
    demandFor(req.subject, req.application, "Applications.View", { byItself: true });
    res.json(req.application.sshKeys);
  });

  router.post(keys, (req, res) => {
    demandFor(req.subject, req.application, "Applications.Edit");
    const key = parseSshKey(req.body.publicKey);
    // A key tells who comes with it, so that two applications cannot have the same one.
    const known = applications.all().flatMap(({ sshKeys }) => sshKeys);
    if (known.some(({ fingerprint }) => fingerprint === key.fingerprint)) {
      throw duplicated("This key has been added already");
    }
    const comment = typeof req.body.comment === "string" ? req.body.comment : key.comment;
    req.application.sshKeys.push({ ...key, comment, createdAt: spaceTime(Date.now()) });
    res.end();
  });

  router.delete(`${keys}/:fingerprint`, (req, res) => {
    demandFor(req.subject, req.application, "Applications.Edit");
    const { sshKeys } = req.application;
    const index = sshKeys.findIndex(({ fingerprint }) => fingerprint === req.params.fingerprint);
    if (index < 0) throw notFound("The application has no such key");
    sshKeys.splice(index, 1);
    res.end();
  });
}
