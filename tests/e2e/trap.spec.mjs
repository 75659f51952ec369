// A trap leaves an instance of the module in pieces. It is made to trap here, wherever it is entered: whoever called is
// told so, and everything else goes on in another instance.
import { watchInstances } from "./support/instances.mjs";
import { client, expect, reply, test, UNAUTHORIZED } from "./support/test.mjs";

/**
 * What is called, where the module traps then, and what is left of the session that was used: the "same" tokens,
 * "newer" ones, or none at all ("gone"). With `nth`, the module is entered there several times before.
 */
const POINTS = [
  // What gives a value at once.
  { call: "scopes", at: "call summary", left: "same" },
  { call: "signedIn", at: "call summary", isAfter: true, left: "same" },
  { call: "expiresAt", at: "call summary", left: "same" },
  { call: "claims", at: "call claims", left: "same" },
  { call: "claims", at: "call claims", isAfter: true, left: "same" },
  { call: "buildAuthorizationUrl", at: "call authorizationUrl", left: "same" },
  { call: "parseRedirect", at: "call readRedirect", left: "same" },
  // The restoring of a session.
  { call: "check", at: "call open", left: "same" },
  { call: "check", at: "call open", isAfter: true, left: "same" },
  { call: "check", at: "call findAnswer", left: "same" },
  { call: "check", at: "call look", left: "same" },
  { call: "check", at: "answer read", left: "same" },
  { call: "check", at: "call restore", isAfter: true, left: "same" },
  { call: "check", at: "answer read", nth: 2, left: "same" },
  { call: "check", at: "call summary", nth: 2, left: "same" },
  // Its use.
  { call: "accessToken", at: "call accessToken", left: "same" },
  { call: "accessToken", at: "call accessToken", isAfter: true, left: "same" },
  { call: "accessToken", at: "answer read", left: "same" },
  { call: "accessToken", at: "answer read", isAfter: true, left: "same" },
  { call: "fetch", at: "call accessToken", left: "same" },
  { call: "fetch", at: "call summary", left: "same" },
  { call: "refused", at: "call refresh", left: "same" },
  { call: "refused", at: "answer write", left: "newer" },
  // A refresh.
  { call: "refresh", at: "call refresh", left: "same" },
  { call: "refresh", at: "call refresh", isAfter: true, left: "same" },
  { call: "refresh", at: "answer turn", left: "same" },
  { call: "refresh", at: "answer turn", isAfter: true, left: "same" },
  { call: "refresh", at: "answer read", left: "same" },
  { call: "refresh", at: "answer send", left: "same" },
  { call: "refresh", at: "answer send", isAfter: true, left: "same" },
  { call: "refresh", at: "answer read", nth: 2, left: "same" },
  { call: "refresh", at: "answer write", left: "newer" },
  { call: "refresh", at: "answer write", isAfter: true, left: "newer" },
  { call: "expired", at: "answer turn", left: "same" },
  { call: "expired", at: "answer send", left: "same" },
  // Its end.
  { call: "logout", at: "call logout", left: "same" },
  { call: "logout", at: "call logout", isAfter: true, left: "same" },
  { call: "logout", at: "answer read", left: "same" },
  { call: "logout", at: "answer remove", left: "gone" },
  { call: "logout", at: "answer remove", isAfter: true, left: "gone" },
  // A sign-in of another user: by a redirect, and by a password.
  { call: "redirect", at: "call findAnswer", left: "same" },
  { call: "redirect", at: "call readRedirect", left: "same" },
  { call: "redirect", at: "call ask", left: "same" },
  { call: "redirect", at: "answer send", left: "same" },
  { call: "redirect", at: "answer send", isAfter: true, left: "same" },
  { call: "redirect", at: "call establish", left: "same" },
  { call: "redirect", at: "answer read", left: "same" },
  { call: "redirect", at: "answer write", left: "newer" },
  { call: "password", at: "call ask", isAfter: true, left: "same" },
  { call: "password", at: "answer send", left: "same" },
  { call: "password", at: "call establish", isAfter: true, left: "same" },
  { call: "password", at: "answer write", left: "newer" },
  // The pieces.
  { call: "exchangeCode", at: "call ask", left: "same" },
  { call: "exchangeCode", at: "answer send", left: "same" },
  { call: "refreshTokens", at: "answer send", isAfter: true, left: "same" },
  { call: "revokeToken", at: "answer send", left: "same" },
];

/** Prepares what a test calls in the page: `world` has all of it. */
async function prepare(page, app, as, options) {
  await watchInstances(page);
  await page.goto(app.origin);
  return page.evaluate(async (options) => {
    const lib = await window.lib();
    const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));
    const enter = (more) => lib.password({ ...options, username: "alice", password: "x", ...more });
    const redirect = async () => {
      const request = lib.buildAuthorizationUrl(options);
      lib.rememberRequest(request);
      return lib.handleRedirect(options, `${request.redirectUri}?code=c&state=${request.state}`);
    };

    const world = (window.world = {
      pause,
      enter,
      /** The two that have nothing to do with what is called: of another client, and of one's own place. */
      others: [
        await enter({ clientId: "other", storage: "local" }),
        await lib.permanentToken({ server: options.server, token: "permanent" }),
      ],
      calls: {
        scopes: () => world.session.scopes,
        signedIn: () => world.session.signedIn,
        expiresAt: () => world.session.expiresAt,
        claims: () => world.session.claims,
        buildAuthorizationUrl: () => lib.buildAuthorizationUrl(options),
        parseRedirect: () =>
          lib.parseRedirect("https://app.example/?code=c&state=s", {
            url: "https://as.example/?client_id=spa",
            state: "s",
            redirectUri: "https://app.example/",
          }),
        check: () => lib.login({ ...options, mode: "check" }),
        accessToken: () => world.session.accessToken(),
        fetch: () => world.session.fetch("x"),
        refused: () => world.session.fetch("refused"),
        refresh: () => world.session.refresh(),
        // Good for an hour, and so for less than two.
        expired: () => world.session.accessToken({ minValidity: 7_200_000 }),
        logout: () => world.session.logout(),
        redirect,
        password: () => enter({}),
        exchangeCode: () => lib.exchangeCode({ ...options, code: "c", redirectUri: "https://app.example/" }),
        refreshTokens: () => lib.refreshTokens({ ...options, refreshToken: "r" }),
        revokeToken: () => lib.revokeToken({ ...options, token: "t" }),
      },

      /** The outcome of a call without its value, and how long it took; "pending" when it never comes. */
      async outcome(call) {
        const start = performance.now();
        const settled = outcome(async () => void (await call()));
        const { isAuthError, code } = await Promise.race([settled, pause(5_000).then(() => ({ code: "pending" }))]);
        return { isAuthError, code, isSoon: performance.now() - start < 1_000 };
      },

      /** Until no call is under way in the module. */
      async settled() {
        for (let time = 0; instances.calls.size && time < 100; time++) await pause(10);
        return instances.calls.size;
      },

      async held() {
        for (let time = 0; time < 100; time++) {
          const { held, pending } = await navigator.locks.query();
          if (held.length + pending.length === 0) return 0;
          await pause(10);
        }
        return (await navigator.locks.query()).held.map(({ name }) => name);
      },
    });
  }, options);
}

/** Everything that is to be seen of one trap. */
const attempt = (page, point) =>
  page.evaluate(async ({ call, at, isAfter, nth = 1 }) => {
    const { world } = window;
    const session = (world.session = await world.enter());
    const before = await session.accessToken();
    await world.settled();
    const traps = instances.traps.length;

    instances.arm(at, isAfter, nth);
    const affected = await world.outcome(world.calls[call]);
    // At once: before anybody had the time to look at a store.
    const signedIn = world.others.map((other) => other.signedIn);
    const next = await outcome(() => session.accessToken());
    const left = next.code ?? (next.value === before ? "same" : "newer");
    const tokens = await Promise.all(world.others.map((other) => outcome(() => other.accessToken())));
    const others = tokens.map(({ code, value }) => code ?? typeof value);
    const again = await world.outcome(world.calls[call]);
    const refresh = session.signedIn ? await world.outcome(() => session.refresh()) : undefined;
    const trapped = instances.traps.slice(traps);
    instances.armed = undefined;
    const [pending, held] = [await world.settled(), await world.held()];
    return { trapped, affected, signedIn, left, others, again, refresh, pending, held };
  }, point);

for (const storage of ["session", "local", "memory", "encrypted"]) {
  test(`N01 N02 N03: storage "${storage}": a trap at ${POINTS.length} points`, async ({ page, app, as }) => {
    as.routes["/api/refused"] = (request, res) => {
      const isFirst = request.headers.authorization !== as.refused;
      as.refused = request.headers.authorization;
      return isFirst ? reply(res, 401, {}, UNAUTHORIZED) : reply(res, 200);
    };
    const server = { ...as.server, revocationEndpoint: `${as.url}/revoke` };
    await prepare(page, app, as, client(as, { server, storage }));

    const works = { isAuthError: undefined, code: undefined, isSoon: true };
    for (const point of POINTS) {
      const { at, left } = point;
      const isGone = left === "gone";
      as.refused = undefined;
      const seen = await attempt(page, point);
      expect.soft(seen, JSON.stringify(point)).toEqual({
        trapped: [at],
        affected: { isAuthError: true, code: "internal_error", isSoon: true },
        signedIn: [true, true],
        left: isGone ? "not_signed_in" : left,
        others: ["string", "string"],
        again: works,
        refresh: isGone || point.call === "logout" ? undefined : works,
        pending: 0,
        held: 0,
      });
    }
    expect(await page.evaluate(() => instances.late), "asked of what had trapped").toEqual([]);
    expect(await page.evaluate(() => instances.traps.length)).toBe(POINTS.length);
  });
}
