// How the playground looks and is worked: its accessibility, narrow screens, the keyboard, and pictures of it.
import { tabTo, violations } from "./support/look.mjs";
import {
  expect,
  expectSignedIn,
  expectSignedOut,
  isRedirected,
  open,
  parts,
  signIn,
  step,
  test,
  tile,
} from "./support/playground.mjs";

for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
  test.describe(`in ${colorScheme}, axe-core finds nothing`, () => {
    test.use({ colorScheme });

    test("signed out, with everything open", async ({ page, playground }) => {
      await open(page, playground);
      expect.soft(await violations(page), "as it opens").toEqual([]);
      await parts(page).options.click();
      await step(page, "Token request").click();
      expect.soft(await violations(page), "details and a step").toEqual([]);
      await page.getByRole("radio", { name: "Your ProcessMaker" }).check();
      expect.soft(await violations(page), "a server of one's own").toEqual([]);
      await page.getByLabel("Flow", { exact: true }).selectOption({ label: "Password" });
      expect.soft(await violations(page), "with a password").toEqual([]);
    });

    test("with a problem shown", async ({ page, playground }) => {
      await open(page, playground);
      await tile(page, "Space", "Password").check();
      await page.getByRole("textbox", { name: "Password", exact: true }).fill("wrong");
      await parts(page).signIn.click();
      await expect(parts(page).problem).toContainText("invalid_grant");
      expect.soft(await violations(page)).toEqual([]);
    });

    test("signed in, with a step, its secrets and a failure shown", async ({ page, playground }) => {
      await signIn(page, playground);
      expect.soft(await violations(page), "signed in").toEqual([]);
      await step(page, "Tokens").click();
      await parts(page).showSecrets.check();
      playground.server.setFault({ api: { status: 500 } });
      await parts(page).callApi.click();
      await expect(step(page, "API answer")).toHaveAccessibleName(/has failed$/);
      expect.soft(await violations(page), "a step that failed").toEqual([]);
      await page.getByRole("button", { name: "Send it elsewhere" }).click();
      await expect(parts(page).problem).toBeVisible();
      expect.soft(await violations(page), "a problem").toEqual([]);
    });

    test("signed in by what cannot be refreshed", async ({ page, playground }) => {
      await signIn(page, playground, { flow: "Implicit" });
      await expect(parts(page).refresh).toBeDisabled();
      expect.soft(await violations(page)).toEqual([]);
    });
  });
}

test.describe("on a screen 360 pixels wide", () => {
  test.use({ viewport: { width: 360, height: 740 } });
  const width = (page) => page.evaluate(() => document.scrollingElement?.scrollWidth);

  test("nothing scrolls sideways, signed out", async ({ page, playground }) => {
    await open(page, playground);
    expect(await width(page), "as it opens").toBeLessThanOrEqual(360);
    await parts(page).options.click();
    await step(page, "Token request").click();
    expect(await width(page), "details and a step").toBeLessThanOrEqual(360);
    for (const name of ["Your Space", "Your ProcessMaker", "Your OpenID provider"]) {
      await page.getByRole("radio", { name }).check();
      expect(await width(page), name).toBeLessThanOrEqual(360);
    }
  });

  test("nothing scrolls sideways, signed in", async ({ page, playground }, testInfo) => {
    await signIn(page, playground);
    expect(await width(page), "signed in").toBeLessThanOrEqual(360);
    await step(page, "Tokens").click();
    await parts(page).showSecrets.check();
    expect(await width(page), "a step with its secrets").toBeLessThanOrEqual(360);
    await page.getByRole("button", { name: "Send it elsewhere" }).click();
    await expect(parts(page).problem).toBeVisible();
    expect(await width(page), "a problem").toBeLessThanOrEqual(360);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await parts(page).showSecrets.uncheck();
    await page.screenshot({ path: testInfo.outputPath("playground-narrow.png"), fullPage: true });
  });
});

test("the keyboard goes through the page in the order of the eye", async ({ page, playground }) => {
  await open(page, playground);
  const { options, signIn, log } = parts(page);
  const order = [
    page.getByRole("link", { name: "Skip to the session" }),
    page.getByRole("link", { name: "Register an application" }),
    tile(page, "Space", "Authorization code"),
    options,
    signIn,
    step(page, "Go there"),
    step(page, "Authorization request"),
    step(page, "Redirect with a code"),
    step(page, "This page again"),
    step(page, "Token request"),
    step(page, "Tokens"),
    step(page, "API request"),
    step(page, "API answer"),
    step(page, "Refresh request"),
    step(page, "New tokens"),
    ...["Expire the token", "20-second tokens", "Slow", "500", "Offline"].map((name) =>
      page.getByRole("button", { name, exact: true }),
    ),
    ...["Use the refresh token", "Revoke everything", "Wrong state", "Expired code", "Reset the server"].map(
      (name) => page.getByRole("button", { name, exact: true }),
    ),
    // What scrolls can be reached, or it could not be read by keyboard.
    page.locator(".table"),
    page.getByRole("checkbox", { name: "TypeScript" }),
    page.getByRole("button", { name: "Copy" }),
    page.locator("#call"),
    page.getByRole("button", { name: "Clear" }),
    log,
  ];
  for (const target of order) {
    await page.keyboard.press("Tab");
    await expect(target).toBeFocused();
  }
});

test("the arrows of the keyboard go through all tiles", async ({ page, playground }) => {
  await open(page, playground);
  await tile(page, "Space", "Authorization code").focus();
  const seen = [];
  for (let press = 0; press < 12; press += 1) {
    await page.keyboard.press("ArrowDown");
    const checked = page.getByRole("radio", { checked: true });
    await expect(checked).toBeFocused();
    seen.push(await checked.inputValue());
  }
  expect(seen).toContain("space:permanent_token");
  expect(seen).toContain("processmaker:code");
  expect(seen).toContain("own-openid:code");
});

for (const flow of ["Authorization code", "Client credentials"]) {
  test(`signed in, used and signed out by keyboard alone: ${flow}`, async ({ page, playground }) => {
    const { signIn: button, asAlice, callApi, signOut, said, problem } = parts(page);
    const { keyboard } = page;
    await open(page, playground);
    await tabTo(page, tile(page, "Space", "Authorization code"));
    while (!(await tile(page, "Space", flow).isChecked())) await keyboard.press("ArrowDown");
    await tabTo(page, button);
    await keyboard.press("Enter");
    if (isRedirected(flow)) {
      await expect(asAlice).toBeVisible();
      await tabTo(page, asAlice);
      await keyboard.press("Enter");
    }
    await expectSignedIn(page);

    await tabTo(page, callApi);
    await keyboard.press("Enter");
    await expect(said).toContainText("200 OK");
    await expect(callApi).toBeFocused();

    await tabTo(page, page.getByRole("button", { name: "Send it elsewhere" }));
    await keyboard.press("Space");
    await expect(problem).toBeVisible();
    const dismiss = page.getByRole("button", { name: "Dismiss" });
    await keyboard.press("Shift+Tab");
    await tabTo(page, dismiss, 80);
    await keyboard.press("Enter");
    await expect(problem).toBeHidden();
    await expect(page.locator("#session")).toBeFocused();

    await tabTo(page, signOut, 80);
    await keyboard.press("Enter");
    await expectSignedOut(page);
    await expect(button).toBeFocused();
  });
}

test("by the skip link the session is next", async ({ page, playground }) => {
  await signIn(page, playground);
  await page.reload();
  await expectSignedIn(page);
  const address = page.url();
  await page.keyboard.press("Tab");
  await expect(page.getByRole("link", { name: "Skip to the session" })).toBeFocused();
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await expect(parts(page).signOut).toBeFocused();
  expect(page.url(), "what is chosen still stands in the address").toBe(address);
});

test("after signing in on the page itself the focus is in the session", async ({ page, playground }) => {
  await open(page, playground);
  await tile(page, "Space", "Client credentials").check();
  await parts(page).signIn.focus();
  await page.keyboard.press("Enter");
  await expectSignedIn(page);
  await expect(parts(page).session.locator(":focus").or(page.locator("#session:focus"))).toHaveCount(1);
});

test.describe("in a picture", () => {
  test.use({ viewport: { width: 1280, height: 1400 } });

  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    test.describe(() => {
      test.use({ colorScheme });

      test(`the playground, ${colorScheme}`, async ({ page, playground }, testInfo) => {
        // A picture taken at another time is the same but for random values.
        await page.clock.setFixedTime(new Date("2026-01-05T10:00:00"));
        await signIn(page, playground);
        await step(page, "Token request").click();
        await expect(parts(page).said).toContainText("grant_type=authorization_code");
        await page.evaluate(() => scrollTo(0, 0));
        await page.mouse.move(0, 0);
        const name = `playground-${colorScheme}.png`;
        const isKept = process.env.UPDATE_SCREENSHOTS === "1";
        const path = isKept ? `docs/${name}` : testInfo.outputPath(name);
        const picture = await page.screenshot({ path, animations: "disabled" });
        expect(picture.length).toBeGreaterThan(50_000);
      });
    });
  }
});
