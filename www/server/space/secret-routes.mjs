import { demandFor } from "./access.mjs";
import { notFound } from "./api-error.mjs";
import { newKey } from "./applications.mjs";

/** What an application and Space prove themselves to each other with. */
export function secretRoutes(router, { applications, serverKeys }) {
  const secrets = {
    "client-secret": {
      read: ({ clientSecret }) => clientSecret,
      renew: (application) => applications.regenerateSecret(application),
    },
    "signing-key": {
      read: ({ signingKey }) => signingKey,
      renew: (application) => (application.signingKey = newKey()),
    },
    "verification-token": {
      read: ({ verificationToken }) => verificationToken,
      renew: (application) => (application.verificationToken = newKey()),
    },
  };

  for (const [name, { read, renew }] of Object.entries(secrets)) {
    router.get(`/:application/${name}`, (req, res) => {
      demandFor(req.subject, req.application, "Applications.ViewSecrets");
      const secret = read(req.application);
      if (secret === undefined) throw notFound(`The application has no ${name}`);
      res.json(secret);
    });

    router.post(`/:application/${name}/regenerate`, (req, res) => {
      demandFor(req.subject, req.application, "Applications.Edit");
      renew(req.application);
      res.end();
    });
  }

  router.get("/:application/public-keys", async (req, res) => {
    demandFor(req.subject, req.application, "Applications.View", { byItself: true });
    // Space answers with a text that has JSON in it: JSON twice.
    res.json(JSON.stringify(await serverKeys.publicKeys()));
  });
}
