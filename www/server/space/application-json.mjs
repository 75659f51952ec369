import { findUser } from "../users.mjs";
import { spaceTime } from "./time.mjs";

const profileOf = (username) => {
  const user = findUser(username);
  return user ? { id: user.id, username } : null;
};

/** An application in the answers of the API, where its secrets are not among the members. */
export function applicationJson(application) {
  const { name, endpointUri: url, endpointSslVerification: sslVerification } = application;
  const flows = {
    clientCredentialsFlowEnabled: application.clientCredentialsFlowEnabled,
    codeFlowEnabled: application.codeFlowEnabled,
    codeFlowRedirectURIs: application.codeFlowRedirectURIs,
    pkceRequired: application.pkceRequired,
    implicitFlowEnabled: application.implicitFlowEnabled,
    implicitFlowRedirectURIs: application.implicitFlowRedirectURIs,
  };
  return {
    id: application.id,
    clientId: application.clientId,
    name,
    presentableName: name,
    applicationType: "Application",
    description: application.description,
    email: application.email,
    owner: profileOf(application.owner),
    createdAt: spaceTime(application.createdAt),
    archived: application.archived,
    ...flows,
    // A body of a request calls it endpointUri.
    endpointURI: url,
    endpointSslVerification: sslVerification,
    hasSigningKey: application.signingKey !== undefined,
    hasPublicKeySignature: application.hasPublicKeySignature,
    hasVerificationToken: application.verificationToken !== undefined,
    settings: {
      ...flows,
      publicClientsAllowed: application.publicClientsAllowed,
      endpoint: { url, sslVerification },
    },
  };
}
