import { randomUrlSafe } from "./random.mjs";

/**
 * The codes and tokens of one server, in memory.
 *
 * Everything issued from one authorization shares a "family" object, so that revoking all of it
 * is a single assignment.
 * @param {object} options
 * @param {Record<string, number>} options.lifetimes of access tokens, by the id of the system
 * @param {{ system: string, value: string, username?: string }[]} options.permanent tokens that are there from the start
 */
export function createTokens({ lifetimes, permanent }) {
  const codes = new Map();
  const accessTokens = new Map();
  const refreshTokens = new Map();

  const expiry = (seconds) => Date.now() + seconds * 1000;
  const isOver = (record) => record.expiresAt <= Date.now();
  const newFamily = () => ({ revoked: false, refreshable: false });
  const isAlive = (record) => !record.family.revoked && !record.used && !isOver(record);
  const aliveIn = (store, isMeant) => [...store.values()].filter((one) => isAlive(one) && isMeant(one));

  function addPermanent() {
    for (const { system, value, username } of permanent) {
      const record = { system, username, family: newFamily(), permanent: true, expiresAt: Infinity };
      accessTokens.set(value, record);
    }
  }
  addPermanent();

  function useRefresh(record) {
    record.used = true;
    accessTokens.delete(record.endsAccess);
  }

  function revokeWhere(isMeant) {
    for (const store of [codes, accessTokens, refreshTokens]) {
      for (const record of store.values()) if (isMeant(record)) record.family.revoked = true;
    }
  }

  return {
    lifetimes,

    newFamily,

    issueCode(system, data, lifetime = system.codeLifetime) {
      const code = system.newToken();
      codes.set(code, { ...data, system: system.id, used: false, expiresAt: expiry(lifetime) });
      return code;
    },

    findCode: (code) => codes.get(code),

    issueAccess(system, data) {
      const value = system.newToken();
      const expiresIn = lifetimes[system.id];
      accessTokens.set(value, { ...data, system: system.id, expiresAt: expiry(expiresIn) });
      return { value, expiresIn };
    },

    /** @param {string} access the access token that it is issued along with */
    issueRefresh(system, data, access) {
      const value = system.newToken();
      data.family.refreshable = true;
      refreshTokens.set(value, {
        ...data,
        id: randomUrlSafe(9),
        issuedAt: Date.now(),
        endsAccess: system.refreshEndsAccessToken ? access : undefined,
        system: system.id,
        used: false,
        expiresAt: expiry(system.refreshLifetime),
      });
      return value;
    },

    /** A token that lasts until its `expiresAt`, or until it is revoked. */
    issuePermanent(system, data) {
      const value = system.newToken();
      const id = randomUrlSafe(9);
      const record = { ...data, id, system: system.id, family: newFamily(), permanent: true };
      accessTokens.set(value, record);
      return { value, record };
    },

    /** The permanent tokens that still work and are meant. */
    permanentWhere: (isMeant) => aliveIn(accessTokens, (record) => record.permanent && isMeant(record)),

    /** The refresh tokens that still work and are meant. */
    refreshWhere: (isMeant) => aliveIn(refreshTokens, isMeant),

    findRefresh: (value) => refreshTokens.get(value),

    findAccess: (value) => accessTokens.get(value),

    useRefresh,

    isOver,

    /** RFC 7009: whatever the token is, everything issued along with it goes too. */
    revoke(value, clientId) {
      const record = refreshTokens.get(value) ?? accessTokens.get(value);
      if (record?.clientId === clientId) record.family.revoked = true;
    },

    /** As `revoke`, for the one who owns the server: whoever the token belongs to. */
    revokeAny(value) {
      const record = refreshTokens.get(value) ?? accessTokens.get(value);
      if (!record) throw new TypeError("No such token");
      record.family.revoked = true;
    },

    useAllRefreshTokens() {
      for (const record of refreshTokens.values()) useRefresh(record);
    },

    expireAccessTokens() {
      for (const record of accessTokens.values()) if (!record.permanent) record.expiresAt = 0;
    },

    /** @param {(record: object) => boolean} isMeant */
    revokeWhere,

    revokeAll() {
      revokeWhere(() => true);
      // Nobody could make these anew, and the playground signs in with them.
      addPermanent();
    },

    clear() {
      for (const store of [codes, accessTokens, refreshTokens]) store.clear();
      addPermanent();
    },
  };
}
