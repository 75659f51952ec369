import oauth2orize from "oauth2orize";

const { TokenError } = oauth2orize;

const NEEDING_SECRET = ["client_credentials", "password"];

// RFC 6749 wants both parts form-encoded, but none of these systems decodes them.
function basicCredentials(header) {
  const encoded = /^Basic +([A-Za-z0-9+/=]+) *$/i.exec(header)?.[1] ?? "";
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, "base64").toString("utf8")) ?? [];
  return { id, secret };
}

function byHeader(system, clients, header, body) {
  const { id, secret } = basicCredentials(header);
  const client = clients.find(id, system);
  if (!client || !clients.secretMatches(client, secret)) return undefined;
  // Both ways at once are tolerated, as long as they name the same client.
  return body.client_id === undefined || body.client_id === client.id ? client : undefined;
}

// Of an application whose owner allows it, for what a page in a browser does. The mark tells the
// token endpoint that nothing but PKCE is left to prove who comes with a code.
function withoutSecret(client, { client_secret: secret, grant_type: grant }) {
  const possible = client.publicAllowed && secret === undefined && !NEEDING_SECRET.includes(grant);
  return possible ? { ...client, cameWithoutSecret: true } : undefined;
}

function byBody(system, clients, body) {
  const client = clients.find(body.client_id, system);
  if (!client) return undefined;
  if (clients.isPublic(client)) return body.client_secret === undefined ? client : undefined;
  return clients.secretMatches(client, body.client_secret) ? client : withoutSecret(client, body);
}

/** Leaves the client in `req.user`, which is where the library looks for it. */
export function authenticateClient(system, clients) {
  return (req, res, next) => {
    const { body } = req;
    const header = req.get("authorization");
    const needsBody = system.passwordNeedsBodyCredentials && body.grant_type === "password";
    req.user =
      header === undefined || needsBody
        ? byBody(system, clients, body)
        : byHeader(system, clients, header, body);
    return next(
      req.user ? undefined : new TokenError("The client could not be authenticated", "invalid_client"),
    );
  };
}
