// What the playground shows of a flow is what really happened: the address, each step, the token's time, the scopes.
import { createHash } from "node:crypto";
import {
  breakThings,
  callApi,
  expect,
  expectSignedIn,
  expectSignedOut,
  field,
  open,
  parts,
  rawText,
  set,
  signIn,
  step,
  test,
  tile,
} from "./support/playground.mjs";

const CODE_STEPS = [
  ...["Go there", "Authorization request", "Redirect with a code", "This page again"],
  ...["Token request", "Tokens", "API request", "API answer", "Refresh request", "New tokens"],
];

/** The rows of the table of the authorization URL. */
const rows = (page) =>
  page
    .getByRole("table")
    .locator("tbody tr")
    .evaluateAll((all) => all.map(({ cells }) => [cells[0].textContent, cells[1].textContent]));

const endpoint = (page) => page.locator("#endpoint").textContent();

/** Notes the addresses at which the browser asks the authorization endpoint. */
function noteAuthorizations(page, { server }) {
  const asked = [];
  page.on("request", (request) => {
    const { origin, pathname, searchParams } = new URL(request.url());
    const isAuthorization = origin === server.url && searchParams.has("response_type");
    if (isAuthorization) asked.push({ url: request.url(), endpoint: origin + pathname, searchParams });
  });
  return asked;
}

const formIn = (text) => new URLSearchParams(text.trim().split("\n").at(-1));
const jsonIn = (text) => JSON.parse(text.slice(text.indexOf("{")));

for (const [system, flow] of [
  ["Space", "Authorization code"],
  ["Space", "Implicit"],
  ["ProcessMaker", "Authorization code"],
  ["ProcessMaker", "Implicit"],
]) {
  test(`the URL taken apart is the one that is used: ${system}, ${flow}`, async ({ page, playground }) => {
    const asked = noteAuthorizations(page, playground);
    await open(page, playground);
    await tile(page, system, flow).check();
    await expect(parts(page).parameters).toBeVisible();
    const kind = flow === "Implicit" ? "token" : "code";
    await expect.poll(async () => new Map(await rows(page)).get("response_type")).toBe(kind);
    const [shown, where] = [await rows(page), await endpoint(page)];

    await parts(page).signIn.click();
    await expect(parts(page).asAlice).toBeVisible();
    expect(asked).toHaveLength(1);
    expect(where).toBe(asked[0].endpoint);
    expect(shown).toEqual([...asked[0].searchParams]);
    const { state, code_challenge: challenge } = Object.fromEntries(shown);
    expect(state.length).toBeGreaterThanOrEqual(22);
    if (system === "Space" && kind === "code") expect(challenge).toMatch(/^[\w-]{43}$/);
    else expect(challenge).toBeUndefined();
  });
}

test("each request has a state of its own", async ({ page, playground }) => {
  await open(page, playground);
  const state = async () => new Map(await rows(page)).get("state");
  await expect.poll(state).toBeTruthy();
  const first = await state();
  await tile(page, "Space", "Implicit").check();
  await expect.poll(state).not.toBe(first);
  const second = await state();
  await tile(page, "Space", "Authorization code").check();
  await expect.poll(state).not.toBe(second);
  expect(await state()).not.toBe(first);
});

test("what goes nowhere has no authorization URL", async ({ page, playground }) => {
  await open(page, playground);
  await expect(parts(page).parameters).toBeVisible();
  await tile(page, "Space", "Password").check();
  await expect(parts(page).parameters).toBeHidden();
});

for (const [system, name, value] of [
  ["Space", "request_credentials", "silent"],
  ["ProcessMaker", "prompt", "none"],
]) {
  test(`without asking the address says so: ${system}`, async ({ page, playground }) => {
    const asked = noteAuthorizations(page, playground);
    await signIn(page, playground, { system });
    await parts(page).signOut.click();
    await expectSignedOut(page);
    await set(page, { Mode: "In a hidden frame, without asking" });
    await expect.poll(async () => new Map(await rows(page)).get(name)).toBe(value);
    const shown = await rows(page);
    await parts(page).signIn.click();
    await expectSignedIn(page);
    const own = ["state", "code_challenge"];
    const withoutOwn = (all) => all.filter(([parameter]) => !own.includes(parameter));
    expect(withoutOwn(shown)).toEqual(withoutOwn([...asked.at(-1).searchParams]));
  });
}

test("after a redirect the address taken apart is the one that was used", async ({ page, playground }) => {
  const asked = noteAuthorizations(page, playground);
  await signIn(page, playground);
  await expect.poll(() => rows(page)).toEqual([...asked[0].searchParams]);
  await parts(page).signOut.click();
  await expectSignedOut(page);
  const state = asked[0].searchParams.get("state");
  await expect.poll(async () => new Map(await rows(page)).get("state")).not.toBe(state);
});

test("each step of the code flow lights up, with what was really said", async ({ page, playground }) => {
  const asked = noteAuthorizations(page, playground);
  const posts = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/oauth/token")) posts.push(request);
  });
  await open(page, playground);
  for (const name of CODE_STEPS) {
    await expect(step(page, name)).toHaveAccessibleName(/has not happened$/);
  }
  await step(page, "Tokens").click();
  await expect(parts(page).said).toHaveText("This has not happened yet.");

  await parts(page).signIn.click();
  await parts(page).asAlice.click();
  await expect(page.getByRole("heading", { name: "Alice Adams" })).toBeVisible();
  for (const name of CODE_STEPS.slice(0, 8)) {
    await expect(step(page, name)).toHaveAccessibleName(/has happened$/);
  }
  for (const name of CODE_STEPS.slice(8)) {
    await expect(step(page, name)).toHaveAccessibleName(/has not happened$/);
  }
  await parts(page).refresh.click();
  for (const name of CODE_STEPS) await expect(step(page, name)).toHaveAccessibleName(/has happened$/);

  const [{ url, searchParams }] = asked;
  for (const name of ["Go there", "Authorization request"]) expect(await rawText(page, name)).toContain(url);
  const came = new URL((await rawText(page, "Redirect with a code")).trim());
  expect(await rawText(page, "This page again")).toContain(came.href);
  expect(came.href.startsWith(playground.url)).toBe(true);
  expect(came.searchParams.get("state")).toBe(searchParams.get("state"));

  const request = await rawText(page, "Token request");
  expect(request).toContain(`POST ${playground.server.url}/oauth/token`);
  expect(request.trim().split("\n").at(-1)).toBe(posts[0].postData());
  const form = formIn(request);
  expect(form.get("code")).toBe(came.searchParams.get("code"));
  const challenge = createHash("sha256").update(form.get("code_verifier")).digest("base64url");
  expect(challenge).toBe(searchParams.get("code_challenge"));

  const answer = await rawText(page, "Tokens");
  expect(answer).toMatch(/^200 OK\n/);
  const tokens = jsonIn(answer);
  const renewed = jsonIn(await rawText(page, "New tokens"));
  expect(formIn(await rawText(page, "Refresh request")).get("refresh_token")).toBe(tokens.refresh_token);
  expect(posts[1].postData()).toContain(tokens.refresh_token);
  expect(renewed.access_token).not.toBe(tokens.access_token);

  await expect(step(page, "API request")).toHaveAccessibleName(/has happened$/);
  expect(await rawText(page, "API request")).toContain(`authorization: Bearer ${tokens.access_token}`);
  expect(await rawText(page, "API answer")).toContain('"Alice"');
  await callApi(page);
  expect(await rawText(page, "API request")).toContain(`authorization: Bearer ${renewed.access_token}`);
});

test("the steps of an implicit sign-in hold the address that came back", async ({ page, playground }) => {
  await signIn(page, playground, { flow: "Implicit" });
  const came = new URL((await rawText(page, "Redirect with a token")).trim());
  const fragment = new URLSearchParams(came.hash.slice(1));
  expect(fragment.get("access_token")).toBeTruthy();
  const call = await rawText(page, "API request");
  expect(call).toContain(`authorization: Bearer ${fragment.get("access_token")}`);
});

test("secrets are masked until they are asked for, and masked again then", async ({ page, playground }) => {
  await signIn(page, playground, { flow: "Password" });
  await parts(page).refresh.click();
  await expect(step(page, "New tokens")).toHaveAccessibleName(/has happened$/);
  const { showSecrets, said } = parts(page);

  /** The secrets at each step, by the words on its arrow. */
  const secrets = {};
  const note = async (name, find) => (secrets[name] = find(await rawText(page, name)));
  await note("Token request", (text) => [
    formIn(text).get("password"),
    /^authorization: Basic (\S+)$/im.exec(text)?.[1] ?? formIn(text).get("client_secret"),
  ]);
  await note("Tokens", (text) => [jsonIn(text).access_token, jsonIn(text).refresh_token]);
  await note("API request", (text) => [/^authorization: Bearer (\S+)$/im.exec(text)[1]]);
  await note("Refresh request", (text) => [formIn(text).get("refresh_token")]);
  await note("New tokens", (text) => [jsonIn(text).access_token]);

  for (const [name, values] of Object.entries(secrets)) {
    await step(page, name).click();
    await showSecrets.uncheck();
    for (const value of values) {
      expect(value, name).toBeTruthy();
      await expect(said).not.toContainText(value);
      await expect(said).toContainText(`…(${value.length})`);
    }
    await showSecrets.check();
    for (const value of values) await expect(said).toContainText(value);
  }
});

test("of a password nothing is shown", async ({ page, playground }) => {
  await signIn(page, playground, { flow: "Password" });
  await step(page, "Token request").click();
  await expect(parts(page).said).toContainText("password=…(14)");
});

test("code, state and verifier of the code flow are masked, too", async ({ page, playground }) => {
  await signIn(page, playground);
  const came = new URL((await rawText(page, "This page again")).trim()).searchParams;
  const verifier = formIn(await rawText(page, "Token request")).get("code_verifier");
  await parts(page).showSecrets.uncheck();
  const names = CODE_STEPS.slice(0, 8);
  for (const name of names) {
    await step(page, name).click();
    for (const value of [came.get("code"), came.get("state"), verifier]) {
      await expect(parts(page).said, name).not.toContainText(value);
    }
  }
});

test("a step that has failed says so", async ({ page, playground }) => {
  await signIn(page, playground, { flow: "Client credentials" });
  await breakThings(page, "500");
  expect(await callApi(page)).toMatch(/: 500$/);
  await expect(step(page, "API answer")).toHaveAccessibleName("API answer: API to App, has failed");
  await expect(parts(page).said).toContainText("500 Internal Server Error");
  expect(await callApi(page)).toMatch(/: 200$/);
  await expect(step(page, "API answer")).toHaveAccessibleName("API answer: API to App, has happened");
});

test("a password that is wrong fails at the tokens", async ({ page, playground }) => {
  await open(page, playground);
  await tile(page, "Space", "Password").check();
  await field(page, "Password").fill("wrong");
  await parts(page).signIn.click();
  await expect(parts(page).problem).toContainText("invalid_grant");
  await expect(step(page, "Tokens")).toHaveAccessibleName(/has failed$/);
  await expectSignedOut(page);
});

test("the bar shrinks while the token ages, and says when it is over", async ({ page, playground }) => {
  playground.server.setAccessTokenLifetime(4);
  await signIn(page, playground, { flow: "Client credentials" });
  const { meter, session, log } = parts(page);
  const value = () => meter.evaluate((/** @type {HTMLMeterElement} */ { value }) => value);
  const start = await value();
  expect(await meter.evaluate((/** @type {HTMLMeterElement} */ { max }) => max)).toBeLessThanOrEqual(4000);
  await expect(session).toContainText(/\d s left/);
  await expect.poll(value).toBeLessThan(start);
  await expect(session).toContainText("Expired; the next call refreshes it first", { timeout: 15_000 });
  expect(await value()).toBe(0);
  playground.server.setAccessTokenLifetime(600);
  expect(await callApi(page)).toMatch(/: 200$/);
  await expect(session).toContainText(/(10 min 0|9 min \d+) s left/);
  await expect(log).toContainText("refreshed:");
});

test("rights are added to the scope, for everything and for a project", async ({ page, playground }) => {
  const { log, session, parameters } = parts(page);
  const asked = noteAuthorizations(page, playground);
  await open(page, playground);
  await parts(page).options.click();
  const add = page.getByRole("button", { name: "Add", exact: true });
  await page.getByRole("combobox", { name: "Right", exact: true }).fill("Profile.View");
  await add.click();
  await expect(log).toContainText("The scope asks for global:Profile.View");
  await page.getByRole("combobox", { name: "Right", exact: true }).fill("Project.Issues.View");
  await page.getByLabel("Project key").fill("ORBIT");
  await add.click();
  await expect(log).toContainText("The scope asks for project:key:ORBIT:Project.Issues.View");

  const scope = await page.getByLabel("Scope", { exact: true }).inputValue();
  expect(scope.split(" ")).toEqual(["global:Profile.View", "project:key:ORBIT:Project.Issues.View"]);
  await expect(parameters).toContainText(scope);
  await expect(page.getByRole("region", { name: "Your choice, in code" }).first()).toContainText(scope);

  await parts(page).signIn.click();
  await parts(page).asAlice.click();
  await expectSignedIn(page);
  expect(asked[0].searchParams.get("scope")).toBe(scope);
  for (const right of scope.split(" ")) {
    await expect(session.getByRole("listitem").filter({ hasText: right })).toHaveText(`${right}granted`);
  }
});

test("a right that is none is refused where it is added", async ({ page, playground }) => {
  await open(page, playground);
  await parts(page).options.click();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await expect(parts(page).problem).toBeVisible();
  await expect(page.getByLabel("Scope", { exact: true })).toHaveValue("");
});

test("what was granted is told from what was asked for", async ({ page, playground }) => {
  await page.route(`${playground.server.url}/workflow/oauth2/token`, async (route) => {
    const answer = await route.fetch();
    const json = { ...(await answer.json()), scope: "view_processes *" };
    await route.fulfill({ response: answer, json });
  });
  await open(page, playground);
  await tile(page, "ProcessMaker", "Client credentials").check();
  await set(page, { Scope: "view_processes edit_processes" });
  await parts(page).signIn.click();
  await expectSignedIn(page);
  const scopes = parts(page).session.getByRole("definition").getByRole("listitem");
  await expect(scopes).toHaveText(["view_processesgranted", "edit_processesnot granted", "*granted unasked"]);
});

test("the log tells what happened, newest first, and no secret", async ({ page, playground }) => {
  await signIn(page, playground);
  const { log, refresh, signOut } = parts(page);
  await refresh.click();
  await expect(log).toContainText("refreshed:");
  const tokens = jsonIn(await rawText(page, "Tokens"));
  await signOut.click();
  await expectSignedOut(page);
  const lines = log.getByRole("listitem");
  await expect(lines).toHaveText([
    /^signedout: /,
    /^refreshed: /,
    /^GET team-directory\/profiles\/me: 200/,
    /^Completed the redirect/,
    /^Signing in: Space, Authorization code/,
  ]);
  const text = (await log.textContent()) ?? "";
  for (const token of [tokens.access_token, tokens.refresh_token]) expect(text).not.toContain(token);

  await page.reload();
  await expect(lines).toHaveCount(5);
  await page.getByRole("button", { name: "Clear" }).click();
  await expect(lines).toHaveCount(0);
});
