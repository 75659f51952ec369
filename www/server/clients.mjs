import { sameSecret } from "./random.mjs";

const ALL_GRANTS = ["authorization_code", "implicit", "refresh_token", "client_credentials", "password"];

const defaultClients = (redirectUris) => [
  {
    id: "playground",
    name: "Playground",
    system: "space",
    grants: ["authorization_code", "implicit", "refresh_token"],
    redirectUris,
  },
  {
    id: "playground-confidential",
    name: "Playground (confidential)",
    system: "space",
    secret: "playground-secret",
    grants: ALL_GRANTS,
    redirectUris,
  },
  {
    id: "x-playground",
    name: "Playground",
    system: "processmaker",
    secret: "x-playground-secret",
    grants: ALL_GRANTS,
    redirectUris,
  },
];

// Space keeps one list of redirect URIs per flow; a plain array means the same list for both.
function normalise(client, fallbackUris) {
  const uris = client.redirectUris ?? fallbackUris;
  const lists = Array.isArray(uris) ? { code: uris, token: uris } : uris;
  return {
    name: client.id,
    system: "space",
    ...client,
    grants: [...(client.grants ?? ALL_GRANTS)],
    redirectUris: { code: [...(lists.code ?? [])], token: [...(lists.token ?? [])] },
  };
}

/**
 * The registered clients of one server.
 * @param {{ redirectUris: string[], clients: object[] }} options
 */
export function createClients({ redirectUris, clients }) {
  const byId = new Map();
  for (const client of [...defaultClients(redirectUris), ...clients]) {
    byId.set(client.id, normalise(client, redirectUris));
  }

  return {
    /** The client of that id, if it belongs to that system. */
    find(id, system) {
      const client = byId.get(id);
      return client?.system === system.id ? client : undefined;
    },

    isPublic: (client) => !client.secret,

    secretMatches: (client, secret) => Boolean(client.secret) && sameSecret(client.secret, secret),

    /**
     * @param {string} id
     * @param {string} uri
     * @param {"code" | "token"} [flow] both flows when left out
     */
    registerRedirectUri(id, uri, flow) {
      const client = byId.get(id);
      if (!client) throw new Error(`No client is registered as ${id}`);
      for (const list of flow ? [client.redirectUris[flow]] : Object.values(client.redirectUris)) {
        if (!list.includes(uri)) list.push(uri);
      }
    },
  };
}
