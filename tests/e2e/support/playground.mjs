// The playground as its reader has it: one playground per worker, and words for what a reader does there.
import { test as base, expect } from "@playwright/test";
import { serve } from "../../../www/serve.mjs";

export { expect };

export const SYSTEMS = ["Space", "ProcessMaker"];

/**
 * Notes everything that no page of a context is supposed to do.
 * @param {import("@playwright/test").BrowserContext} context
 * @param {string[]} origins those that requests may go to
 */
export async function watch(context, origins) {
  const wrongs = [];
  context.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && !origins.includes(origin)) wrongs.push(`request to ${origin}`);
  });
  context.on("weberror", (error) => wrongs.push(`uncaught: ${error.error().message}`));
  context.on("console", (message) => {
    // A refused or broken request is logged as an error by the browser itself, and is no fault of the page.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      wrongs.push(`console: ${message.text()}`);
    }
  });
  await context.exposeFunction("reportViolation", (what) => wrongs.push(`CSP: ${what}`));
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
      window.reportViolation(`${violatedDirective} ${blockedURI}`);
    });
  });
  return wrongs;
}

export const test = base.extend({
  playground: [
    async ({}, use) => {
      const playground = await serve({ port: 0, serverPort: 0 });
      await use(playground);
      await playground.close();
    },
    { scope: "worker" },
  ],

  /** The origins of the page and of the embedded server. */
  origins: async ({ playground }, use) =>
    use([playground.url, playground.server.url].map((url) => new URL(url).origin)),

  /** Whatever a test looks at: no error, no violation of a policy and no foreign request goes unseen. */
  context: async ({ context, playground, origins }, use) => {
    playground.server.reset();
    const wrongs = await watch(context, origins);
    await use(context);
    expect(wrongs, "what the pages were not supposed to do").toEqual([]);
  },
});

export const parts = (page) => ({
  session: page.getByRole("region", { name: "3. Use the session" }),
  log: page.getByRole("log", { name: "Log" }),
  steps: page.getByRole("list", { name: "Steps of the flow" }),
  said: page.getByRole("region", { name: "What was said" }),
  problem: page.getByRole("alert"),
  parameters: page.getByRole("region", { name: "The authorization URL, taken apart" }).first(),
  signIn: page.getByRole("button", { name: "Sign in", exact: true }),
  signOut: page.getByRole("button", { name: "Sign out" }),
  refresh: page.getByRole("button", { name: "Refresh now" }),
  callApi: page.getByRole("button", { name: "Call the API" }),
  asAlice: page.getByRole("button", { name: "Continue as Alice" }),
  meter: page.getByRole("meter", { name: "Access token" }),
  showSecrets: page.getByRole("checkbox", { name: "Show secrets" }),
  options: page.getByText("Client, mode, storage, scope", { exact: true }),
});

/** The tile of a flow on one of the embedded systems. */
export const tile = (page, system, flow) =>
  page
    .getByRole("group", { name: `${system} on the embedded server` })
    .getByRole("radio", { name: flow, exact: true });

/** A step of the flow, by the words on its arrow. */
export const step = (page, name) => parts(page).steps.getByRole("button", { name: new RegExp(`^${name}: `) });

/** What is typed or picked from a list; tiles may have the same name. */
export const field = (page, label) =>
  page.getByRole("form", { name: "1. Choose" }).locator(".field").getByLabel(label, { exact: true });

export async function open(page, { url }, hash = "") {
  await page.goto(url + hash);
  await ready(page);
}

/** Until the page has found out whether somebody is signed in. */
export async function ready(page) {
  await expect(parts(page).session).toContainText(/Signed (in|out)/);
}

/** Chooses in the part that is folded away: `{ Mode: "In a window" }`. */
export async function set(page, choices) {
  const { options } = parts(page);
  if ((await options.locator("xpath=..").getAttribute("open")) === null) await options.click();
  for (const [label, value] of Object.entries(choices)) {
    const target = field(page, label);
    const isList = await target.evaluate((element) => element.matches("select"));
    if (isList) await target.selectOption({ label: value });
    else {
      await target.fill(value);
      await target.blur();
    }
  }
}

export const isRedirected = (flow) => ["Authorization code", "Implicit"].includes(flow);

export async function expectSignedIn(page) {
  await expect(parts(page).session).toContainText("Signed in");
  await expect(parts(page).signOut).toBeVisible();
}

export async function expectSignedOut(page) {
  await expect(parts(page).session).toContainText("Signed out");
  await expect(parts(page).signIn).toBeVisible();
}

/** Signs in as Alice, where there are users, by a flow that goes on in this tab. */
export async function signIn(
  page,
  playground,
  { system = "Space", flow = "Authorization code", ...more } = {},
) {
  await open(page, playground);
  await tile(page, system, flow).check();
  if (Object.keys(more).length) await set(page, more);
  await parts(page).signIn.click();
  if (isRedirected(flow)) await parts(page).asAlice.click();
  await expectSignedIn(page);
  if (flow !== "Client credentials") {
    await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  }
}

/** Presses a button of "Break things" and waits until the server has heard it. */
export async function breakThings(page, name) {
  const { log } = parts(page);
  const told = log.getByText(`On the server: ${name}`, { exact: true });
  const before = await told.count();
  await page.getByRole("button", { name, exact: true }).click();
  await expect(told).toHaveCount(before + 1);
}

/** Calls the API, and gives the log line of it. */
export async function callApi(page) {
  const { log, callApi: button } = parts(page);
  const calls = log.getByText(/^GET .*: \d+$/);
  const before = await calls.count();
  await button.click();
  await expect(calls).toHaveCount(before + 1);
  return calls.first().textContent();
}

/** What was said at a step, with its secrets. */
export async function rawText(page, name) {
  await step(page, name).click();
  await parts(page).showSecrets.check();
  return (await parts(page).said.textContent()) ?? "";
}
