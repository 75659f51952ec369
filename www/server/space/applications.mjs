import { randomUUID } from "node:crypto";
import { randomHex, randomUrlSafe } from "../random.mjs";
import { duplicated, invalid, notFound } from "./api-error.mjs";
import { linesOf } from "./settings.mjs";

const DEFAULTS = {
  description: null,
  email: null,
  clientCredentialsFlowEnabled: true,
  codeFlowEnabled: false,
  codeFlowRedirectURIs: null,
  pkceRequired: false,
  publicClientsAllowed: false,
  implicitFlowEnabled: false,
  implicitFlowRedirectURIs: null,
  endpointUri: null,
  endpointSslVerification: true,
  hasPublicKeySignature: false,
};

/** A secret, a signing key or a verification token of an application. */
export const newKey = () => randomHex(32);

// The password flow is on for every application, and with it the one of refresh tokens.
const grantsOf = (application) =>
  [
    "password",
    "refresh_token",
    application.clientCredentialsFlowEnabled && "client_credentials",
    application.codeFlowEnabled && "authorization_code",
    application.implicitFlowEnabled && "implicit",
  ].filter(Boolean);

/** An application as the endpoints of OAuth know it. */
const clientOf = (application) => ({
  id: application.clientId,
  name: application.name,
  system: "space",
  secret: application.clientSecret,
  publicAllowed: application.publicClientsAllowed,
  pkceRequired: application.pkceRequired,
  grants: grantsOf(application),
  redirectUris: {
    code: linesOf(application.codeFlowRedirectURIs),
    token: linesOf(application.implicitFlowRedirectURIs),
  },
});

// A key that is there is kept, as whoever switches it on again does not want another one.
const switchKey = (key, on) => (on === undefined ? key : on ? (key ?? newKey()) : undefined);

function applySettings(application, { hasSigningKey, hasVerificationToken, ...settings }) {
  Object.assign(application, settings, {
    signingKey: switchKey(application.signingKey, hasSigningKey),
    verificationToken: switchKey(application.verificationToken, hasVerificationToken),
  });
}

/**
 * The applications that have been registered with Space. Each of them is a client of OAuth as long as it is not archived.
 * @param {{ clients: object, tokens: object }} parts
 */
export function createApplications({ clients, tokens }) {
  const byId = new Map();
  const all = () => [...byId.values()];

  function checkName(name, itself) {
    const taken = all().some((application) => application !== itself && application.name === name);
    if (taken) throw duplicated(`There is an application ${name} already`);
  }

  function publish(application) {
    if (application.archived) clients.unregister(application.clientId);
    else clients.register(clientOf(application));
  }

  return {
    all,

    byClientId: (clientId) => all().find((application) => application.clientId === clientId),

    /**
     * @param {string} identifier "id:...", "clientId:..." or "me"
     * @param {object} [own] the application that asks
     */
    find(identifier, own) {
      const found =
        identifier === "me"
          ? own
          : all().find(({ id, clientId }) => [`id:${id}`, `clientId:${clientId}`].includes(identifier));
      if (!found) throw notFound(`There is no application ${identifier}`);
      return found;
    },

    /**
     * @param {object} settings as `readSettings` gives them
     * @param {string} [owner] the user who registers it
     */
    register({ clientId = randomUUID(), clientSecret = newKey(), name, ...settings }, owner) {
      if (name === undefined) throw invalid("name is missing");
      checkName(name);
      const isTaken = clients.has(clientId) || all().some((other) => other.clientId === clientId);
      if (isTaken) throw duplicated(`There is a client ${clientId} already`);
      const application = {
        id: randomUrlSafe(9),
        clientId,
        clientSecret,
        name,
        owner,
        createdAt: Date.now(),
        archived: false,
        sshKeys: [],
        requiredRights: new Set(),
        authorizations: new Map(),
        ...DEFAULTS,
      };
      applySettings(application, settings);
      byId.set(application.id, application);
      publish(application);
      return application;
    },

    /** An application keeps its client id and its address for good. */
    update(application, { clientId, email, ...settings }) {
      if (settings.name !== undefined) checkName(settings.name, application);
      applySettings(application, settings);
      publish(application);
    },

    regenerateSecret(application) {
      application.clientSecret = newKey();
      publish(application);
    },

    /** What has been issued to it ends with it, and does not come back when it does. */
    archive(application) {
      application.archived = true;
      tokens.revokeWhere(({ clientId }) => clientId === application.clientId);
      publish(application);
    },

    restore(application) {
      application.archived = false;
      publish(application);
    },

    clear() {
      for (const { clientId } of all()) clients.unregister(clientId);
      byId.clear();
    },
  };
}
