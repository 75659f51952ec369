// Where the user is sent: to the authorization server, and home.
import { client, expect, signIn, test } from "./support/test.mjs";
import { watch } from "./support/hosts.mjs";

const ELSEWHERE = [
  ...[
    "//evil.test",
    "///evil.test",
    "////evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "\\/evil.test",
    "/\t/evil.test",
  ],
  ...[
    "\t//evil.test",
    " //evil.test",
    "/\n/evil.test",
    "/\r\n/evil.test",
    "\u0000//evil.test",
    "https://evil.test",
  ],
  ...[
    "https:evil.test",
    "https:/evil.test",
    "https:\\evil.test",
    "https:///evil.test",
    "HTTPS://evil.test",
    "http://evil.test",
  ],
  ...[
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "\u0001javascript:alert(1)",
  ],
  ...[
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "blob:https://evil.test/1",
    "file:///etc/passwd",
    "about:blank",
  ],
  ...[
    "ftp://evil.test",
    "ws://evil.test",
    "mailto:a@evil.test",
    "view-source:x",
    "http://a@evil.test",
    "//a:b@evil.test",
  ],
  ...[
    "//localhost",
    "//localhost:1",
    "http://localhost:1/",
    "http://127.0.0.1/",
    "//localhost.evil.test",
    "//evil.test%2f@x",
  ],
  ...[
    "//evil。test",
    "//evil%E3%80%82test",
    "//[::1]/",
    "//0x7f.1",
    "//2130706433",
    "https://localhost/",
    "//evil.test\\@localhost",
  ],
];
// These stay here by the browser's own parser, strange as they look.
const HERE = [
  ...[
    "/@evil.test",
    "/..//evil.test",
    "%2f%2fevil.test",
    "/%2f%2fevil.test",
    "/%09/evil.test",
    "/%5cevil.test",
    "evil.test",
  ],
  ...[
    "?next=//evil.test",
    "#//evil.test",
    "/\u2028/evil.test",
    "/x\r\nLocation: https://evil.test",
    "./x",
    "",
    "/a b",
  ],
];

test("B15: after log-out the page stays at home", async ({ page, app, as }) => {
  expect(ELSEWHERE.length + HERE.length).toBeGreaterThanOrEqual(60);
  const seen = await watch(page);
  const options = client(as, { storage: "memory" });
  const leave = (returnTo) =>
    page.evaluate((returnTo) => outcome(() => session.logout({ redirect: true, returnTo })), returnTo);
  await signIn(page, app, options);
  await page.evaluate(() => (window.stillHere = true));
  const own = await page.evaluate(() => [
    `http://user@${location.host}/`,
    `http://:x@${location.host}/`,
    `https://${location.host}/`,
  ]);
  for (const returnTo of [...ELSEWHERE, ...own]) {
    const failed = await leave(returnTo);
    expect(failed, JSON.stringify(returnTo)).toMatchObject({
      isAuthError: true,
      code: "invalid_configuration",
    });
    expect(failed.hint).toContain("returnTo");
  }
  expect(await page.evaluate(() => [stillHere, session.signedIn, location.origin])).toEqual([
    true,
    true,
    app.origin,
  ]);

  for (const returnTo of HERE) {
    await page.goto("about:blank");
    await signIn(page, app, options);
    const arrived = page.waitForEvent("framenavigated");
    await leave(returnTo).catch(() => {});
    await arrived;
    expect(new URL(page.url()).origin, JSON.stringify(returnTo)).toBe(app.origin);
  }
  expect(seen).toEqual([]);
});

test("B15: the app's own state is never an address to go to", async ({ page, app, as }) => {
  const seen = await watch(page);
  const appState = {
    returnTo: "https://evil.test/",
    url: "javascript:alert(1)",
    redirectUri: "//evil.test",
    target: "//evil.test",
  };
  const { appState: given } = await signIn(page, app, client(as, { appState }));
  expect(given).toEqual(appState);
  expect(page.url()).toBe(`${app.origin}/`);
  expect(seen).toEqual([]);
});
