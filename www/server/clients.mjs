import { sameSecret } from "./random.mjs";

const ALL_GRANTS = ["authorization_code", "implicit", "refresh_token", "client_credentials", "password"];
const PASSPORT_GRANTS = ALL_GRANTS.filter((grant) => grant !== "implicit");

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
    // Every character of the secret means something in base64, in a form or in Basic.
    id: "playground-odd",
    name: "Playground (odd secret)",
    system: "space",
    secret: "p+a:s%41 w&r=d/~",
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
  {
    id: "hub-playground",
    name: "Playground",
    system: "hub",
    grants: ["authorization_code", "implicit", "refresh_token"],
    redirectUris,
  },
  {
    id: "hub-confidential",
    name: "Playground (trusted service)",
    system: "hub",
    secret: "hub-secret",
    grants: ALL_GRANTS,
    redirectUris,
  },
  {
    id: "7",
    name: "Playground",
    system: "processmaker4",
    secret: "pm4-secret",
    grants: PASSPORT_GRANTS,
    redirectUris,
  },
  {
    // No page of ProcessMaker 4 creates one without a secret, but its command line does.
    id: "8",
    name: "Playground (public)",
    system: "processmaker4",
    grants: ["authorization_code", "refresh_token"],
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
  // The applications of Space come and go; the others stay as long as the server does.
  const applications = new Map();
  for (const client of [...defaultClients(redirectUris), ...clients]) {
    byId.set(client.id, normalise(client, redirectUris));
  }

  return {
    /** The client of that id, if it belongs to that system. */
    find(id, system) {
      const client = byId.get(id) ?? applications.get(id);
      return client?.system === system.id ? client : undefined;
    },

    has: (id) => byId.has(id) || applications.has(id),

    register: (client) => applications.set(client.id, client),

    unregister: (id) => applications.delete(id),

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
