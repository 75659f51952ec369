// The pages of the authorization servers, as a user goes through them. All of the servers mark their fields as password
// managers expect it, and name their buttons alike.
import { isAnswer } from "./test.mjs";

/** The log-in page. */
export async function logInAs(page, user = "alice") {
  await page.locator("input[autocomplete=username]").fill(user);
  await page.locator("input[autocomplete=current-password]").fill(`${user}-password`);
  await page.getByRole("button", { name: "Log in" }).click();
}

/** The page that asks whether the app may. */
export const decide = (page, decision = "Authorize") => page.getByRole("button", { name: decision }).click();

/** From the app to the server and up to the redirect back; the answer is still in the address bar. */
export async function throughPages(page, app, options, { path = "/", decision = "Authorize" } = {}) {
  await page.goto(app.origin + path);
  await page.evaluate((options) => begin(options), options);
  await logInAs(page);
  await decide(page, decision);
  await page.waitForURL(isAnswer(app));
}
