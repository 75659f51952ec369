// The code that the playground shows is copied, and pasted into a page that has nothing else: there it signs in.
import { readFileSync } from "node:fs";
import { expect, test as base } from "@playwright/test";
import { serve } from "../../www/serve.mjs";
import { startPasted } from "./support/pasted.mjs";
import { lastClick } from "./support/site.mjs";

const content = JSON.parse(readFileSync(new URL("../../www/content.json", import.meta.url), "utf8"));
const EMBEDDED = Object.entries(content.systems).filter(([, { registered }]) => registered);
const OWN = Object.entries(content.systems).filter(([, { registered }]) => !registered);
const ONE_CLICK = "Continue as Alice";

/** What the API says, of the user and to an application; the pages of the server say neither. */
const ANSWERS = {
  space: ['"username":"alice"', '"name":"Orbit"'],
  processmaker: ['"usr_username":"alice"', '"prj_name":"Leave request"'],
};

const test = base.extend({
  playground: [
    async ({}, use) => {
      const playground = await serve({ port: 0, serverPort: 0 });
      await use(playground);
      await playground.close();
    },
    { scope: "worker" },
  ],

  /** The page to paste into. */
  pasted: [
    async ({ playground }, use) => {
      const pasted = await startPasted();
      const clients = EMBEDDED.flatMap(([, { registered }]) => Object.values(registered));
      for (const { clientId } of clients) {
        if (clientId) playground.server.registerRedirectUri(clientId, pasted.url);
      }
      await use(pasted);
      await pasted.close();
    },
    { scope: "worker" },
  ],

  /** Of every page, window and frame of these tests. */
  context: async ({ context, playground }, use) => {
    const { origin } = new URL(playground.url);
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const uncaught = [];
    context.on("weberror", (error) => uncaught.push(error.error().message));
    await use(context);
    expect(uncaught, "uncaught errors and unhandled rejections").toEqual([]);
  },
});

async function openPlayground(page, playground) {
  await page.goto(playground.url);
  await expect(page.locator("#status")).toHaveText("Signed out");
}

const tile = (page, group, name) =>
  page.getByRole("group", { name: group }).getByRole("radio", { name, exact: true });

/** Chooses as a reader does, and gives what is in the clipboard then. */
async function copyCode(page, playground, { system, flow, mode = "redirect", storage = "session" }) {
  await openPlayground(page, playground);
  const { name } = content.systems[system];
  await tile(page, new RegExp(`^${name}\\b`), content.flows[flow].name).check();
  if (mode !== "redirect" || storage !== "session") {
    await page.getByText("Client, mode, storage, scope").click();
    await page.getByLabel("Mode", { exact: true }).selectOption(mode);
    await page.getByLabel("Storage", { exact: true }).selectOption(storage);
  }
  return pressCopy(page);
}

async function pressCopy(page) {
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.getByRole("button", { name: "Copied", exact: true })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied, "what is copied is what is shown").toBe(await page.locator("#call").textContent());
  return copied;
}

/** Opens the page with the code in it, in a tab of its own. */
async function paste(context, pasted, code) {
  pasted.paste(code);
  const page = await context.newPage();
  // The code may leave before the page has loaded.
  await page.goto(pasted.url, { waitUntil: "commit" });
  return page;
}

/** The page shows what the API has said, and nothing is left in its address. */
async function expectAnswer(page, pasted, system, flow = "code") {
  const answer = ANSWERS[system][flow === "client_credentials" ? 1 : 0];
  await expect(page.locator("body")).toContainText(answer);
  expect(page.url()).toBe(pasted.url);
}

const continueAsAlice = (page) => page.getByRole("button", { name: ONE_CLICK }).click();

for (const [system, { name, flows }] of EMBEDDED) {
  for (const flow of flows) {
    const isRedirected = flow === "code" || flow === "implicit";
    test(`${name}: the copied code of “${content.flows[flow].name}” signs in`, async ({
      page,
      context,
      playground,
      pasted,
    }) => {
      const code = await copyCode(page, playground, { system, flow });
      const app = await paste(context, pasted, code);
      if (isRedirected) await continueAsAlice(app);
      await expectAnswer(app, pasted, system, flow);
    });
  }

  for (const flow of ["code", "implicit"]) {
    test(`${name}: the copied code of “${content.flows[flow].name}” signs in in a window`, async ({
      page,
      context,
      playground,
      pasted,
    }) => {
      const code = await copyCode(page, playground, { system, flow, mode: "popup" });
      const app = await paste(context, pasted, code);
      const opened = app.waitForEvent("popup");
      await app.getByRole("button", { name: "Sign in" }).click();
      await lastClick(await opened, ONE_CLICK);
      await expectAnswer(app, pasted, system);
    });
  }

  test(`${name}: the copied code signs in without asking, where the user has allowed it before`, async ({
    page,
    context,
    playground,
    pasted,
  }) => {
    const before = await copyCode(page, playground, { system, flow: "code" });
    const first = await paste(context, pasted, before);
    await continueAsAlice(first);
    await expectAnswer(first, pasted, system);
    await first.close();

    const code = await copyCode(page, playground, { system, flow: "code", mode: "silent" });
    expect(code).toContain('mode: "silent"');
    const visited = [];
    context.on("page", (tab) =>
      tab.on("framenavigated", (frame) => frame === tab.mainFrame() && visited.push(frame.url())),
    );
    const app = await paste(context, pasted, code);
    await expectAnswer(app, pasted, system);
    expect(visited, "the page stays where it is").toEqual([pasted.url]);
  });
}

for (const [storage, isShared] of [
  ["session", false],
  ["local", true],
]) {
  const whose = isShared ? "every tab" : "one tab";
  test(`the copied code with storage “${storage}” signs ${whose} in, and outlives a reload`, async ({
    page,
    context,
    playground,
    pasted,
  }) => {
    const code = await copyCode(page, playground, { system: "space", flow: "code", storage });
    expect(code.includes('storage: "local"')).toBe(isShared);
    const app = await paste(context, pasted, code);
    await continueAsAlice(app);
    await expectAnswer(app, pasted, "space");
    const area = isShared ? "localStorage" : "sessionStorage";
    const keys = await app.evaluate((area) => Object.keys(window[area]), area);
    expect(keys.filter((key) => key.startsWith("space-auth:session:"))).toHaveLength(1);

    // Whoever is asked again would come back without a click: only the count tells.
    const asked = playground.server.counters.authorize;
    await app.reload();
    await expectAnswer(app, pasted, "space");
    expect(playground.server.counters.authorize).toBe(asked);

    const other = await paste(context, pasted, code);
    await expectAnswer(other, pasted, "space");
    expect(playground.server.counters.authorize).toBe(asked + (isShared ? 0 : 1));
  });
}

const SECRETS = ["Client secret", "User name", "Password", "Permanent token"];

for (const [, { name, flows }] of OWN) {
  test(`${name}: what is typed as a secret stands neither in the code nor in the address`, async ({
    page,
    playground,
  }) => {
    // The page looks for the provider's metadata.
    await page.route("https://as.example/**", (route) => route.fulfill({ status: 404 }));
    await openPlayground(page, playground);
    await tile(page, "A server of your own", name).check();
    await page.getByLabel("Its address").fill("https://as.example");
    const filled = new Set();
    for (const flow of flows) {
      await page.getByLabel("Flow", { exact: true }).selectOption(flow);
      for (const label of SECRETS) {
        // A tile may be called so, too.
        const field = page.locator(".field input").and(page.getByLabel(label, { exact: true }));
        if (!(await field.isVisible())) continue;
        await field.fill(`typed ${label}`);
        filled.add(label);
      }
      await page.locator("#call").click();
      for (const isTyped of [false, true]) {
        await page.getByRole("checkbox", { name: "TypeScript" }).setChecked(isTyped);
        const shown = await page.locator("#call").textContent();
        expect(shown).toContain(content.functions[flow]);
        expect(shown).toContain("https://as.example");
        expect(shown).not.toContain("typed");
      }
      expect(page.url()).toContain("as.example");
      expect(decodeURIComponent(page.url())).not.toContain("typed");
    }
    const offered = SECRETS.filter(
      (label) => flows.includes("permanent_token") || label !== "Permanent token",
    );
    expect([...filled].sort()).toEqual([...offered].sort());
    expect(await page.evaluate(() => JSON.stringify([history.state, { ...localStorage }]))).not.toContain(
      "typed",
    );
  });
}
