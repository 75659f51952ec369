// "Break things": what each switch does on the server, and what the library makes of it.
import {
  SYSTEMS,
  breakThings,
  callApi,
  expect,
  expectSignedIn,
  expectSignedOut,
  open,
  parts,
  rawText,
  ready,
  signIn,
  step,
  test,
  tile,
} from "./support/playground.mjs";

const LOCAL = { Storage: "All tabs" };

/** The problem that is shown: its code, and what stands beside each term. There is always something to check. */
async function expectProblem(page, code, facts) {
  const { problem } = parts(page);
  await expect(problem.getByText(code, { exact: true })).toBeVisible();
  const shown = await problem
    .locator("dl")
    .evaluate((list) =>
      Object.fromEntries(
        [...list.querySelectorAll("dt")].map((term) => [
          term.textContent,
          term.nextElementSibling?.textContent,
        ]),
      ),
    );
  expect(shown).toMatchObject({ ...facts, Hint: expect.stringMatching(/\w+ \w+/) });
}

/** Notes the grants that the token endpoint was asked for. */
const grants = ({ server }) => server.tokenRequests.map(({ grant }) => grant);

for (const system of SYSTEMS) {
  test(`${system}: an expired token is replaced in the middle of a call`, async ({ page, playground }) => {
    await signIn(page, playground, { system });
    await breakThings(page, "Expire the token");
    expect(await callApi(page)).toMatch(/: 200$/);
    await expect(parts(page).log).toContainText("refreshed:");
    await expect(step(page, "New tokens")).toHaveAccessibleName(/has happened$/);
    expect(grants(playground)).toEqual(["authorization_code", "refresh_token"]);
    expect(playground.server.counters["api.401"]).toBe(1);
  });
}

test("an expired token that nothing can replace stays refused, and the session stays", async ({
  page,
  playground,
}) => {
  await signIn(page, playground, { flow: "Implicit" });
  await breakThings(page, "Expire the token");
  expect(await callApi(page)).toMatch(/: 401$/);
  await expect(step(page, "API answer")).toHaveAccessibleName(/has failed$/);
  await expectSignedIn(page);
});

test("20-second tokens are issued from then on", async ({ page, playground }) => {
  await signIn(page, playground);
  const { session, refresh } = parts(page);
  await expect(session).toContainText("min");
  await breakThings(page, "20-second tokens");
  await refresh.click();
  await expect(session).toContainText(/(20|1\d) s left/);
  const max = await parts(page).meter.evaluate((/** @type {HTMLMeterElement} */ { max }) => max);
  expect(max).toBeGreaterThan(10_000);
  expect(max).toBeLessThanOrEqual(20_000);
});

test("a lifetime is that of the chosen system alone", async ({ page, playground }) => {
  await signIn(page, playground);
  await breakThings(page, "20-second tokens");
  await parts(page).signOut.click();
  await tile(page, "ProcessMaker", "Client credentials").check();
  await parts(page).signIn.click();
  await expect(parts(page).session).toContainText(/\d+ h/);
});

test("slow answers are waited for, and nothing is sent twice", async ({ page, playground }) => {
  await signIn(page, playground);
  await breakThings(page, "Slow");
  const before = playground.server.counters.token;
  const start = Date.now();
  await parts(page).refresh.click();
  await parts(page).refresh.click();
  await expect(parts(page).refresh).toHaveAttribute("aria-busy", "true");
  await expect(parts(page).log).toContainText("refreshed:");
  expect(Date.now() - start).toBeGreaterThan(2900);
  expect(playground.server.counters.token).toBe(before + 1);

  const called = Date.now();
  expect(await callApi(page)).toMatch(/: 200$/);
  expect(Date.now() - called).toBeGreaterThan(2900);
  await expect(parts(page).problem).toBeHidden();
});

test("after a 500 a refresh can be tried again, and the session stays", async ({ page, playground }) => {
  await signIn(page, playground);
  await breakThings(page, "500");
  expect(await callApi(page)).toMatch(/: 500$/);
  await expect(parts(page).problem).toBeHidden();
  await parts(page).refresh.click();
  await expectProblem(page, "server_error", { Phase: "refresh", Status: "500", "Try again": "can help" });
  await expect(step(page, "New tokens")).toHaveAccessibleName(/has failed$/);
  await expectSignedIn(page);

  await parts(page).refresh.click();
  await expect(parts(page).log).toContainText("refreshed:");
  await expect(parts(page).problem).toBeHidden();
  expect(await callApi(page)).toMatch(/: 200$/);
});

test("offline: the API call fails as fetch does, a refresh can be tried again, nobody is signed out", async ({
  page,
  playground,
}) => {
  await signIn(page, playground);
  const { problem, refresh, log } = parts(page);
  await breakThings(page, "Offline");
  await parts(page).callApi.click();
  await expect(problem).toContainText("Failed to fetch");
  await expect(step(page, "API answer")).toHaveAccessibleName(/has failed$/);
  await expectSignedIn(page);
  await refresh.click();
  await expectProblem(page, "network", { Phase: "refresh", "Try again": "can help" });
  await expect(log.getByText("Refresh now: network (refresh)", { exact: true }).first()).toBeVisible();
  await expectSignedIn(page);

  // A browser that had no connection left has not used up both breaks.
  playground.server.clearFaults();
  await refresh.click();
  await expect(log).toContainText("refreshed:");
  expect(await callApi(page)).toMatch(/: 200$/);
});

test("a refresh token that somebody else has used ends the session at the next refresh", async ({
  page,
  playground,
}) => {
  await signIn(page, playground);
  await breakThings(page, "Use the refresh token");
  expect(await callApi(page)).toMatch(/: 200$/);
  await parts(page).refresh.click();
  await expectSignedOut(page);
  await expect(parts(page).signIn).toBeFocused();
  await expectProblem(page, "invalid_grant", { Phase: "refresh", Status: "400" });
  await expect(parts(page).log).toContainText("signedout:");
  expect(playground.server.counters["token.refresh_token.reused"]).toBe(1);
});

test("what was revoked is refused for good, and the session ends", async ({ page, playground }) => {
  await signIn(page, playground);
  await breakThings(page, "Revoke everything");
  await parts(page).callApi.click();
  await expectSignedOut(page);
  await expectProblem(page, "invalid_grant", { Phase: "refresh", Status: "400" });
  await expect(parts(page).log).toContainText("signedout:");
});

test("what the server has at its start outlives that everything is revoked", async ({ page, playground }) => {
  await open(page, playground);
  await breakThings(page, "Revoke everything");
  await tile(page, "Space", "Permanent token").check();
  await parts(page).signIn.click();
  await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  expect(await callApi(page)).toMatch(/: 200$/);
});

test("a reset undoes lifetimes and faults", async ({ page, playground }) => {
  await open(page, playground);
  await tile(page, "Space", "Client credentials").check();
  for (const name of ["20-second tokens", "500", "Reset the server"]) await breakThings(page, name);
  await parts(page).signIn.click();
  await expect(parts(page).session).toContainText(/\d+ min/);
  expect(await callApi(page)).toMatch(/: 200$/);
});

test("what breaks the embedded server is offered for that alone", async ({ page, playground }) => {
  await open(page, playground);
  const trial = page.getByRole("button", { name: "Revoke everything" });
  await expect(trial).toBeVisible();
  await page.getByRole("radio", { name: "Your Space" }).check();
  await expect(trial).toBeHidden();
  await tile(page, "ProcessMaker", "Password").check();
  await expect(trial).toBeVisible();
});

for (const flow of ["Authorization code", "Implicit"]) {
  test(`a wrong state is refused before anything is read: ${flow}`, async ({ page, playground }) => {
    const { signIn: button, asAlice, log } = parts(page);
    await open(page, playground);
    await tile(page, "Space", flow).check();
    await breakThings(page, "Wrong state");
    await button.click();
    await asAlice.click();
    await ready(page);
    await expectSignedOut(page);
    await expect(parts(page).problem).toContainText("state_mismatch");
    await expect(log).toContainText("state_mismatch");
    expect(grants(playground)).toEqual([]);
    expect(page.url()).not.toMatch(/code=|access_token=/);

    // The next one is in order again.
    await button.click();
    await expectSignedIn(page);
  });
}

test("an expired code fails cleanly", async ({ page, playground }) => {
  const { signIn: button, asAlice, log } = parts(page);
  await open(page, playground);
  await breakThings(page, "Expired code");
  await button.click();
  await asAlice.click();
  await ready(page);
  await expectSignedOut(page);
  await expectProblem(page, "invalid_grant", {
    Phase: "token",
    Status: "400",
    "The server says": "The code has expired",
  });
  await expect(log).toContainText("Completing the redirect: invalid_grant (token)");
  await expect(step(page, "Tokens")).toHaveAccessibleName(/has failed$/);
  expect(grants(playground)).toEqual(["authorization_code"]);

  await button.click();
  await expectSignedIn(page);
});

/** A second tab of the same session, by the page's own button. */
async function secondTab(page) {
  const opened = page.context().waitForEvent("page");
  await page.getByRole("button", { name: "Open a second tab" }).click();
  const other = await opened;
  await ready(other);
  return other;
}

test("a second tab shares the session, the refresh and the log-out", async ({ page, playground }) => {
  await signIn(page, playground, LOCAL);
  const other = await secondTab(page);
  await expectSignedIn(other);
  await expect(other.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  expect(grants(playground)).toEqual(["authorization_code"]);

  await parts(page).refresh.click();
  await expect(parts(page).log).toContainText("refreshed:");
  const renewed = /"access_token": "([^"]+)"/.exec(await rawText(page, "New tokens"))?.[1];
  expect(await callApi(other)).toMatch(/: 200$/);
  expect(await rawText(other, "API request")).toContain(`Bearer ${renewed}`);
  expect(grants(playground)).toEqual(["authorization_code", "refresh_token"]);

  await breakThings(page, "Expire the token");
  expect(await callApi(other)).toMatch(/: 200$/);
  expect(await callApi(page)).toMatch(/: 200$/);
  expect(grants(playground).filter((grant) => grant === "refresh_token")).toHaveLength(2);

  await parts(other).signOut.click();
  await expectSignedOut(other);
  await expectSignedOut(page);
  await expect(parts(page).log).toContainText("signedout:");
});

test("a second tab shares the end, too", async ({ page, playground }) => {
  await signIn(page, playground, LOCAL);
  const other = await secondTab(page);
  await expectSignedIn(other);
  await breakThings(page, "Use the refresh token");
  await parts(page).refresh.click();
  await expectSignedOut(page);
  await expectSignedOut(other);
});

test("a second tab knows nothing of a session of this tab", async ({ page, playground }) => {
  await signIn(page, playground);
  await expectSignedOut(await secondTab(page));
  await expectSignedIn(page);
});

test("a switch that the server refuses says so", async ({ page, playground }) => {
  await open(page, playground);
  await page.route("**/__control/**", (route) => route.fulfill({ status: 403, body: "{}" }));
  await page.getByRole("button", { name: "Slow", exact: true }).click();
  await expect(parts(page).problem).toContainText("The embedded server answers 403");
});
