// What is chosen stands in the address and can be shared; secrets and tokens never do.
import {
  SYSTEMS,
  expect,
  expectSignedIn,
  expectSignedOut,
  field,
  isRedirected,
  open,
  parts,
  ready,
  set,
  test,
  tile,
} from "./support/playground.mjs";

/** Somebody else's browser, at that address. */
async function elsewhere(browser, address) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(address);
  await ready(page);
  return page;
}

test("whoever opens the address has the same set-up on an embedded system", async ({
  page,
  playground,
  browser,
}) => {
  await open(page, playground);
  await tile(page, "ProcessMaker", "Implicit").check();
  const chosen = {
    Mode: "In a window",
    Storage: "All tabs, while one is open",
    Scope: "view_processes edit_processes",
    "Client ID": "another-client",
    "Redirect URI": `${playground.url}elsewhere?a=1&b=2`,
  };
  await set(page, chosen);

  const other = await elsewhere(browser, page.url());
  await expect(tile(other, "ProcessMaker", "Implicit")).toBeChecked();
  await parts(other).options.click();
  for (const [label, value] of Object.entries(chosen)) {
    const there = field(other, label);
    const list = there.locator("option:checked");
    if (await list.count()) await expect(list).toHaveText(value);
    else await expect(there).toHaveValue(value);
  }
  await expect(parts(other).parameters).toContainText("another-client");
  expect(other.url()).toBe(page.url());
  await other.context().close();
});

test("whoever opens the address has the same server of one's own", async ({ page, playground, browser }) => {
  await open(page, playground);
  await page.getByRole("radio", { name: "Your ProcessMaker" }).check();
  await field(page, "Its address").fill(`${playground.server.url}/`);
  await field(page, "Workspace").fill("orbit");
  await field(page, "Flow").selectOption({ label: "Implicit" });
  await set(page, { "Client ID": "x-playground" });

  const other = await elsewhere(browser, page.url());
  await expect(other.getByRole("radio", { name: "Your ProcessMaker" })).toBeChecked();
  await expect(field(other, "Its address")).toHaveValue(`${playground.server.url}/`);
  await expect(field(other, "Workspace")).toHaveValue("orbit");
  await expect(field(other, "Flow")).toHaveValue("implicit");
  await expect(other.locator("#endpoint")).toHaveText(`${playground.server.url}/orbit/oauth2/authorize`);
  await other.context().close();
});

test("a link that is pasted into an open tab is taken up", async ({ page, playground }) => {
  await open(page, playground);
  await expect(tile(page, "Space", "Authorization code")).toBeChecked();
  await page.evaluate(() => location.assign("#system=processmaker&flow=password"));
  await expect(tile(page, "ProcessMaker", "Password")).toBeChecked();
  await ready(page);
  await expect(parts(page).parameters).toBeHidden();
});

test("what is typed as a secret is in no address", async ({ page, playground, browser }) => {
  const secrets = { "Client secret": "s3cret-c", "User name": "s3cret-u", Password: "s3cret-p" };
  await open(page, playground);
  await page.getByRole("radio", { name: "Your Space" }).check();
  await field(page, "Its address").fill(playground.server.url);
  await field(page, "Flow").selectOption({ label: "Password" });
  for (const label of ["User name", "Password"]) await field(page, label).fill(secrets[label]);
  await set(page, { "Client secret": secrets["Client secret"] });
  expect(page.url()).toContain("flow=password");
  expect(page.url()).not.toContain("s3cret");

  await field(page, "Flow").selectOption({ label: "Permanent token" });
  await field(page, "Permanent token").fill("s3cret-t");
  await field(page, "Permanent token").blur();
  expect(page.url()).toContain("flow=permanent_token");
  expect(page.url()).not.toContain("s3cret");

  const other = await elsewhere(browser, page.url());
  await expect(field(other, "Permanent token")).toHaveValue("");
  await other.context().close();
});

test("a client secret lasts for a redirect, and no longer", async ({ page, playground }) => {
  const { signIn, asAlice, signOut } = parts(page);
  await open(page, playground);
  await page.getByRole("radio", { name: "Your Space" }).check();
  await field(page, "Its address").fill(playground.server.url);
  await set(page, { "Client ID": "playground-confidential", "Client secret": "playground-secret" });
  await signIn.click();
  await asAlice.click();
  await expectSignedIn(page);
  expect(page.url()).not.toContain("playground-secret");
  const stored = () => page.evaluate(() => JSON.stringify([{ ...sessionStorage }, { ...localStorage }]));
  expect(await stored()).not.toContain("playground-secret");
  await signOut.click();
  await page.reload();
  await expectSignedOut(page);
  await parts(page).options.click();
  await expect(field(page, "Client secret")).toHaveValue("");
});

const FLOWS = ["Authorization code", "Implicit", "Client credentials", "Password", "Permanent token"];

for (const system of SYSTEMS) {
  for (const flow of FLOWS) {
    if (system === "ProcessMaker" && flow === "Permanent token") continue;

    test(`no secret and no token stays in the address: ${system}, ${flow}`, async ({ page, playground }) => {
      // Every token that the page has used.
      const tokens = new Set(["alice-password", "space-personal-alice"]);
      page.on("request", (request) => {
        const bearer = /^Bearer (.+)$/.exec(request.headers().authorization ?? "");
        if (bearer) tokens.add(bearer[1]);
      });
      const { signIn, asAlice, signOut } = parts(page);
      await open(page, playground);
      await tile(page, system, flow).check();
      await signIn.click();
      if (isRedirected(flow)) await asAlice.click();
      await expectSignedIn(page);

      const expectClean = () => {
        const { origin, pathname, search, hash } = new URL(page.url());
        expect(origin + pathname).toBe(playground.url);
        expect(search).toBe("");
        expect([...new URLSearchParams(hash.slice(1)).keys()]).toEqual(["system", "flow"]);
        for (const token of tokens) expect(page.url()).not.toContain(token);
        expect(page.url()).not.toContain("secret");
      };
      if (flow !== "Client credentials") {
        await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
        await expect.poll(() => tokens.size).toBeGreaterThanOrEqual(flow === "Permanent token" ? 2 : 3);
      }
      await expect(() => expectClean()).toPass();
      await signOut.click();
      await expectSignedOut(page);
      expectClean();
    });
  }
}

const NONSENSE = {
  "names of JavaScript": "system=__proto__&flow=constructor&mode=toString&storage=hasOwnProperty",
  "a system that there is not": "system=elsewhere&flow=code",
  "a flow that the system has not": "system=processmaker&flow=permanent_token",
  markup: 'system=space&flow=code&scope=<img src=x onerror=alert(1)>&clientId="><script>alert(1)</script>',
  "parameters that there are not": "system=space&flow=code&clientSecret=x&password=x&token=x&nonsense=%00%ff",
  "broken escapes": "system=space&flow=code&scope=%E0%A4%A&redirectUri=%",
};

for (const [name, hash] of Object.entries(NONSENSE)) {
  test(`${name} in the address do no harm`, async ({ page, playground }) => {
    page.on("dialog", () => expect(false, "a dialog").toBe(true));
    await open(page, playground, `#${hash}`);
    await expectSignedOut(page);
    await expect(page.getByRole("radio", { checked: true })).toHaveCount(1);
    const system = hash.includes("processmaker") ? "ProcessMaker" : "Space";
    await expect(tile(page, system, "Authorization code")).toBeChecked();
    for (const id of ["#clientSecret", "#token"]) await expect(page.locator(id)).toHaveValue("");
    await tile(page, "Space", "Client credentials").check();
  });
}

for (const url of ["javascript:alert(1)", "no address", "http://", "data:text/html,x"]) {
  test(`${url} in the address is no server`, async ({ page, playground }) => {
    page.on("dialog", () => expect(false, "a dialog").toBe(true));
    const clientId = "playground-confidential";
    const shared = new URLSearchParams({ system: "own-space", flow: "code", url, clientId });
    await open(page, playground, `#${shared}`);
    await expect(parts(page).problem).toBeVisible();
    await expectSignedOut(page);
    await tile(page, "Space", "Client credentials").check();
    await parts(page).signIn.click();
    await expectSignedIn(page);
  });
}

for (const extra of ["", "&system=processmaker&flow=password"]) {
  test(`an answer of a server in the fragment is no session: access_token${extra}`, async ({
    page,
    playground,
  }) => {
    const answer = "access_token=forged&token_type=bearer&expires_in=600&state=forged";
    await open(page, playground, `#${answer}${extra}`);
    await expectSignedOut(page);
    await expect.poll(() => page.url()).not.toContain("forged");
  });
}

test("an implicit answer is no set-up: what was chosen before it stands", async ({ page, playground }) => {
  await open(page, playground);
  await tile(page, "ProcessMaker", "Implicit").check();
  await set(page, { Scope: "view_processes" });
  await parts(page).signIn.click();
  await parts(page).asAlice.click();
  await expectSignedIn(page);
  await expect(tile(page, "ProcessMaker", "Implicit")).toBeChecked();
  await expect(field(page, "Scope")).toHaveValue("view_processes");
  await expect.poll(() => page.url()).toContain("system=processmaker&flow=implicit&scope=view_processes");
});
