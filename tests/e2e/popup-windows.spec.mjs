// The window of a sign-in, and all that may become of it: it is blocked, closed, severed, or outlives the page that
// opened it.
import { BLOCKER, NOTHING, severing } from "./support/popup.mjs";
import { client, expect, isAnswer, space } from "./support/test.mjs";
import {
  lastClick,
  leftovers,
  logIn,
  logInPage,
  open,
  signedIn,
  test,
  watchLeftovers,
} from "./support/site.mjs";

test.use(BLOCKER);

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

for (const how of ["null", "undefined", "an exception"]) {
  test(`I05: window.open gives ${how}`, async ({ page, site, as }) => {
    const options = site.redirectPage(client(as));
    await watchLeftovers(page);
    await page.goto(site.origin);
    await page.evaluate(async (options) => (await lib()).login({ ...options, mode: "check" }), options);
    const before = await leftovers(page);
    await page.evaluate((name) => {
      window.open = {
        null: () => null,
        undefined: () => undefined,
        "an exception": () => {
          throw new DOMException("no windows", "SecurityError");
        },
      }[name];
    }, how);
    const tries = await page.evaluate(async (options) => {
      const { login } = await lib();
      const tries = [];
      while (tries.length < 15) {
        const began = performance.now();
        let took;
        const failed = await outcome(() =>
          login({ ...options, mode: "popup" }).finally(() => (took = performance.now() - began)),
        );
        tries.push({ failed, took });
      }
      return tries;
    }, options);
    for (const { failed } of tries)
      expect(failed).toMatchObject({ isAuthError: true, code: "popup_blocked", retryable: false });
    // The median: another test's processes may have the processor for as long at any one of them.
    const took = tries.map(({ took }) => took).sort((a, b) => a - b);
    expect(took[7]).toBeLessThan(50);
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

test("I03 I09 T18: twelve severed windows at once", async ({ page, context, site, as }) => {
  const server = severing(as);
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
      // In this very task: a window of a later call would use up this one's right to open one.
      const signingIn = login({ ...options, mode: "popup" });
      const signedIn = signingIn.then(
        (session) => session.signedIn,
        ({ code }) => code,
      );
      all.push(Promise.race([signedIn, late]));
    }, options);
  }
  expect(await page.evaluate(() => Promise.all(all))).toEqual(Array(12).fill(true));
  await expect.poll(() => context.pages().length).toBe(1);
  expect(as.codes).toBe(12);
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
