// The playground as `npm run build:www` makes it, on a static host, in a folder there, without any header.
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test as base } from "@playwright/test";
import { startServer } from "../../www/server/index.mjs";
import { startStatic } from "./support/static.mjs";

const BUILD = fileURLToPath(new URL("../../scripts/build-www.mjs", import.meta.url));
const PREFIX = "/docs/play/";

const test = base.extend({
  folder: [
    async ({}, use) => {
      const folder = await mkdtemp(path.join(tmpdir(), "space-auth-www-"));
      await promisify(execFile)(process.execPath, [BUILD, "--out", folder]);
      await use(folder);
      await rm(folder, { recursive: true, force: true });
    },
    { scope: "worker" },
  ],

  host: async ({ folder }, use) => {
    const host = await startStatic(folder, PREFIX);
    await use(host);
    await host.close();
  },

  /** Where the reader signs in. */
  server: async ({ host }, use) => {
    const server = await startServer({ port: 0, host: "localhost" });
    for (const page of ["", "register/"]) server.registerRedirectUri("playground", host.url + page);
    await use(server);
    await server.close();
  },

  /** Whatever the page is not supposed to do, which fails the test. @type {string[]} */
  wrongs: ({}, use) => use([]),

  page: async ({ page, host, wrongs }, use) => {
    page.on("pageerror", (error) => wrongs.push(`uncaught: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") wrongs.push(`console: ${message.text()}`);
    });
    await page.exposeFunction("reportViolation", (what) => wrongs.push(`policy: ${what}`));
    await page.addInitScript(() => {
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
        window.reportViolation(`${violatedDirective} ${blockedURI}`);
      });
    });
    await use(page);
    expect(wrongs).toEqual([]);
    expect(host.missing, "missing files").toEqual([]);
  },
});

async function open(page, host) {
  await page.goto(host.url);
  await expect(page.locator("#status")).toHaveText("Signed out");
}

test("the page loads on a static host, with nothing but its own files", async ({ page, host }) => {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  const response = await page.goto(host.url);
  await expect(page.locator("#status")).toHaveText("Signed out");
  expect(response.headers()["content-security-policy"]).toBeUndefined();
  expect(asked.length).toBeGreaterThan(10);
  expect(asked.filter((url) => !url.startsWith(host.url))).toEqual([]);
});

test("the page brings its policy along, and the browser keeps to it", async ({ page, host, wrongs }) => {
  await open(page, host);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.isRun = true";
    document.body.append(script);
  });
  await expect.poll(() => wrongs).toContain("policy: script-src-elem inline");
  expect(await page.evaluate(() => window.isRun)).toBeUndefined();
  wrongs.length = 0;
});

test("nothing on the page is about the embedded server", async ({ page, host }) => {
  await open(page, host);
  await expect(page.getByRole("group", { name: "A server of your own" }).getByRole("radio")).toHaveCount(4);
  // Those of its own servers, and no other.
  await expect(page.getByRole("radio")).toHaveCount(4);
  await expect(page.getByRole("radio", { name: "Your Space" })).toBeChecked();
  await expect(page.getByRole("region", { name: "Break things" })).toHaveCount(0);
  const fields = page.getByRole("textbox", { includeHidden: true }).or(page.locator("[type=password]"));
  const filled = await fields.evaluateAll((/** @type {HTMLInputElement[]} */ all) =>
    all.map(({ value, placeholder }) => `${value} ${placeholder}`),
  );
  expect(filled.length).toBeGreaterThan(5);
  const said = await page.locator("body").innerText();
  // Its own address is that of this machine.
  const shown = [said, ...filled].join("\n").replaceAll(host.url, "");
  expect(shown).not.toMatch(/embedded|this machine|localhost|alice/i);
});

test("the reader signs in to a Space of the reader's own, and calls it", async ({ page, host, server }) => {
  await open(page, host);
  await page.getByRole("radio", { name: "Your Space" }).check();
  await page.getByLabel("Its address").fill(server.url);
  await page.getByLabel("Client ID").fill("playground");
  await expect(page.getByLabel("Redirect URI")).toHaveAttribute("placeholder", host.url);
  await page.getByRole("button", { name: "Sign in" }).click();

  await page.getByRole("button", { name: "Continue as Alice" }).click();
  await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  const { origin, pathname, search } = new URL(page.url());
  expect(origin + pathname + search).toBe(host.url);
  expect(server.counters["token.authorization_code"]).toBe(1);

  const before = server.apiRequests.length;
  await page.getByRole("button", { name: "Call the API" }).click();
  await expect(page.locator("#step-text")).toContainText('"username": "alice"');
  expect(server.apiRequests.length).toBe(before + 1);

  await page.reload();
  await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.locator("#status")).toHaveText("Signed out");
});

test("a choice that is shared from a page with an embedded server becomes one of the reader's own", async ({
  page,
  host,
}) => {
  await page.goto(`${host.url}#system=processmaker&flow=client_credentials&storage=local`);
  await expect(page.locator("#status")).toHaveText("Signed out");
  await expect(page.getByRole("radio", { name: "Your Space" })).toBeChecked();
  await expect(page.getByLabel("Storage", { exact: true })).toHaveValue("local");
  await expect(page.getByLabel("Flow", { exact: true })).toHaveValue("client_credentials");
});

test("a host that answers every address with the page has no embedded server either", async ({
  page,
  host,
}) => {
  // As hosts of single-page applications do.
  await page.route("**/playground.json", async (route) =>
    route.fulfill({ response: await route.fetch({ url: host.url }) }),
  );
  await open(page, host);
  await expect(page.getByRole("radio", { name: "Your Space" })).toBeChecked();
});

test("applications are registered from a static host, in a Space of the reader's own", async ({
  page,
  host,
  server,
}) => {
  const asked = [];
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${host.url}register/`);
  await expect(page.locator("body")).toHaveAttribute("data-state", "ready");
  expect(asked.filter((url) => !url.startsWith(host.url))).toEqual([]);
  const said = (await page.locator("body").innerText()).replaceAll(host.url, "");
  expect(said).not.toMatch(/embedded|this machine|localhost|alice|bob/i);

  const person = page.getByRole("region", { name: "Before: who are you?" });
  await person.getByLabel("Its address").fill(server.url);
  await person.getByLabel("Client ID").fill("playground");
  const opened = page.waitForEvent("popup");
  await person.getByRole("button", { name: "Sign in" }).click();
  await (await opened).getByRole("button", { name: "Continue as Alice" }).click();
  await expect(person.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("button", { name: "Save the flows" }).click();
  await expect(page.getByRole("region", { name: "2 Choose its flows" }).getByText("Done")).toBeVisible();
  await expect(page.getByRole("button", { name: "Let Space send a request" })).toBeHidden();

  const again = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Sign in with Release bot" }).click();
  // She is still logged in there.
  await (await again).getByRole("button", { name: "Authorize" }).click();
  await expect(page.getByText("Alice Adams has signed in with Release bot")).toBeVisible();
});
