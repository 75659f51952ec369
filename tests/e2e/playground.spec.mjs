// Every flow on both embedded systems, in at most three clicks from the start page.
import {
  SYSTEMS,
  expect,
  expectSignedIn,
  expectSignedOut,
  isRedirected,
  open,
  parts,
  ready,
  set,
  step,
  test,
  tile,
} from "./support/playground.mjs";

/** How a session by each flow describes itself, and whether a reload leaves it. */
const FLOWS = {
  "Authorization code": { grant: "authorization_code", subject: "user", isKept: true, isRenewable: true },
  Implicit: { grant: "implicit", subject: "user", isKept: true, isRenewable: false },
  "Client credentials": {
    grant: "client_credentials",
    subject: "application",
    isKept: false,
    isRenewable: true,
  },
  Password: { grant: "password", subject: "user", isKept: true, isRenewable: true },
  "Permanent token": { grant: "permanent_token", subject: "user", isKept: false, isRenewable: false },
};

const HOME = { Space: /"firstName": "Alice"/, ProcessMaker: /"usr_firstname": "Alice"/ };
const SCOPE = { Space: "**", ProcessMaker: "*" };

/** The fact of that name in the session card. */
const fact = (page, name) =>
  parts(page)
    .session.locator("dl > div", { has: page.getByText(name, { exact: true }) })
    .getByRole("definition");

for (const system of SYSTEMS) {
  for (const [flow, { grant, subject, isKept, isRenewable }] of Object.entries(FLOWS)) {
    if (system === "ProcessMaker" && flow === "Permanent token") continue;

    test(`${system}, ${flow}: signed in after at most three clicks`, async ({ page, playground }) => {
      const { signIn, signOut, asAlice, refresh, callApi, said, log } = parts(page);
      let clicks = 0;
      const click = async (target) => {
        clicks += 1;
        await target.click();
      };

      await open(page, playground);
      await click(tile(page, system, flow));
      await click(signIn);
      if (isRedirected(flow)) await click(asAlice);
      await expectSignedIn(page);
      expect(clicks).toBeLessThanOrEqual(3);

      await expect(fact(page, "Grant")).toHaveText(grant);
      await expect(fact(page, "On behalf of")).toHaveText(subject);
      const who = subject === "user" ? "Alice Adams" : "Application";
      await expect(page.getByRole("heading", { name: who })).toBeVisible();
      if (flow !== "Permanent token") {
        await expect(fact(page, "Scopes").getByRole("listitem")).toHaveText([`${SCOPE[system]}granted`]);
      }

      await callApi.click();
      await expect(step(page, "API answer")).toHaveAccessibleName(/has happened$/);
      await expect(said).toContainText("200 OK");
      await expect(said).toContainText(subject === "user" ? HOME[system] : /Orbit|Leave request/);

      if (isRenewable) {
        await refresh.click();
        await expect(log).toContainText("refreshed:");
      } else {
        await expect(refresh).toBeDisabled();
        await expect(refresh).toHaveAccessibleDescription(/cannot be refreshed/);
      }

      await page.reload();
      if (isKept) {
        await expectSignedIn(page);
        await expect(page.getByRole("heading", { name: who })).toBeVisible();
        await expect(fact(page, "Grant")).toHaveText(grant);
        await expect(log).toContainText("Restored the stored session");
      } else {
        await expectSignedOut(page);
        await expect(tile(page, system, flow)).toBeChecked();
        await signIn.click();
        await expectSignedIn(page);
      }

      await signOut.click();
      await expectSignedOut(page);
      await expect(signIn).toBeFocused();
      await expect(log).toContainText("signedout:");
      await expect(tile(page, system, flow)).toBeChecked();

      await page.reload();
      await expectSignedOut(page);
    });
  }
}

for (const system of SYSTEMS) {
  for (const flow of ["Authorization code", "Implicit"]) {
    test(`${system}, ${flow}, in a window`, async ({ page, playground }) => {
      await open(page, playground);
      await tile(page, system, flow).check();
      await set(page, { Mode: "In a window" });
      const opened = page.waitForEvent("popup");
      await parts(page).signIn.click();
      const popup = await opened;
      const closed = popup.waitForEvent("close");
      await parts(popup).asAlice.click();
      await closed;

      await expectSignedIn(page);
      await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
      const came = flow === "Implicit" ? "Redirect with a token" : "Redirect with a code";
      for (const name of ["Go there", "Authorization request", came, "This page again", "API answer"]) {
        await expect(step(page, name)).toHaveAccessibleName(/has happened$/);
      }
    });
  }
}

for (const flow of ["Authorization code", "Implicit"]) {
  test(`Space, ${flow}, in a hidden frame, for who is logged in at the server`, async ({
    page,
    playground,
  }) => {
    const { signIn, signOut, asAlice } = parts(page);
    await open(page, playground);
    await tile(page, "Space", flow).check();
    await signIn.click();
    await asAlice.click();
    await expectSignedIn(page);
    await signOut.click();
    await expectSignedOut(page);

    await set(page, { Mode: "In a hidden frame, without asking" });
    await signIn.click();
    await expectSignedIn(page);
    await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
    await expect(step(page, "This page again")).toHaveAccessibleName(/has happened$/);
    expect(page.frames()).toHaveLength(1);
  });
}

test("a hidden frame signs nobody in who is not logged in at the server", async ({ page, playground }) => {
  await open(page, playground);
  await set(page, { Mode: "In a hidden frame, without asking" });
  await parts(page).signIn.click();
  await expect(parts(page).problem).toContainText("access_denied");
  await expectSignedOut(page);
});

test("a window that is closed signs nobody in", async ({ page, playground }) => {
  await open(page, playground);
  await set(page, { Mode: "In a window" });
  const opened = page.waitForEvent("popup");
  await parts(page).signIn.click();
  const popup = await opened;
  await expect(parts(popup).asAlice).toBeVisible();
  await popup.close();
  // A window that only seems closed may be under a policy of the server's, so it is waited for some seconds more.
  await expect(parts(page).problem).toContainText("popup_closed", { timeout: 30_000 });
  await expectSignedOut(page);
});

for (const system of SYSTEMS) {
  test(`${system}: a denial is shown as the library tells it`, async ({ page, playground }) => {
    const { signIn, problem, log } = parts(page);
    await open(page, playground);
    await tile(page, system, "Authorization code").check();
    await signIn.click();
    await page.getByLabel("User name").fill("alice");
    await page.getByLabel("Password").fill("alice-password");
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("button", { name: "Deny" }).click();

    await ready(page);
    await expect(problem).toContainText("access_denied");
    await expect(problem).toContainText("redirect");
    await expect(problem).toContainText("The user denied the request");
    await expectSignedOut(page);
    await expect(log).toContainText("Completing the redirect: access_denied (redirect)");
    await expect(step(page, "Redirect with a code")).toHaveAccessibleName(/has failed$/);
    expect(new URL(page.url()).search).toBe("");
  });
}

test("a session in memory ends with its last page", async ({ page, playground }) => {
  await open(page, playground);
  await set(page, { Storage: "All tabs, while one is open" });
  await parts(page).signIn.click();
  await parts(page).asAlice.click();
  await expectSignedIn(page);
  await page.reload();
  await expectSignedOut(page);
});

test("the session is not taken to another origin", async ({ page, playground }) => {
  await open(page, playground);
  await parts(page).signIn.click();
  await parts(page).asAlice.click();
  await expectSignedIn(page);
  await page.getByRole("button", { name: "Send it elsewhere" }).click();
  await expect(parts(page).problem).toContainText("origin_not_allowed");
  await expectSignedIn(page);
});
