// Refresh token rotation with reuse detection (RFC 9700 section 4.14.2), and an API that takes live tokens only.
import { setTimeout as sleep } from "node:timers/promises";
import { UNAUTHORIZED, reply } from "../../e2e/support/scripted.mjs";

/**
 * Has a scripted server rotate: each refresh token is good once; a second use revokes all that came of the same
 * sign-in.
 * @param {Awaited<ReturnType<typeof import("../../e2e/support/scripted.mjs").startScripted>>} server
 * @param {{ lifetime: number, latency?: number }} options of access tokens, in seconds; of refreshes, in milliseconds
 */
export function rotate(server, { lifetime, latency = 0 }) {
  /** By refresh token: `{ family, isUsed }`. */
  const refreshTokens = new Map();
  /** By access token: `{ family, expiresAt }`. */
  const accessTokens = new Map();
  const seen = { replays: 0, refused: 0 };

  function issue(family) {
    const tokens = server.tokens({ expires_in: lifetime });
    refreshTokens.set(tokens.refresh_token, { family, isUsed: false });
    accessTokens.set(tokens.access_token, { family, expiresAt: Date.now() + lifetime * 1_000 });
    return tokens;
  }

  server.routes["/token"] = async ({ form }, res) => {
    if (form.grant_type === "authorization_code") return reply(res, 200, issue({ isRevoked: false }));
    const token = refreshTokens.get(form.refresh_token);
    if (token?.isUsed) {
      seen.replays += 1;
      token.family.isRevoked = true;
    }
    if (!token || token.family.isRevoked) return reply(res, 400, { error: "invalid_grant" });
    token.isUsed = true;
    await sleep(latency);
    return reply(res, 200, issue(token.family));
  };

  server.routes["/api"] = ({ headers }, res) => {
    const token = accessTokens.get(headers.authorization?.replace(/^Bearer /, ""));
    if (token && !token.family.isRevoked && Date.now() < token.expiresAt) return reply(res, 200, {});
    seen.refused += 1;
    return reply(res, 401, { error: "invalid_token" }, UNAUTHORIZED);
  };

  return seen;
}
