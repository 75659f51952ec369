// How the page "Register an application" looks and is worked: its accessibility, narrow screens, the keyboard, and
// pictures of it.
import { expect, test } from "./support/playground.mjs";
import { tabTo, violations } from "./support/look.mjs";
import {
  addApplication,
  authorize,
  expectDone,
  open,
  press,
  requestIn,
  right,
  saveEndpoint,
  saveFlows,
  saveRights,
  signInAs,
  stages,
  walk,
} from "./support/register.mjs";

async function unfold(page) {
  for (const details of await page.locator("details").all()) {
    await details.evaluate((element) => element.setAttribute("open", ""));
  }
}

/** A field with a problem, a refusal that can be overcome, and one that cannot. */
async function makeMistakes(page, playground) {
  const { flows, rights, project, keys } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await flows.getByLabel("Redirect URIs, one on each line").first().fill("http://evil.example/");
  await press(flows, "Save the flows");
  await saveRights(page);
  await authorize(rights, "View member profiles");
  await expect(rights.getByRole("alert")).toBeVisible();
  await requestIn(page, "DOCK");
  await press(project, "Reject: View issues");
  await expect(right(project, "View issues")).toContainText("REJECTED");
  await press(project, "Try it as the application");
  await expect(project.locator("#issues")).toContainText("403");
  await keys.getByLabel("Public key", { exact: true }).fill("nonsense");
  await press(keys, "Add the key");
  await expect(keys.getByRole("alert")).toBeVisible();
}

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test.describe(`in ${colorScheme}, axe-core finds nothing`, () => {
    test.use({ colorScheme });

    test("at the start, for both kinds of Space", async ({ page, playground }) => {
      await open(page, playground);
      expect.soft(await violations(page), "as it opens").toEqual([]);
      await page.getByRole("radio", { name: "Your own Space" }).check();
      await unfold(page);
      expect.soft(await violations(page), "a Space of one's own, all unfolded").toEqual([]);
    });

    test("with problems shown", async ({ page, playground }) => {
      await makeMistakes(page, playground);
      expect.soft(await violations(page)).toEqual([]);
    });

    test("at the end, with everything unfolded", async ({ page, playground }) => {
      await walk(page, playground);
      expect.soft(await violations(page), "at the end").toEqual([]);
      await page.getByLabel("Change one bit of it").check();
      await expect(page.getByText("Signing key: refused, null")).toBeVisible();
      await unfold(page);
      expect.soft(await violations(page), "all unfolded").toEqual([]);
    });
  });
}

test.describe("on a screen 360 pixels wide", () => {
  test.use({ viewport: { width: 360, height: 740 } });
  const width = (page) => page.evaluate(() => document.scrollingElement?.scrollWidth);

  test("nothing scrolls sideways, from the start to the end", async ({ page, playground }) => {
    await open(page, playground);
    expect(await width(page), "as it opens").toBeLessThanOrEqual(360);
    await page.getByRole("radio", { name: "Your own Space" }).check();
    expect(await width(page), "a Space of one's own").toBeLessThanOrEqual(360);
    await walk(page, playground);
    await press(stages(page).add, "Show the client secret");
    await expect(page.locator("#client-secret")).toHaveText(/^\w{64}$/);
    expect(await width(page), "at the end").toBeLessThanOrEqual(360);
    await unfold(page);
    expect(await width(page), "all unfolded").toBeLessThanOrEqual(360);
  });

  test("nothing scrolls sideways, with problems shown", async ({ page, playground }) => {
    await makeMistakes(page, playground);
    expect(await width(page)).toBeLessThanOrEqual(360);
  });
});

test("an application is registered by keyboard alone", async ({ page, playground }) => {
  const { person, add, flows } = stages(page);
  const { keyboard } = page;
  await open(page, playground);
  await keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the steps" })).toBeFocused();
  await keyboard.press("Enter");
  await tabTo(page, person.getByRole("button", { name: "Sign in as Bob" }));
  await keyboard.press("Enter");
  const name = add.getByLabel("Name", { exact: true });
  await expect(name).toBeFocused();
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("Typed bot");
  await keyboard.press("Enter");
  await expect(add.locator("#application-name")).toHaveText("Typed bot");
  await expect(name).toBeFocused();

  await tabTo(page, flows.getByRole("checkbox", { name: /^Implicit/ }));
  await keyboard.press("Space");
  await keyboard.press("Tab");
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("nonsense");
  await tabTo(page, flows.getByRole("button", { name: "Save the flows" }));
  await keyboard.press("Enter");
  const uris = flows.getByLabel("Redirect URIs, one on each line").last();
  await expect(uris).toBeFocused();
  await expect(uris).toHaveAccessibleDescription(/invalid_configuration/);
  await keyboard.press("ControlOrMeta+A");
  await keyboard.type("https://app.example/");
  await tabTo(page, flows.getByRole("button", { name: "Save the flows" }));
  await keyboard.press("Enter");
  await expectDone(flows);
  await expect(flows.getByRole("button", { name: "Save the flows" })).toBeFocused();
});

test("what is decided keeps the focus among the rights", async ({ page, playground }) => {
  const { rights } = stages(page);
  await open(page, playground);
  await signInAs(page, "Alice");
  await addApplication(page);
  await saveRights(page);
  await tabTo(page, rights.getByRole("button", { name: "Authorize: View member profiles" }));
  await page.keyboard.press("Enter");
  await expect(right(rights, "View member profiles")).toContainText("GRANTED");
  await expect(rights.getByRole("button", { name: "Reject: View member profiles" })).toBeFocused();
});

test.describe("in a picture", () => {
  test.use({ viewport: { width: 1280, height: 1400 } });

  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test.describe(() => {
      test.use({ colorScheme });

      test(`the page, ${colorScheme}`, async ({ page, playground }, testInfo) => {
        const { endpoint, project } = stages(page);
        await open(page, playground);
        await signInAs(page, "Bob");
        await addApplication(page);
        await saveFlows(page);
        await saveRights(page);
        await requestIn(page, "DOCK");
        await authorize(project, "View issues");
        await expect(right(project, "View issues")).toContainText("GRANTED");
        await press(project, "Try it as the application");
        await expectDone(project);
        await saveEndpoint(page);
        await press(endpoint, "Let Space send a request");
        await expect(endpoint.locator("#verdicts")).toContainText("it is from Space");
        await page.evaluate(() => {
          const top = document.querySelector("#rights")?.getBoundingClientRect().top ?? 0;
          scrollTo(0, scrollY + top - 24);
        });
        await page.mouse.move(0, 0);
        const name = `register-${colorScheme}.png`;
        const isKept = process.env.UPDATE_SCREENSHOTS === "1";
        const path = isKept ? `docs/${name}` : testInfo.outputPath(name);
        const picture = await page.screenshot({ path, animations: "disabled" });
        expect(picture.length).toBeGreaterThan(50_000);
      });
    });
  }
});
