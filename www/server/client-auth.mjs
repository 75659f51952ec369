import oauth2orize from "oauth2orize";

const { TokenError } = oauth2orize;

function formDecoded(text) {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** What a Basic header may mean: clients disagree on whether its parts are form-encoded. */
function basicCandidates(header) {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(header)?.[1];
  if (!encoded) return [];
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  if (colon < 0) return [];
  const raw = [text.slice(0, colon), text.slice(colon + 1)];
  return [raw, raw.map(formDecoded)];
}

function byHeader(system, clients, header, body) {
  for (const [id, secret] of basicCandidates(header)) {
    const client = clients.find(id, system);
    if (!client || !clients.secretMatches(client, secret)) continue;
    // Both ways at once are tolerated, as long as they name the same client.
    if (body.client_id === undefined || body.client_id === client.id) return client;
  }
  return undefined;
}

function byBody(system, clients, body) {
  const client = clients.find(body.client_id, system);
  if (!client) return undefined;
  if (clients.isPublic(client)) return body.client_secret === undefined ? client : undefined;
  return clients.secretMatches(client, body.client_secret) ? client : undefined;
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
