// Signing in by a window of its own.
import config from "../../playwright.config.mjs";
import { client, expect, isAnswer, reply, stored } from "./support/test.mjs";
import {
  begin,
  lastClick,
  leftovers,
  logIn,
  logInPage,
  open,
  signedIn,
  test,
  watchLeftovers,
} from "./support/site.mjs";

// The popup blocker is on, as it is for users.
const { launchOptions } = config.use;
test.use({ launchOptions: { ...launchOptions, ignoreDefaultArgs: ["--disable-popup-blocking"] } });

const space = (embedded, more = {}) => ({
  preset: ["space", embedded.url],
  clientId: "playground",
  ...more,
});

const NOTHING = { timers: 0, channels: 0, frames: 0, pending: 0 };

/** The windows that the page opened are in `window.opened`. */
const noteWindows = (page) =>
  page.addInitScript(() => {
    window.opened = [];
    const { open } = window;
    window.open = (...given) => {
      const popup = open.apply(window, given);
      opened.push(popup);
      return popup;
    };
  });

const WAYS = {
  login: (options) => (window.completed = resume(options)),
  handleRedirect: (options) =>
    (window.completed = outcome(async () => {
      const { handleRedirect } = await lib();
      window.session = await handleRedirect(await helpers.options(options));
      return session && summary(session);
    })),
};

for (const flow of ["code", "implicit"]) {
  for (const [way, work] of Object.entries(WAYS)) {
    test(`A05 B13 I02 I03: ${flow}, by a redirect page that calls ${way}`, async ({
      page,
      context,
      site,
      embedded,
    }) => {
      const appState = { route: "/x" };
      const options = site.redirectPage(space(embedded, { flow, appState }), "/callback", work);
      embedded.registerRedirectUri("playground", options.redirectUri);
      const address = `${site.origin}/app?page=2#/inbox`;
      await page.goto(address);
      const before = await page.evaluate(() => [history.length, document.body.innerHTML]);
      const popup = await open(page, options);
      await logIn(popup);

      const { value, ...failed } = await signedIn(page);
      expect(failed).toEqual({});
      const grant = flow === "code" ? "authorization_code" : "implicit";
      expect(value).toMatchObject({ signedIn: true, grant, appState });
      expect(
        await page.evaluate(async () => (await session.fetch("team-directory/profiles/me")).status),
      ).toBe(200);
      expect(page.url()).toBe(address);
      expect(await page.evaluate(() => [history.length, document.body.innerHTML])).toEqual(before);
      expect(context.pages()).toEqual([page]);
      expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
      expect(embedded.counters.token).toBe(flow === "code" ? 1 : 0);

      // The very same page ends a sign-in by redirect.
      await page.evaluate(() => session.logout());
      await page.evaluate((options) => window.begin(options), options);
      await page.waitForURL((url) => url.origin === site.origin && url.pathname === "/callback");
      expect(await page.evaluate(() => completed)).toMatchObject({ value: { signedIn: true, appState } });
      expect(page.url()).toBe(options.redirectUri);
    });
  }
}

/** A page with a button that signs in; the module is there before the click. */
const withButton = (site, options) =>
  site.onLoad(
    "/button",
    async (options) => {
      const { login } = await lib();
      const given = await helpers.options({ mode: "popup", ...options });
      const button = Object.assign(document.createElement("button"), { textContent: "Sign in" });
      button.onclick = () => (window.signingIn = outcome(async () => summary(await login(given))));
      document.body.append(button);
    },
    options,
  );

test("I05: a click opens the window, though the browser blocks others", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(withButton(site, options));
  const event = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Sign in" }).click();
  await lastClick(await event, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
});

/** A page that signs in when it loads, without any click. */
const withoutClick = (site, options) =>
  site.onLoad(
    "/unasked",
    async (options) => {
      const { login } = await lib();
      const given = await helpers.options({ mode: "popup", ...options });
      const began = performance.now();
      const done = await outcome(async () => summary(await login(given)));
      window.signingIn = [done, performance.now() - began];
      // Whoever looks into the page would count as a click.
      console.log("tried");
    },
    options,
  );

test("I05: without a click the browser blocks it", async ({ page, context, site, as }) => {
  const options = site.redirectPage(client(as));
  await watchLeftovers(page);
  const tried = page.waitForEvent("console", (message) => message.text() === "tried");
  await page.goto(withoutClick(site, options));
  await tried;
  const [failed, took] = await signedIn(page);
  expect(failed).toMatchObject({ isAuthError: true, code: "popup_blocked", phase: "authorize" });
  expect(took).toBeLessThan(1_000);
  expect(context.pages()).toEqual([page]);
  expect(as.requests).toEqual([]);
  expect(await leftovers(page)).toMatchObject(NOTHING);
});

for (const [how, stub] of Object.entries({
  null: () => null,
  undefined: () => undefined,
  "an exception": () => {
    throw new DOMException("no windows", "SecurityError");
  },
})) {
  test(`I05: window.open gives ${how}`, async ({ page, site, as }) => {
    const options = site.redirectPage(client(as));
    await watchLeftovers(page);
    await page.goto(site.origin);
    await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
    const before = await leftovers(page);
    await page
      .evaluate((stub) => (window.open = new Function(`return (${stub})`)()), `${stub}`)
      .catch(() => {});
    await page.evaluate((name) => {
      window.open = {
        null: () => null,
        undefined: () => undefined,
        "an exception": () => {
          throw new DOMException("no windows", "SecurityError");
        },
      }[name];
    }, how);
    const [failed, took] = await page.evaluate(async (options) => {
      const { login } = await lib();
      const began = performance.now();
      let took;
      const failed = await outcome(() =>
        login({ ...options, mode: "popup" }).finally(() => (took = performance.now() - began)),
      );
      return [failed, took];
    }, options);
    expect(failed).toMatchObject({ isAuthError: true, code: "popup_blocked", retryable: false });
    expect(took).toBeLessThan(50);
    expect(await leftovers(page)).toEqual(before);
    expect(await page.evaluate(() => Object.keys(localStorage))).toEqual([]);
  });
}

test("I05: a blocked window does not hide a stored session", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as));
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.waitForEvent("close");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  const tried = page.waitForEvent("console", (message) => message.text() === "tried");
  await page.goto(withoutClick(site, options));
  await tried;
  expect(await signedIn(page)).toMatchObject([{ value: { signedIn: true } }, expect.any(Number)]);
});

test("B17: parameters of the page's own do not keep the window away", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as));
  for (const own of ["/issues?state=open", "/#/issues?state=open", "/issues?code=2&state=open"]) {
    await page.goto(site.origin + own);
    await page.evaluate(() => sessionStorage.clear());
    await begin(page, options);
    expect(await signedIn(page), own).toMatchObject({ value: { signedIn: true } });
    expect(page.url()).toBe(site.origin + own);
    await page.goto("about:blank");
  }
});

test("I04: closed by the user", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await watchLeftovers(page);
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();
  // Somebody who looks at the page before.
  await page.waitForTimeout(500);
  const closed = Date.now();
  await popup.close();
  expect(await signedIn(page)).toMatchObject({ isAuthError: true, code: "popup_closed", phase: "authorize" });
  expect(Date.now() - closed).toBeLessThan(4_000);
  expect(await leftovers(page)).toMatchObject(NOTHING);
  expect(as.at("/token")).toEqual([]);
});

test("I04: closed before the server has answered", async ({ page, site, as }) => {
  as.routes["/auth"] = () => {};
  const options = site.redirectPage(client(as));
  await watchLeftovers(page);
  await page.goto(site.origin);
  const popup = await open(page, options);
  await expect.poll(() => as.at("/auth").length).toBe(1);
  await popup.close();
  expect(await signedIn(page)).toMatchObject({ code: "popup_closed" });
  expect(await leftovers(page)).toMatchObject(NOTHING);
});

const isClosed = (page) => page.evaluate(() => opened.at(-1).closed);

for (const [name, pause] of [
  ["at once", 0],
  ["after ten seconds", 10_000],
]) {
  test(`I03 I04: the server's pages sever the window, and the user logs in ${name}`, async ({
    page,
    context,
    site,
    embedded,
  }) => {
    embedded.setSwitches({ space: { openerPolicy: "same-origin" } });
    const options = site.redirectPage(space(embedded));
    embedded.registerRedirectUri("playground", options.redirectUri);
    await noteWindows(page);
    await page.goto(site.origin);
    const popup = await open(page, options);
    await popup.getByLabel("User name").waitFor();
    await expect.poll(() => isClosed(page)).toBe(true);
    await page.waitForTimeout(pause);
    await logIn(popup);
    expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
    expect(context.pages()).toEqual([page]);
  });
}

test("I04: a window severed late is no closed one, while the user is in it", async ({ page, site, as }) => {
  const server = { ...as.server, authorizationEndpoint: `${as.url}/first` };
  logInPage(as, { "Cross-Origin-Opener-Policy": "same-origin" });
  as.routes["/first"] = (request, res) => {
    res.writeHead(200, { "Content-Type": "text/html" });
    res.end(`<a href="${request.url.replace("/first", "/login").replaceAll("&", "&amp;")}">Elsewhere</a>`);
  };
  const options = site.redirectPage(client(as, { server }));
  await noteWindows(page);
  await page.addInitScript(() => {
    // Every page of a test has the focus; of a user's, one.
    document.hasFocus = () => false;
  });
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("link").waitFor();
  await page.waitForTimeout(500);
  await popup.getByRole("link").click();
  await popup.getByRole("button").waitFor();
  await expect.poll(() => isClosed(page)).toBe(true);
  await page.waitForTimeout(4_000);
  await lastClick(popup, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
});

test("I04 I05 N07: 200 windows leave nothing behind", async ({ page, context, site, as }) => {
  test.setTimeout(180_000);
  const server = { ...as.server, authorizationEndpoint: `${as.url}/coop` };
  as.routes["/coop"] = (request, res) => {
    const Location = request.url.replace("/coop", "/auth");
    res.writeHead(302, { Location, "Cross-Origin-Opener-Policy": "same-origin" }).end();
  };
  const common = { storage: "memory", timeout: 10_000 };
  const quick = site.redirectPage(client(as, { server, clientId: "quick", ...common }), "/quick");
  const slow = site.redirectPage(client(as, { server: logInPage(as), clientId: "slow", ...common }), "/slow");
  await watchLeftovers(page);
  await page.goto(site.origin);
  await page.evaluate(() => {
    window.outcomes = [];
    const { open } = window;
    window.signIn = (options, isBlocked) => {
      window.open = isBlocked ? () => null : open;
      const done = outcome(async () => {
        const session = await window.login({ mode: "popup", ...options });
        const { signedIn } = session;
        await session.logout();
        return signedIn;
      });
      outcomes.push(done);
      return outcomes.length - 1;
    };
  });
  await page.evaluate(
    async ([quick, slow]) => {
      ({ login: window.login } = await lib());
      for (const options of [quick, slow]) await window.login({ ...options, mode: "check" });
    },
    [quick, slow],
  );
  const start = (options, isBlocked) =>
    page.evaluate(([options, isBlocked]) => window.signIn(options, isBlocked), [options, isBlocked]);
  const ended = (index) => page.evaluate((index) => outcomes[index], index);
  const before = await leftovers(page);

  // Several at the same time: a closed window is noticed slowly.
  const under = async (options) => {
    const event = context.waitForEvent("page");
    const index = await start(options, false);
    return [index, await event];
  };
  const shown = [];
  const closing = [];
  const expected = [];
  const closeFirst = async () => {
    const [index, popup] = shown.shift();
    await popup.close();
    closing.push(index);
    if (closing.length > 6) await ended(closing.shift());
  };
  for (let round = 0; round < 67; round += 1) {
    await start(quick, true);
    const [last, popup] = await under(slow);
    shown.push([last, popup]);
    expected.push("popup_blocked", "popup_closed");
    await popup.getByRole("button").waitFor();
    if (round < 66) {
      const [coming] = await under(quick);
      await ended(coming);
      expected.push(true);
    }
    // A user needs a moment to close a window.
    if (shown.length > 2) await closeFirst();
  }
  while (shown.length > 0) await closeFirst();
  const outcomes = await page.evaluate(() => Promise.all(window.outcomes));
  expect(outcomes.length).toBe(200);
  expect(outcomes.map(({ value, code }) => value ?? code)).toEqual(expected);
  await expect.poll(() => context.pages().length).toBe(1);
  await expect.poll(() => leftovers(page)).toEqual(before);
  expect(as.codes).toBe(66);
});

test("I09 E04: five windows at once, in another order", async ({ page, context, site, as }) => {
  const server = logInPage(as);
  as.routes["/auth"] = (request, res) => {
    const { redirect_uri: back, state, client_id: id, scope } = request.query;
    res.writeHead(302, { Location: as.answerAt(back, "code", { code: `${id}-${scope}`, state }) }).end();
  };
  as.routes["/token"] = ({ form }, res) =>
    form.code.startsWith(`${form.client_id}-`)
      ? reply(res, 200, as.tokens({ access_token: `at-${form.code}`, scope: form.code.split("-")[1] }))
      : reply(res, 400, { error: "invalid_grant" });
  const all = [
    ["a", "one"],
    ["a", "two"],
    ["b", "one"],
    ["b", "two"],
    ["c", "three"],
  ].map(([clientId, scope]) =>
    site.redirectPage(
      client(as, { server, clientId, scope, appState: `${clientId}-${scope}` }),
      `/${clientId}/${scope}`,
    ),
  );
  await page.goto(site.origin);
  const popups = [];
  for (const options of all) {
    popups.push(await open(page, options));
    await page.evaluate(() => (window.all ??= []).push(signingIn));
  }
  expect(context.pages().length).toBe(6);
  for (const index of [3, 0, 4, 2, 1]) await lastClick(popups[index], "Log in");
  const done = await page.evaluate(async () => Promise.all(all));
  for (const [index, { clientId, scope, appState }] of all.entries()) {
    expect(done[index]).toMatchObject({ value: { clientId, scopes: [scope], appState, signedIn: true } });
  }
  const tokens = await page.evaluate(
    (all) =>
      Promise.all(
        all.map(async (options) => (await (await lib()).login({ ...options, mode: "check" })).accessToken()),
      ),
    all,
  );
  expect(tokens).toEqual(all.map(({ appState }) => `at-${appState}`));
  expect(as.codes).toBe(5);
});

test("I09: two windows of one client both give its session", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(site.origin);
  const first = await open(page, options);
  await page.evaluate(() => {
    window.firstOne = signingIn;
  });
  const second = await open(page, options);
  await lastClick(second, "Log in");
  await lastClick(first, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  expect(await page.evaluate(() => firstOne)).toMatchObject({ value: { signedIn: true } });
  expect(await page.evaluate(() => session.signedIn)).toBe(true);
});

test("I01: forged messages have no effect", async ({ page, context, site, as, evil }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();

  const channel = await page.evaluate(() => {
    const [text] = Object.values(localStorage).filter((text) => text.includes('"channel"'));
    return JSON.parse(text).channel;
  });
  // A page of this very origin that shouts into everything it can find.
  const other = await context.newPage();
  await other.goto(`${site.origin}/other`);
  await other.evaluate(async (channel) => {
    const junk = [
      ...[null, undefined, 0, true, {}, [], "", " ", "\ud800", "null", "{}", "[1]", "%", "?", "#", "?state"],
      ...[
        "?code=evil&state=x",
        `${location.origin}/callback?code=evil&state=`,
        "javascript:1",
        "http://[",
        "//",
      ],
      ...["/?state=%E0%A4%A", "/?code=a&code=b&state=c", "#access_token=evil&token_type=Bearer&state=x"],
      ...[
        `/?code=${"x".repeat(1 << 20)}&state=x`,
        `/?state=${"%00".repeat(10_000)}`,
        "/?__proto__=1&state[]=2",
      ],
      ...[{ state: "x", code: "evil", type: "authorization_response" }, new Map([["state", "x"]])],
    ];
    const channels = [channel, "space-auth", "space-auth:popup"].map((name) => new BroadcastChannel(name));
    for (const message of junk) for (const channel of channels) channel.postMessage(message);
    for (let count = 0; count < 10_000; count += 1) channels[0].postMessage(`/?code=evil&state=${count}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }, channel);
  // A page of another origin that has the app in a frame, and the app's own.
  await other.goto(`${evil.url}/api`);
  await other.evaluate((origin) => {
    const frame = Object.assign(document.createElement("iframe"), { src: origin });
    document.body.append(frame);
    const shout = () => frame.contentWindow.postMessage(`${origin}/callback?code=evil&state=x`, "*");
    return new Promise((resolve) => (frame.onload = () => resolve(shout())));
  }, site.origin);
  await page.evaluate(() => {
    for (const data of ["?code=evil&state=x", { code: "evil" }, null]) window.postMessage(data, "*");
  });
  await popup.evaluate(() => {
    for (const target of [window.opener, window.parent]) target?.postMessage("?code=evil&state=x", "*");
  });

  expect(as.at("/token")).toEqual([]);
  expect(await page.evaluate(() => Promise.race([signingIn, "waiting"]))).toBe("waiting");
  await lastClick(popup, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  expect(as.codes).toBe(1);
});

test("I02: what is handed over holds no token, and nobody else's window hears it", async ({
  page,
  context,
  site,
  as,
}) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();
  const other = await context.newPage();
  await other.goto(`${site.origin}/other`);
  await other.evaluate(() => {
    window.heard = [];
    window.addEventListener("message", ({ data }) => heard.push(data));
    const [text] = Object.values(localStorage).filter((text) => text.includes('"channel"'));
    new BroadcastChannel(JSON.parse(text).channel).onmessage = ({ data }) => heard.push(data);
  });
  await lastClick(popup, "Log in");
  const tokens = await page.evaluate(async () => [(await signingIn).value, await session.accessToken()]);
  const heard = await other.evaluate(() => JSON.stringify(heard));
  expect(heard).not.toContain(tokens[1]);
  expect(heard).not.toContain("rt-");
  expect(heard).not.toContain(as.grants("authorization_code")[0].form.code_verifier);
});

test("I06: the log-in page has no way to the page behind it", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(`${site.origin}/app`);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();
  const [opener, name] = await popup.evaluate(() => [window.opener, window.name]);
  expect(opener).toBe(null);
  const state = as.at("/login")[0].query.state;
  const texts = await stored(page);
  expect(name.length).toBeGreaterThan(20);
  expect(state.includes(name) || texts.includes(name.replace("space-auth-", ""))).toBe(false);
  await popup.evaluate((url) => {
    for (const target of ["_parent", "_top", "", "_unfencedTop"]) {
      if (target) window.open(`${url}/api`, target);
      else window.opener?.location.replace(`${url}/api`);
    }
  }, as.url);
  await page.waitForTimeout(500);
  expect(page.url()).toBe(`${site.origin}/app`);
});

test("C03 I06: an abort ends the sign-in; the window, which nobody can reach, is left to the user", async ({
  page,
  context,
  site,
  as,
}) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await watchLeftovers(page);
  await page.goto(site.origin);
  await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
  const before = await leftovers(page);
  const event = page.waitForEvent("popup");
  await page.evaluate(async (options) => {
    const { login } = await lib();
    window.controller = new AbortController();
    const { signal } = controller;
    window.signingIn = outcome(() => login({ ...options, mode: "popup", signal }));
  }, options);
  const popup = await event;
  await popup.getByRole("button").waitFor();
  await page.evaluate(() => controller.abort());
  expect(await signedIn(page)).toMatchObject({ isAuthError: true, code: "aborted" });
  await popup.close();
  expect(context.pages()).toEqual([page]);
  expect(await leftovers(page)).toEqual(before);

  const early = await page.evaluate(async (options) => {
    const { login } = await lib();
    return outcome(() => login({ ...options, mode: "popup", signal: AbortSignal.abort() }));
  }, options);
  expect(early).toMatchObject({ isAuthError: true, code: "aborted" });
  expect(context.pages()).toEqual([page]);
});

for (const flow of ["code", "implicit"]) {
  test(`B12: ${flow}: a denial`, async ({ page, context, site, embedded }) => {
    const options = site.redirectPage(space(embedded, { flow }));
    embedded.registerRedirectUri("playground", options.redirectUri);
    await watchLeftovers(page);
    await page.goto(site.origin);
    const popup = await open(page, options);
    await logIn(popup, "Deny");
    expect(await signedIn(page)).toMatchObject({
      isAuthError: true,
      code: "access_denied",
      phase: "redirect",
    });
    expect(context.pages()).toEqual([page]);
    expect(await leftovers(page)).toMatchObject(NOTHING);
    expect(embedded.counters.token).toBe(0);
  });
}

test("E16: a stored session is restored, and the window closed again", async ({
  page,
  context,
  site,
  as,
}) => {
  const options = site.redirectPage(client(as));
  await page.goto(site.origin);
  await open(page, options);
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  await expect.poll(() => context.pages().length).toBe(1);
  await page.reload();
  const asked = as.requests.length;
  const popup = await open(page, options);
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  if (!popup.isClosed()) await popup.waitForEvent("close");
  expect(context.pages()).toEqual([page]);
  expect(as.requests.length).toBe(asked);
});

test("A09: wrong options close the window again", async ({ page, context, site, as }) => {
  const options = site.redirectPage(client(as));
  await page.goto(site.origin);
  for (const wrong of [{ redirectUri: "/x" }, { clientId: "" }, { server: {} }, { flow: "magic" }]) {
    await begin(page, { ...options, ...wrong });
    expect(await signedIn(page)).toMatchObject({ isAuthError: true, code: "invalid_configuration" });
    await expect.poll(() => context.pages().length).toBe(1);
  }
  expect(await stored(page)).toBe("[{},{}]");
  expect(as.requests).toEqual([]);
});

for (const [how, leave] of Object.entries({
  "has gone elsewhere": (page) => page.goto("about:blank"),
  "was closed": (page) => page.close(),
  "was loaded anew": (page) => page.reload(),
})) {
  test(`J03: the page that opened the window ${how}`, async ({ page, context, site, as }) => {
    const options = site.redirectPage(client(as, { server: logInPage(as), storage: "local" }));
    await page.goto(site.origin);
    const popup = await open(page, { ...options, appState: "mine" });
    await popup.getByRole("button").waitFor();
    await leave(page);
    await popup.getByRole("button").click();
    await popup.waitForURL(options.redirectUri);
    expect(await popup.evaluate(() => completed)).toMatchObject({
      value: { signedIn: true, appState: "mine" },
    });
    const other = await context.newPage();
    await other.goto(site.origin);
    expect(await other.evaluate((options) => resume(options), options)).toMatchObject({
      value: { signedIn: true },
    });
    expect(as.codes).toBe(1);
    expect(isAnswer(site)(new URL(popup.url()))).toBe(false);
  });
}

test("J02 J03: the page that opened the window is busy when it comes back", async ({ page, site, as }) => {
  // Another process, which goes on while this page stands still.
  const server = logInPage(as, { "Cross-Origin-Opener-Policy": "same-origin" });
  const options = site.redirectPage(client(as, { server }));
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();
  await page.evaluate(() => {
    setTimeout(() => {
      const end = performance.now() + 5_000;
      while (performance.now() < end);
    });
  });
  await popup
    .getByRole("button")
    .click({ noWaitAfter: true })
    .catch(() => {});
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  expect(as.codes).toBe(1);
});

test("I03 I09 T18: twelve severed windows at once", async ({ page, context, site, as }) => {
  const server = { ...as.server, authorizationEndpoint: `${as.url}/coop` };
  as.routes["/coop"] = (request, res) => {
    const Location = request.url.replace("/coop", "/auth");
    res.writeHead(302, { Location, "Cross-Origin-Opener-Policy": "same-origin" }).end();
  };
  const all = Array.from({ length: 12 }, (_, index) =>
    site.redirectPage(client(as, { server, clientId: `spa-${index}` }), `/callback/${index}`),
  );
  await page.goto(site.origin);
  await page.evaluate(async () => {
    ({ login: window.login } = await lib());
    window.all = [];
  });
  for (const options of all) {
    await page.evaluate((options) => {
      const late = new Promise((resolve) => setTimeout(resolve, 40_000, "never settled"));
      const signedIn = outcome(async () => (await login({ ...options, mode: "popup" })).signedIn);
      all.push(Promise.race([signedIn.then(({ value, code }) => value ?? code), late]));
    }, options);
  }
  expect(await page.evaluate(() => Promise.all(all))).toEqual(Array(12).fill(true));
  await expect.poll(() => context.pages().length).toBe(1);
  expect(as.codes).toBe(12);
});
