// The page "Register an application", worked as a reader works it: the six steps, and what can go wrong in them.
import { expect, test } from "./support/playground.mjs";
import {
  addApplication,
  addExampleKey,
  authorize,
  authorizeAsAlice,
  expectDone,
  finish,
  open,
  press,
  requestIn,
  right,
  saveEndpoint,
  saveFlows,
  saveRights,
  signInAs,
  stages,
} from "./support/register.mjs";

/** What a step has sent, which is folded away. */
async function requests(stage) {
  const details = stage.locator("details:has(.requests)");
  if ((await details.getAttribute("open")) === null) await details.locator("summary").click();
  return details.locator(".requests > li");
}

test("Bob registers an application, step by step, and Alice signs in with it", async ({
  page,
  playground,
}) => {
  const { person, add, flows, rights, project, endpoint, keys, finish: last } = stages(page);
  await open(page, playground);
  await expect(add.getByText("Sign in first")).toBeVisible();
  await expect(flows.getByText("After step 1")).toBeVisible();
  await expect(flows.getByRole("button", { name: "Save the flows" })).toBeHidden();

  await signInAs(page, "Bob");
  await expectDone(person);
  await expect(add.getByLabel("Name", { exact: true })).toBeFocused();

  await press(add, "Add");
  await expectDone(add);
  const clientId = (await add.locator("#client-id").textContent()) ?? "";
  expect(clientId).toMatch(/^[0-9a-f-]{36}$/);
  await expect(add.locator("#client-secret")).toHaveText(/^•+$/);

  await expect(flows.getByLabel("Redirect URIs, one on each line").first()).toHaveValue(
    `${playground.url}register/`,
  );
  await saveFlows(page);

  await test.step("3: a global right waits for the administrator", async () => {
    await saveRights(page);
    await expect(right(rights, "View member profiles")).toContainText("REQUESTED pending");
    await expect(right(rights, "View issues")).toContainText("NONE");
    await authorizeAsAlice(rights, "View member profiles");
  });

  await test.step("4: in a project, pending, refused, authorized, works", async () => {
    const issues = project.locator("#issues");
    await requestIn(page, "ORBIT");
    await press(project, "Try it as the application");
    await expect(issues).toContainText("The application is refused (403)");
    await expect(issues).toContainText("permission-denied");
    await expect(issues).toContainText("is pending");
    await expect(project.getByText("Done", { exact: true })).toBeHidden();

    await authorize(project, "View issues");
    await expect(project.getByRole("alert")).toContainText("The right Project.Admin in the project ORBIT");
    await expect(right(project, "View issues")).toContainText("REQUESTED pending");
    await press(project, "Do it as Alice, the administrator");
    await expect(right(project, "View issues")).toContainText("GRANTED");
    await expect(right(project, "View project details")).toContainText("REQUESTED pending");

    await press(project, "Try it as the application");
    await expect(issues).toContainText("#1 The antenna points at the wrong star");
    await expectDone(project);
  });

  await test.step("5: what Space sends is believed, and nothing that was changed", async () => {
    await endpoint.getByRole("checkbox", { name: /^Verification token/ }).check();
    await saveEndpoint(page);
    await press(endpoint, "Let Space send a request");
    const verdicts = endpoint.locator("#verdicts");
    const raw = endpoint.getByRole("region", { name: "The request, as it arrives" });
    await expect(verdicts.getByText("it is from Space")).toHaveCount(3);
    await expect(raw).toContainText("X-Space-Public-Key-Signature: ");
    await expect(raw).toContainText(clientId);
    await expect(endpoint.getByRole("region", { name: "Its payload" })).toContainText('"text": "Hello!"');
    await endpoint.getByLabel("Change one bit of it").check();
    await expect(verdicts.getByText("Public key: refused, null")).toBeVisible();
    await expect(verdicts.getByText("Signing key: refused, null")).toBeVisible();
    // It says nothing about the rest of the request, and the page says so.
    await expect(verdicts.getByText("Verification token: it is from Space")).toBeVisible();
    await endpoint.getByLabel("Change one bit of it").uncheck();
    await expect(verdicts.getByText("it is from Space")).toHaveCount(3);
  });

  await test.step("6: an SSH key", async () => {
    await addExampleKey(page);
    await expect(keys.getByRole("list", { name: "Keys" })).toContainText(/deploy@example\.com.*SHA256:/);
  });

  await finish(page);
  await expect(last.locator("#signed-in")).toContainText("Alice Adams has signed in with Release bot");
  await expect(last.locator("#signed-in")).toContainText(clientId);
  const steps = page.getByRole("navigation", { name: "Steps" });
  await expect(steps.getByRole("link", { name: "(done)" })).toHaveCount(8);
  expect(playground.server.counters["token.authorization_code"]).toBe(1);
});

test("Alice may do everything herself", async ({ page, playground }) => {
  const { rights, project } = stages(page);
  await open(page, playground);
  await signInAs(page, "Alice");
  await addApplication(page);
  await saveRights(page);
  await authorize(rights, "View member profiles");
  await expect(right(rights, "View member profiles")).toContainText("GRANTED");
  await press(rights, "Reject: View member profiles");
  await expect(right(rights, "View member profiles")).toContainText("REJECTED");
  await requestIn(page, "ORBIT");
  await authorize(project, "View issues");
  await expect(right(project, "View issues")).toContainText("GRANTED");
});

test("Bob authorizes in the project that he administrates", async ({ page, playground }) => {
  const { project } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveRights(page);
  await requestIn(page, "DOCK");
  await authorize(project, "View issues");
  await expect(right(project, "View issues")).toContainText("GRANTED");
  await press(project, "Try it as the application");
  await expect(project.locator("#issues")).toContainText("#1 The hatch opens outwards");
});

test("rights are taken back when they are no longer chosen", async ({ page, playground }) => {
  const { rights, project } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveRights(page);
  for (const name of ["View project details", "View issues"]) await rights.getByLabel(name).uncheck();
  await press(rights, "Save the rights");
  await expect(right(rights, "View issues")).toHaveCount(0);
  await expect(right(rights, "View member profiles")).toHaveCount(1);
  await press(project, "Request the rights");
  await expect(project.getByRole("alert")).toContainText("choose one in step 3");
});

for (const [wrong, hint] of [
  ["http://evil.example/", "must be https, or http on loopback"],
  ["https://app.example/#top", "must have no fragment"],
  ["nonsense", "must be an absolute URI"],
]) {
  test(`a redirect URI that is none is told at its field, and not sent: ${wrong}`, async ({
    page,
    playground,
  }) => {
    const { flows } = stages(page);
    await open(page, playground);
    await signInAs(page, "Bob");
    await addApplication(page);
    const uris = flows.getByLabel("Redirect URIs, one on each line").first();
    await uris.fill(`https://app.example/\n${wrong}`);
    const before = playground.server.apiRequests.length;
    await press(flows, "Save the flows");
    const problem = flows.locator(".field > [role=alert]");
    await expect(problem).toContainText("invalid_configuration");
    await expect(problem).toContainText("configure");
    await expect(problem).toContainText(hint);
    await expect(uris).toHaveAttribute("aria-invalid", "true");
    await expect(uris).toHaveAccessibleDescription(new RegExp(hint));
    await expect(uris).toBeFocused();
    expect(playground.server.apiRequests.length, "requests sent").toBe(before);

    await uris.fill(`https://app.example/`);
    await saveFlows(page);
    await expect(uris).not.toHaveAttribute("aria-invalid");
    await expect(flows.getByRole("alert")).toBeHidden();
  });
}

test("the redirect URIs of the implicit flow have a field of their own", async ({ page, playground }) => {
  const { flows } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  const uris = flows.getByLabel("Redirect URIs, one on each line").last();
  await expect(uris).toBeHidden();
  await flows.getByRole("checkbox", { name: /^Implicit/ }).check();
  await uris.fill("ftp://app.example/");
  await press(flows, "Save the flows");
  await expect(uris).toBeFocused();
  await expect(uris).toHaveAccessibleDescription(/implicitFlowRedirectURIs/);
});

test("an endpoint that is no web address is told at its field", async ({ page, playground }) => {
  const { endpoint } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await endpoint.getByLabel("Endpoint URI").fill("mailto:bot@example.com");
  await press(endpoint, "Save the endpoint");
  await expect(endpoint.getByLabel("Endpoint URI")).toHaveAccessibleDescription(/invalid_configuration/);
});

test("a private SSH key is sent nowhere", async ({ page, playground }) => {
  const { keys } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  const field = keys.getByLabel("Public key", { exact: true });
  const before = playground.server.apiRequests.length;
  await field.fill(
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEA\n-----END OPENSSH PRIVATE KEY-----",
  );
  await expect(keys.locator("#fingerprint")).toContainText("this one is private");
  await press(keys, "Add the key");
  await expect(keys.locator(".field").getByRole("alert")).toContainText("it must never leave its machine");
  await expect(field).toHaveAttribute("aria-invalid", "true");
  expect(playground.server.apiRequests.length, "requests sent").toBe(before);
});

test("SSH keys: the fingerprint while typing, added, known already, removed", async ({
  page,
  playground,
}) => {
  const { keys } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  const fingerprint = keys.locator("#fingerprint");
  await press(keys, "Fill in an example");
  await expect(fingerprint).toHaveText(/^ssh-ed25519 SHA256:[\w+/]{43}$/);
  const shown = (await fingerprint.textContent())?.split(" ")[1] ?? "";
  await press(keys, "Add the key");
  await expect(fingerprint).toBeEmpty();
  const list = keys.getByRole("list", { name: "Keys" });
  await expect(list).toContainText(shown);

  await press(keys, "Fill in an example");
  await press(keys, "Add the key");
  await expect(keys.getByRole("alert")).toContainText("This key has been added already");

  await press(keys, "Remove the key deploy@example.com");
  await expect(list.getByRole("listitem")).toHaveCount(0);
  await expect(keys.getByText("Done", { exact: true })).toBeHidden();
});

test("an application cannot have the name of another one", async ({ page, playground }) => {
  const { add } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await press(add, "Add");
  await expect(add.getByRole("alert")).toContainText("There is an application Release bot already");
  await add.getByLabel("Name", { exact: true }).fill("");
  await press(add, "Add");
  await expect(add.getByLabel("Name", { exact: true })).toHaveAccessibleDescription(/must be a text/);
});

test("the secret is asked for when it is wanted, and masked among the requests", async ({
  page,
  context,
  playground,
}) => {
  const { add } = stages(page);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  const secret = add.locator("#client-secret");
  const sent = await requests(add);
  await expect(sent.filter({ hasText: "/client-secret" })).toHaveCount(0);
  await press(add, "Show the client secret");
  await expect(secret).toHaveText(/^[0-9a-f]{64}$/);
  const value = (await secret.textContent()) ?? "";
  await expect(sent.filter({ hasText: "/client-secret" })).toContainText(`${value.slice(0, 4)}…(64)`);
  await press(add, "Show the client secret");
  await expect(secret).toHaveText(/^•+$/);
  await press(add, "Copy the client secret");
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(value);
  expect(await page.locator("body").innerText()).not.toContain(value);
});

test("each step shows what it has sent, with the tokens masked", async ({ page, playground }) => {
  const { add, project } = stages(page);
  await open(page, playground);
  await signInAs(page, "Alice");
  await addApplication(page);
  const added = (await requests(add)).last();
  await expect(added).toContainText("POST /api/http/applications?$fields=*,settings(*) 200");
  await expect(added.getByRole("group", { name: "Sent: POST /api/http/applications" })).toHaveText(
    JSON.stringify({ name: "Release bot" }, null, 2),
  );
  await expect(added.getByRole("group", { name: "Answer: POST" })).toContainText(
    '"clientCredentialsFlowEnabled": true',
  );

  await saveRights(page);
  await requestIn(page, "ORBIT");
  await press(project, "Try it as the application");
  await expect(project.locator("#issues")).toContainText("403");
  const tokens = (await requests(project)).filter({ hasText: "POST /oauth/token" });
  await expect(tokens).toContainText("grant_type=client_credentials");
  await expect(tokens).toContainText(/"access_token": ".{4}…\(\d+\)"/);
  await expect((await requests(project)).filter({ hasText: "planning/issues" })).toContainText("403");
});

test("the code of every step can be copied", async ({ page, context, playground }) => {
  const { add } = stages(page);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await open(page, playground);
  await add.getByText("Code", { exact: true }).click();
  await press(add, "Copy the Code: step 1");
  await expect
    .poll(() => page.evaluate(() => navigator.clipboard.readText()))
    .toContain('await api.register({ name: "Release bot" })');
});

test("after a reload the reader goes on with the application", async ({ page, playground }) => {
  const { add, flows } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await expect(add.getByLabel("Or go on with one of yours")).toBeHidden();
  await addApplication(page);
  const clientId = (await add.locator("#client-id").textContent()) ?? "";
  await page.reload();
  await signInAs(page, "Bob");
  await add.getByLabel("Or go on with one of yours").selectOption("Release bot");
  await press(add, "Go on");
  await expect(add.locator("#client-id")).toHaveText(clientId);
  await saveFlows(page);
  await expect(flows.getByRole("alert")).toBeHidden();
});

test("signing out begins anew", async ({ page, playground }) => {
  const { person, add, flows, endpoint } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveEndpoint(page);
  await press(person, "Sign out");
  await expect(add.locator("#client-id")).toBeHidden();
  await expect(flows.getByRole("button", { name: "Save the flows" })).toBeHidden();
  await expect(endpoint.getByText("Done", { exact: true })).toBeHidden();
  await expect(page.getByText(/^Requests \(/).filter({ visible: true })).toHaveCount(0);
  await signInAs(page, "Alice");
});

test("without the flow nobody signs in, and the page says why", async ({ page, playground }) => {
  const { finish: last } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  const opened = page.waitForEvent("popup");
  await press(last, "Sign in with Release bot");
  const popup = await opened;
  await expect(popup.getByText("The redirect URI is not registered for this application")).toBeVisible();
  await popup.close();
  await expect(last.getByRole("alert")).toContainText("popup_closed", { timeout: 30_000 });
});

test("a user who denies it is told so", async ({ page, playground }) => {
  const { finish: last } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveFlows(page);
  const opened = page.waitForEvent("popup");
  await press(last, "Sign in with Release bot");
  const popup = await opened;
  await popup.getByLabel("User name").fill("bob");
  await popup.getByLabel("Password").fill("bob-password");
  await popup.getByRole("button", { name: "Log in" }).click();
  await popup.getByRole("button", { name: "Deny" }).click();
  await expect(last.getByRole("alert")).toContainText("access_denied");
});

test("the reader's own Space, by its address", async ({ page, playground }) => {
  const { person, add } = stages(page);
  await open(page, playground);
  await page.getByRole("radio", { name: "Your own Space" }).check();
  await expect(person.getByText(`${playground.url}register/`)).toBeVisible();
  await person.getByLabel("Its address").fill("nonsense");
  await person.getByLabel("Client ID").fill("playground");
  await press(person, "Sign in");
  await expect(person.getByRole("alert")).toContainText("invalid_configuration");
  await person.getByLabel("Its address").fill(playground.server.url);
  const opened = page.waitForEvent("popup");
  await press(person, "Sign in");
  await (await opened).getByRole("button", { name: "Continue as Bob" }).click();
  await expect(person.getByRole("heading", { name: "Bob Brown" })).toBeVisible();
  await expect((await requests(person)).first()).toContainText("POST /oauth/token");
  await addApplication(page);
  await expectDone(add);
});

test("ProcessMaker: the pages of a workspace, and what its fields are for", async ({ page, playground }) => {
  const { processMaker } = stages(page);
  await open(page, playground);
  await processMaker.getByLabel("Address of ProcessMaker").fill("https://flow.example.org/");
  await processMaker.getByLabel("Workspace").fill("sales");
  for (const url of [
    "https://flow.example.org/sales/oauth2/apps",
    "https://flow.example.org/syssales/en/neoclassic/oauth2/applications",
  ]) {
    await expect(processMaker.getByRole("link", { name: url })).toHaveAttribute("href", url);
  }
  for (const field of ["Name", "Description", "Web site", "Callback URL", "Client ID", "Client secret"]) {
    await expect(processMaker.getByRole("rowheader", { name: field, exact: true })).toBeVisible();
  }
  await processMaker.getByLabel("Workspace").fill("not a name");
  await expect(processMaker.getByRole("link")).toHaveCount(0);
  await expect(processMaker.getByText("`workspace` must be its name.")).toBeVisible();
});

test("an address that nobody waits for does not keep the page from working", async ({ page, playground }) => {
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveFlows(page);
  await finish(page);
  await page.goto(`${playground.url}register/?code=old&state=old`);
  await expect(page.locator("body")).toHaveAttribute("data-state", "ready");
  await signInAs(page, "Bob");
});

test("a window that comes back when its page is gone says what has become of it", async ({
  page,
  playground,
}) => {
  const { finish: last } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveFlows(page);
  const opened = page.waitForEvent("popup");
  await press(last, "Sign in with Release bot");
  const popup = await opened;
  await popup.getByLabel("User name").fill("bob");
  await popup.getByLabel("Password").fill("bob-password");
  await popup.getByRole("button", { name: "Log in" }).click();
  await page.close();
  await popup.getByRole("button", { name: "Deny" }).click();
  // It has been patient.
  await expect(stages(popup).person.getByRole("alert")).toContainText("access_denied", { timeout: 20_000 });
  await signInAs(popup, "Bob");
});

test("both pages lead to each other", async ({ page, playground }) => {
  await page.goto(playground.url);
  await page.getByRole("link", { name: "Register an application" }).click();
  await expect(page).toHaveURL(`${playground.url}register/`);
  await page.getByRole("link", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL((url) => url.pathname === "/");
});
