// A server that is strict about refresh tokens (RFC 9700 section 4.14.2): each is good once, and whoever uses one again
// ends the session for everybody. It knows no grace. An access token says in its text until when it is good, so that an
// API needs nothing else to judge it.
import { reply, UNAUTHORIZED } from "./scripted.mjs";

/**
 * Refresh tokens that are good once. Whoever uses one again ends its family, which is an object that the server has for
 * every sign-in, unless the server is forgiving.
 */
export function singleUse({ isForgiving = false } = {}) {
  const issued = new Map();
  return {
    add(token, family) {
      issued.set(token, { family, isUsed: false });
    },
    use(token) {
      const found = issued.get(token);
      if (!found) return { isReplay: false, isGranted: false };
      const { family, isUsed: isReplay } = found;
      if (isReplay && !isForgiving) family.isRevoked = true;
      const isGranted = !isReplay && !family.isRevoked;
      found.isUsed ||= isGranted;
      return { family, isReplay, isGranted };
    },
  };
}

/**
 * Gives the scripted server these rules, and an API that takes access tokens until they expire.
 * @param {Awaited<ReturnType<import("./scripted.mjs").startScripted>>} as
 * @param {number} life of the access tokens to come, in seconds
 */
export function rotate(as, life = 3600) {
  const families = [];
  const refreshTokens = singleUse();

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
      const { family, isReplay, isGranted } = refreshTokens.use(form.refresh_token);
      if (isReplay) rules.replayed += 1;
      if (!isGranted) return [400, { error: "invalid_grant" }];
      rules.granted += 1;
      return issue(family);
    },
  };

  function issue(family) {
    rules.expiry = Date.now() + 1_000 * rules.life;
    const tokens = as.tokens({ expires_in: rules.life });
    tokens.access_token += `.${rules.expiry}`;
    rules.newest = tokens.refresh_token;
    refreshTokens.add(tokens.refresh_token, family);
    return [200, tokens];
  }

  as.routes["/token"] = (request, res) => reply(res, ...rules.process(request));
  as.routes["/api"] = ({ headers }, res) => {
    const [, expiry] = /^Bearer at-\d+\.(\d+)$/.exec(headers.authorization) ?? [];
    return Date.now() < expiry
      ? reply(res, 200, {})
      : reply(res, 401, { error: "invalid_token" }, UNAUTHORIZED);
  };
  return rules;
}

/**
 * For the page, before it loads: an API that answers there by the same rule, since thousands of requests at once would
 * measure the browser's network; every 20th call does go there, as do all others that are not for the API.
 */
export function answerInPage(api) {
  const overNetwork = window.fetch;
  let calls = 0;
  window.fetch = async (input, init) => {
    const isForApi = String(input.url ?? input).startsWith(api);
    if (!isForApi || calls++ % 20 === 0) return overNetwork(input, init);
    const { authorization } = Object.fromEntries(new Headers(input.headers ?? init.headers));
    const [, expiry] = /^Bearer at-\d+\.(\d+)$/.exec(authorization) ?? [];
    if (Date.now() < expiry) return new Response("{}");
    const headers = { "WWW-Authenticate": 'Bearer error="invalid_token"' };
    return new Response('{"error":"invalid_token"}', { status: 401, headers });
  };
}
