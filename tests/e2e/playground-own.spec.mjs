// A server of the reader's own in the playground: what it needs is asked for, and what is slow is waited for.
import { expect, expectSignedIn, field, open, parts, test, tile } from "./support/playground.mjs";

/** Makes the embedded ProcessMaker known by discovery; gives what lets the metadata go. */
async function publishMetadata(page, { server }) {
  let publish = () => {};
  const isPublished = new Promise((resolve) => (publish = () => resolve(undefined)));
  await page.route(`${server.url}/.well-known/openid-configuration`, async (route) => {
    await isPublished;
    const json = {
      issuer: server.url,
      authorization_endpoint: `${server.url}/workflow/oauth2/authorize`,
      token_endpoint: `${server.url}/workflow/oauth2/token`,
      code_challenge_methods_supported: [],
    };
    await route.fulfill({ json, headers: { "Access-Control-Allow-Origin": "*" } });
  });
  return publish;
}

/** Chooses a server of the reader's own, and types what it needs without leaving the last field. */
async function typeOwn(page, name, fields) {
  await page.getByRole("radio", { name }).check();
  for (const [label, value] of Object.entries(fields)) await field(page, label).fill(value);
}

test("a server of one's own is waited for until it is described", async ({ page, playground }) => {
  const { problem, parameters, signIn: button } = parts(page);
  await open(page, playground);
  await page.getByRole("radio", { name: "Your Space" }).check();
  await field(page, "Its address").fill(playground.server.url);
  await field(page, "Its address").press("Tab");
  await expect(page).toHaveURL(/url=/);
  await expect(problem).toBeHidden();
  await expect(parameters).toBeHidden();
  await button.click();
  await expect(problem).toContainText("The client ID is missing");
  await field(page, "Client ID").fill("playground");
  await field(page, "Client ID").blur();
  await expect(problem).toBeHidden();
  await expect(page.locator("#endpoint")).toHaveText(`${playground.server.url}/oauth/auth`);

  await field(page, "Its address").fill("");
  await button.click();
  await expect(problem).toContainText("The address of your server is missing");
  await field(page, "Flow").selectOption({ label: "Permanent token" });
  await field(page, "Its address").fill(playground.server.url);
  await button.click();
  await expect(problem).toContainText("The permanent token is missing");
});

test("nothing of the embedded server stands in the fields of one's own", async ({ page, playground }) => {
  await open(page, playground);
  await typeOwn(page, "Your Space", { "Its address": playground.server.url, "Client ID": "my-app" });
  await field(page, "Flow").selectOption({ label: "Password" });
  for (const label of ["User name", "Password"]) {
    await expect(field(page, label)).toHaveValue("");
    await expect(field(page, label)).toHaveAttribute("placeholder", "");
  }
  await tile(page, "Space", "Password").check();
  await expect(field(page, "User name")).toHaveAttribute("placeholder", "alice");
});

test("what is found out late about a server is no answer for another", async ({ page, playground }) => {
  const publish = await publishMetadata(page, playground);
  await open(page, playground);
  await typeOwn(page, "Your OpenID provider", {
    "Its address": playground.server.url,
    "Client ID": "x-playground",
  });
  const answered = page.waitForResponse(/openid-configuration/);
  await field(page, "Client ID").blur();
  await field(page, "Client ID").fill("");
  await tile(page, "Space", "Implicit").check();
  await expect(page.locator("#endpoint")).toHaveText(/\/oauth\/auth$/);
  publish();
  await (await answered).finished();
  // The page has taken the answer up by then.
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
  await expect(page.locator("#endpoint")).toHaveText(/\/oauth\/auth$/);
  await parts(page).signIn.click();
  await expect(parts(page).asAlice).toBeVisible();
  expect(new URL(page.url()).pathname).not.toContain("workflow");
});

test("who presses Enter before a server is known goes there when it is", async ({ page, playground }) => {
  const publish = await publishMetadata(page, playground);
  await open(page, playground);
  await typeOwn(page, "Your OpenID provider", {
    "Its address": playground.server.url,
    "Client ID": "x-playground",
    "Client secret": "x-playground-secret",
    Scope: "*",
  });
  await field(page, "Scope").press("Enter");
  await expect(parts(page).log).toContainText("Signing in: Your OpenID provider");
  await expect(parts(page).problem).toBeHidden();
  publish();
  await parts(page).asAlice.click();
  await expectSignedIn(page);

  // There is no userinfo endpoint, and the page's own server is none.
  const own = [];
  page.on("request", (request) => own.push(request.headers().authorization));
  await parts(page).callApi.click();
  await expect(parts(page).problem).toContainText("There is nothing to call");
  expect(own.filter(Boolean)).toEqual([]);
});
