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
  // An hour later: whoever asks next refreshes.
  { call: "expired", at: "answer turn", left: "newer" },
  { call: "expired", at: "answer send", left: "newer" },
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
        expired() {
          const now = Date.now.bind(Date);
          Date.now = () => now() + 3_600_000;
          return world.session.accessToken();
        },
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
        const { isAuthError, code } = await Promise.race([
          settled,
          pause(5_000).then(() => ({ code: "pending" })),
        ]);
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
    const next = await outcome(() => session.accessToken());
    const left = next.code ?? (next.value === before ? "same" : "newer");
    const tokens = await Promise.all(world.others.map((other) => outcome(() => other.accessToken())));
    const others = tokens.map(({ code, value }) => code ?? typeof value);
    const again = await world.outcome(world.calls[call]);
    const refresh = session.signedIn ? await world.outcome(() => session.refresh()) : undefined;
    const trapped = instances.traps.slice(traps);
    instances.armed = undefined;
    const [pending, held] = [await world.settled(), await world.held()];
    return { trapped, affected, left, others, again, refresh, pending, held };
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

for (const storage of ["session", "local", "memory", "encrypted"]) {
  test(`N02: storage "${storage}": nobody seems signed out after a trap`, async ({ page, app, as }) => {
    await prepare(page, app, as, client(as, { storage }));
    // All in one task: nobody has had the time to look at a store.
    const [trapped, sessions, refreshed] = await page.evaluate(async () => {
      const session = await world.enter();
      instances.arm("call summary");
      const trapped = await new Promise((resolve) => {
        try {
          resolve(session.scopes);
        } catch (error) {
          resolve(error.code);
        }
      });
      const sessions = [session, ...world.others].map(({ signedIn }) => signedIn);
      const refreshed = session.refresh().then(
        () => "done",
        (error) => error.code,
      );
      return [trapped, sessions, await refreshed];
    });
    expect.soft(trapped).toBe("internal_error");
    expect.soft(sessions).toEqual([true, true, true]);
    expect.soft(refreshed).toBe("done");
  });
}

test("N02 J07: a session that has ended does not come back with the next user's", async ({
  page,
  app,
  as,
}) => {
  await prepare(page, app, as, client(as));
  const seen = await page.evaluate(async () => {
    const first = await world.enter();
    await first.logout();
    instances.arm("call summary");
    await outcome(() => world.others[0].scopes);
    const before = [first.signedIn, (await outcome(() => first.accessToken())).code];
    const second = await world.enter();
    const after = [first.signedIn, (await outcome(() => first.accessToken())).code];
    return { before, after, second: second.signedIn };
  });
  const ended = [false, "not_signed_in"];
  expect(seen).toEqual({ before: ended, after: ended, second: true });
});

test("N02: whoever waits is told, however long the server takes, and can ask again", async ({
  page,
  app,
  as,
}) => {
  await prepare(page, app, as, client(as, { storage: "local" }));
  const answers = [];
  const held = (request, res) => answers.push(() => reply(res, 200, as.tokens()));
  await page.evaluate(async () => {
    world.session = await world.enter();
    window.signals = [world.session, ...world.others].map(({ signal }) => signal);
  });
  as.routes["/token"] = held;
  await page.evaluate(() => {
    const [other] = world.others;
    const calls = [
      () => world.session.refresh(),
      () => world.session.refresh(),
      () => other.refresh(),
      () => world.enter({ clientId: "third" }),
    ];
    window.waiting = Promise.all(calls.map(world.outcome));
  });
  await expect.poll(() => answers.length).toBe(3);
  await page.evaluate(() => {
    instances.arm("call claims");
    return outcome(() => world.others[1].claims);
  });
  const told = { isAuthError: true, code: "internal_error" };
  expect(await page.evaluate(() => waiting)).toMatchObject([told, told, told, told]);
  as.routes["/token"] = undefined;
  // What the server says now, it says to nobody.
  for (const answer of answers) answer();
  const works = { isAuthError: undefined, code: undefined, isSoon: true };
  const again = await page.evaluate(() =>
    Promise.all([
      world.outcome(() => world.session.refresh()),
      world.outcome(() => world.others[0].refresh()),
      world.outcome(() => world.others[1].accessToken()),
    ]),
  );
  expect(again).toEqual([works, works, works]);
  expect(await page.evaluate(() => signals.map(({ aborted }) => aborted))).toEqual([false, false, false]);
  expect(await page.evaluate(() => instances.late)).toEqual([]);
});

test("N02 N07: a trap while a forgotten session is cleared away is nobody's error", async ({
  page,
  app,
  as,
}) => {
  await prepare(page, app, as, client(as));
  const devtools = await page.context().newCDPSession(page);
  await page.evaluate(async () => {
    world.session = await world.enter();
    await world.enter({ clientId: "forgotten" });
    instances.arm("call close");
  });
  await expect(async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    expect(await page.evaluate(() => instances.traps)).toEqual(["call close"]);
  }).toPass();
  expect(await page.evaluate(() => outcome(() => world.session.refresh()))).toEqual({});
  // That nothing was thrown into the page is what all tests look at.
});

test("N02: the end of the stack", async ({ page, app, as }) => {
  await prepare(page, app, as, client(as));
  const seen = await page.evaluate(async () => {
    const session = (world.session = await world.enter());
    const thrown = [];
    const promises = [];
    const attempts = { scopes: 0, claims: 0, refresh: 0, accessToken: 0 };
    // From the deepest place on, where nothing can be called any more, up to where everything can.
    let left = 2_000;
    const dive = (name) => {
      try {
        dive(name);
      } catch {
        // The end.
      }
      if (left-- <= 0) return;
      try {
        const value = name === "scopes" || name === "claims" ? session[name] : session[name]();
        if (value instanceof Promise) promises.push(value.catch((error) => thrown.push(error)));
        attempts[name] += 1;
      } catch (error) {
        thrown.push(error);
      }
    };
    for (const name of Object.keys(attempts)) {
      left = 2_000;
      dive(name);
    }
    const settled = await Promise.race([Promise.all(promises).then(() => true), world.pause(5_000)]);
    const { AuthError } = await lib();
    const isNamed = (error) => error instanceof RangeError || error instanceof AuthError;
    const strange = new Set(thrown.filter((error) => !isNamed(error)).map(String));
    const works = await Promise.all(
      [session, ...world.others].map((each) => world.outcome(() => each.fetch("x"))),
    );
    const refreshed = await world.outcome(() => session.refresh());
    const isTried = Object.values(attempts).every((times) => times > 0) && thrown.length > 0;
    return {
      isTried,
      settled,
      strange: [...strange],
      works,
      refreshed,
      pending: await world.settled(),
      held: await world.held(),
    };
  });
  const works = { isAuthError: undefined, code: undefined, isSoon: true };
  expect(seen).toEqual({
    ...{ isTried: true, settled: true, strange: [], pending: 0, held: 0 },
    works: [works, works, works],
    refreshed: works,
  });
});

test("N02 N09: the end of the memory", async ({ page, app, as }) => {
  // The module may grow to 4 GiB; here it may not, so that its end is soon reached, and by no trap of ours.
  await page.addInitScript(() => {
    const MOST = 40;
    const { compile } = WebAssembly;
    const number = (bytes, start) => {
      let [value, end] = [0, start];
      do value |= (bytes[end] & 127) << (7 * (end - start));
      while (bytes[end++] & 128);
      return { value, end };
    };
    WebAssembly.compile = (given) => {
      const bytes = new Uint8Array(given);
      let at = 8;
      while (bytes[at] !== 5) at = ((size) => size.end + size.value)(number(bytes, at + 1));
      const section = number(bytes, at + 1);
      // One memory, its flags, its first size.
      const first = number(bytes, section.end + 2).value;
      const end = section.end + section.value;
      window.firstPages = first;
      return compile(
        new Uint8Array([...bytes.subarray(0, at), 5, 4, 1, 1, first, MOST, ...bytes.subarray(end)]),
      );
    };
  });
  await prepare(page, app, as, client(as));
  const seen = await page.evaluate(async () => {
    const session = (world.session = await world.enter());
    const { buildAuthorizationUrl, parseRedirect, exchangeCode, permanentToken, password } = await lib();
    const long = "x".repeat(4 << 20);
    const server = world.others[0].server;
    const given = { server, clientId: "spa", redirectUri: "https://app.example/" };
    const request = {
      url: "https://as.example/?client_id=spa",
      state: "s",
      redirectUri: "https://app.example/",
    };
    const calls = {
      buildAuthorizationUrl: () => buildAuthorizationUrl({ ...given, parameters: { long } }),
      parseRedirect: () => parseRedirect(`https://app.example/?code=${long}&state=s`, request),
      exchangeCode: () => exchangeCode({ ...given, code: long }),
      permanentToken: () => permanentToken({ server, token: long }),
      password: () => password({ ...given, username: "alice", password: long }),
      scope: () => world.enter({ scope: long }),
    };
    const outcomes = {};
    for (const [name, call] of Object.entries(calls)) {
      const before = instances.memories.length;
      const { code, isSoon } = await world.outcome(call);
      const works = await Promise.all(
        [session, ...world.others].map((each) => world.outcome(() => each.fetch("x"))),
      );
      const refreshed = await world.outcome(() => session.refresh());
      const isFresh = instances.memories.length > before;
      outcomes[name] = { code, isSoon, isFresh, works: [...works, refreshed].every((each) => !each.code) };
    }
    return { outcomes, pending: await world.settled(), held: await world.held(), bytes: instances.bytes() };
  });
  const expected = { code: "internal_error", isSoon: true, isFresh: true, works: true };
  const names = [
    "buildAuthorizationUrl",
    "parseRedirect",
    "exchangeCode",
    "permanentToken",
    "password",
    "scope",
  ];
  expect(seen).toMatchObject({ pending: 0, held: 0 });
  expect(seen.outcomes).toEqual(Object.fromEntries(names.map((name) => [name, expected])));
  // What was too much is not kept.
  expect(seen.bytes).toBeLessThan(40 << 16);
});
