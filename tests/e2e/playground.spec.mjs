import { expect, test } from "@playwright/test";
import { serve } from "../../www/serve.mjs";

const SYSTEMS = ["Space", "ProcessMaker"];
const FLOWS = { "Authorization code": "authorization_code", Implicit: "implicit" };

let playground;

test.beforeAll(async () => {
  playground = await serve({ port: 0, serverPort: 0 });
});

test.afterAll(async () => {
  await playground.close();
});

/** Notes everything the page is not supposed to do. */
async function watch(page) {
  const wrongs = [];
  const allowed = [playground.url, playground.server.url].map((url) => new URL(url).origin);
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && !allowed.includes(origin)) wrongs.push(`request to ${origin}`);
  });
  page.on("pageerror", (error) => wrongs.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    // An answer of 401 is logged as an error by the browser itself, and is no fault of the page.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      wrongs.push(`console: ${message.text()}`);
    }
  });
  await page.exposeFunction("reportViolation", (what) => wrongs.push(`CSP: ${what}`));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      window.reportViolation(`${violatedDirective} ${blockedURI}`);
    });
  });
  return wrongs;
}

const parts = (page) => ({
  session: page.getByRole("region", { name: "Session" }),
  log: page.getByRole("log", { name: "Log" }),
  signIn: page.getByRole("button", { name: "Sign in" }),
  refresh: page.getByRole("button", { name: "Refresh now" }),
});

async function choose(page, ...names) {
  for (const name of names) await page.getByRole("radio", { name, exact: true }).check({ force: true });
}

async function logIn(page) {
  await parts(page).signIn.click();
  await page.getByLabel("User name").fill("alice");
  await page.getByLabel("Password").fill("alice-password");
  await page.getByRole("button", { name: "Log in" }).click();
}

async function signInAsAlice(page, ...names) {
  await page.goto(playground.url);
  await choose(page, ...names);
  await logIn(page);
  await page.getByRole("button", { name: "Authorize" }).click();
  await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
}

for (const system of SYSTEMS) {
  for (const [flow, grant] of Object.entries(FLOWS)) {
    test(`${system}, ${flow}`, async ({ page }) => {
      const wrongs = await watch(page);
      const { session, log, signIn, refresh } = parts(page);

      await signInAsAlice(page, system, flow);
      expect(page.url()).toBe(playground.url);
      await expect(session).toContainText("Signed in");
      await expect(session).toContainText(grant);
      await expect(session).toContainText("alice@example.com");
      await expect(page.getByRole("meter", { name: "Access token" })).toBeVisible();
      await expect(session).toContainText(/\d+ (min|s) left/);
      await expect(log).toContainText("Completed the redirect");

      await page.getByRole("button", { name: "Call the API" }).click();
      await expect(session).toContainText("200");
      await expect(page.getByRole("region", { name: "Answer" })).toContainText('"Alice"');

      if (grant === "implicit") {
        await expect(refresh).toBeDisabled();
        await expect(refresh).toHaveAccessibleDescription(/cannot be refreshed/);
      } else {
        await refresh.click();
        await expect(log).toContainText("refreshed:");
        await page.getByRole("button", { name: "Call the API" }).click();
        await expect(log.getByText(/^GET .*: 200$/)).toHaveCount(3);
      }

      await page.reload();
      await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
      await expect(log).toContainText("Restored the stored session");
      await expect(session).toContainText(grant);

      await page.getByRole("button", { name: "Sign out" }).click();
      await expect(session).toContainText("Signed out");
      await expect(log).toContainText("signedout:");
      await expect(signIn).toBeFocused();
      await expect(page.getByRole("radio", { name: system, exact: true })).toBeChecked();

      await page.reload();
      await expect(session).toContainText("Signed out");
      await expect(signIn).toBeVisible();
      expect(wrongs).toEqual([]);
    });
  }
}

for (const system of SYSTEMS) {
  test(`${system}: a denial is shown as the library tells it`, async ({ page }) => {
    const wrongs = await watch(page);
    await page.goto(playground.url);
    await choose(page, system);
    await logIn(page);
    await page.getByRole("button", { name: "Deny" }).click();

    const alert = page.getByRole("alert");
    await expect(alert).toContainText("access_denied");
    await expect(alert).toContainText("redirect");
    await expect(alert).toContainText("The user denied the request");
    await expect(parts(page).session).toContainText("Signed out");
    await expect(parts(page).log).toContainText("Completing the redirect: access_denied (redirect)");
    expect(page.url()).toBe(playground.url);
    expect(wrongs).toEqual([]);
  });
}

test("an access token that the server rejects is replaced in the middle of a call", async ({ page }) => {
  await signInAsAlice(page, "Space", "Authorization code");
  const { log } = parts(page);
  await page.getByRole("button", { name: "Expire the token" }).click();
  await expect(log).toContainText("The server has expired all access tokens");
  await page.getByRole("button", { name: "Call the API" }).click();
  await expect(page.getByRole("region", { name: "Answer" })).toContainText('"Alice"');
  await expect(log).toContainText("refreshed:");
});

test("the session is not taken to another origin", async ({ page }) => {
  const wrongs = await watch(page);
  await signInAsAlice(page, "Space", "Authorization code");
  await page.getByRole("button", { name: "Send it elsewhere" }).click();
  await expect(page.getByRole("alert")).toContainText("origin_not_allowed");
  expect(wrongs).toEqual([]);
});

test("a session in memory ends with the page", async ({ page }) => {
  await signInAsAlice(page, "Memory");
  await page.reload();
  await expect(parts(page).session).toContainText("Signed out");
});

test("a session in local storage is shared by the tabs, and so is its end", async ({ page, context }) => {
  await signInAsAlice(page, "Local");

  const other = await context.newPage();
  await other.goto(playground.url);
  await choose(other, "Local");
  await parts(other).signIn.click();
  await expect(other.getByRole("heading", { name: "Alice Adams" })).toBeVisible();

  await other.getByRole("button", { name: "Sign out" }).click();
  await expect(parts(page).session).toContainText("Signed out");
});

test("the whole page is worked by keyboard", async ({ page }) => {
  await page.goto(playground.url);
  await expect(parts(page).signIn).toBeVisible();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the session" })).toBeFocused();
  await page.keyboard.press("Tab");
  // What scrolls can be reached, or it could not be read by keyboard.
  await expect(page.getByRole("region", { name: "Your choice, in code" })).toBeFocused();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("radio", { name: "Space" })).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "ProcessMaker" })).toBeChecked();
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await expect(page.getByRole("radio", { name: "Implicit" })).toBeChecked();
  await expect(page.getByRole("region", { name: "Your choice, in code" })).toContainText('flow: "implicit"');
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Log in" })).toBeVisible();
});

test.describe("the server", () => {
  test("sends a strict policy and none of its own files", async ({ request }) => {
    const page = await request.get(playground.url);
    const policy = page.headers()["content-security-policy"];
    expect(policy).toContain("default-src 'none'");
    expect(policy).toMatch(/script-src 'self' 'wasm-unsafe-eval' 'sha256-[\w+/]{43}='/);
    expect(policy).toContain(`connect-src 'self' ${playground.server.url};`);
    expect(page.headers()["referrer-policy"]).toBe("no-referrer");
    expect(page.headers()["x-content-type-options"]).toBe("nosniff");

    for (const path of ["serve.mjs", "server/index.mjs", "server/users.mjs", "..%2fpackage.json"]) {
      expect((await request.get(playground.url + path)).status(), path).toBe(404);
    }
    const settings = await (await request.get(`${playground.url}playground.json`)).json();
    expect(settings).toEqual({ server: playground.server.url });
  });

  test("takes the next free ports", async () => {
    const taken = Number(new URL(playground.url).port);
    const second = await serve({ port: taken, serverPort: taken });
    expect(second.url).not.toBe(playground.url);
    expect(new URL(second.url).origin).not.toBe(second.server.url);
    await second.close();
  });
});
