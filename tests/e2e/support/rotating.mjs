// A server that is strict about refresh tokens (RFC 9700 section 4.14.2): each is good once, and whoever uses one again
// ends the session for everybody. It knows no grace.
import { reply, UNAUTHORIZED } from "./scripted.mjs";

/**
 * Gives the scripted server these rules, and an API that takes access tokens until they expire.
 * @param {Awaited<ReturnType<import("./scripted.mjs").startScripted>>} as
 * @param {number} life of the access tokens to come, in seconds
 */
export function rotate(as, life = 3600) {
  const families = [];
  const refreshTokens = new Map();
  const accessTokens = new Map();

  const rules = {
    life,
    /** How often a refresh token came that had been used before. */
    replayed: 0,
    /** Refresh requests, and those of them that were granted. */
    refreshes: 0,
    granted: 0,
    /** When the newest access token expires, in milliseconds since the Unix epoch. */
    expiry: 0,
    /** The newest refresh token. */
    newest: "",
    get lost() {
      return families.filter(({ isRevoked }) => isRevoked).length;
    },
    /** Whether the session that was begun last has ended. */
    get isLost() {
      return families.at(-1).isRevoked;
    },
    /** Counts from here. */
    reset() {
      rules.replayed = rules.refreshes = rules.granted = 0;
      for (const family of families.splice(0)) if (!family.isRevoked) families.push(family);
    },
    /** What the request has a right to: `[status, body]`. It has an effect even if nobody hears of it. */
    process({ form }) {
      if (form.grant_type !== "refresh_token") {
        families.push({ isRevoked: false });
        return issue(families.at(-1));
      }
      rules.refreshes += 1;
      const used = refreshTokens.get(form.refresh_token);
      if (used?.isUsed) {
        rules.replayed += 1;
        used.family.isRevoked = true;
      }
      if (!used || used.family.isRevoked) return [400, { error: "invalid_grant" }];
      used.isUsed = true;
      rules.granted += 1;
      return issue(used.family);
    },
  };

  function issue(family) {
    const tokens = as.tokens({ expires_in: rules.life });
    rules.expiry = Date.now() + 1_000 * rules.life;
    rules.newest = tokens.refresh_token;
    accessTokens.set(`Bearer ${tokens.access_token}`, rules.expiry);
    refreshTokens.set(tokens.refresh_token, { family, isUsed: false });
    return [200, tokens];
  }

  as.routes["/token"] = (request, res) => reply(res, ...rules.process(request));
  as.routes["/api"] = ({ headers }, res) => {
    const isGood = Date.now() < (accessTokens.get(headers.authorization) ?? 0);
    return isGood ? reply(res, 200, {}) : reply(res, 401, { error: "invalid_token" }, UNAUTHORIZED);
  };
  return rules;
}
