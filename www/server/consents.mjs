import { randomUrlSafe } from "./random.mjs";
import { scopeKey } from "./scope.mjs";

/** What users have allowed clients to do, until they take it back. */
export function createConsents() {
  const all = [];

  const find = (system, username, clientId) =>
    all.find((one) => one.system === system.id && one.username === username && one.clientId === clientId);

  function create(system, username, clientId) {
    const consent = { system: system.id, username, clientId, approvals: new Map() };
    all.push(consent);
    return consent;
  }

  return {
    /** @param {{ username: string, clientId: string, scope: string[], offline: boolean }} allowed */
    add(system, { username, clientId, scope, offline }) {
      const { approvals } = find(system, username, clientId) ?? create(system, username, clientId);
      const key = scopeKey(scope);
      const { id = randomUrlSafe(9), offline: before = false } = approvals.get(key) ?? {};
      approvals.set(key, { id, scope, offline: before || offline });
    },

    /** @returns {boolean} whether the user has allowed the client exactly this */
    covers: (system, { username, clientId, scope }) =>
      find(system, username, clientId)?.approvals.has(scopeKey(scope)) ?? false,

    /** The approvals of one user for one client. */
    approvalsOf: (system, username, clientId) => [
      ...(find(system, username, clientId)?.approvals.values() ?? []),
    ],

    /** The ids of the clients that the user has allowed anything. */
    clientsOf: (system, username) =>
      all
        .filter((consent) => consent.system === system.id && consent.username === username)
        .map(({ clientId }) => clientId),

    remove(system, username, clientId) {
      const consent = find(system, username, clientId);
      if (consent) all.splice(all.indexOf(consent), 1);
    },

    clear: () => (all.length = 0),
  };
}
