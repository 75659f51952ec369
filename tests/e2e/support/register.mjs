// The page "Register an application" as its reader has it, and words for what a reader does there.
import { expect } from "./playground.mjs";

/** Its steps, by the names of their sections. */
export const stages = (page) => {
  const stage = (name) => page.getByRole("region", { name });
  return {
    person: stage("Before: who are you?"),
    add: stage("1 Add the application"),
    flows: stage("2 Choose its flows"),
    rights: stage("3 Choose its rights"),
    project: stage("4 Authorize it in a project"),
    endpoint: stage("5 Give it an endpoint"),
    keys: stage("6 Add SSH keys"),
    finish: stage("At last: sign in with it"),
    processMaker: stage("And with ProcessMaker?"),
  };
};

export async function open(page, { url }) {
  await page.goto(`${url}register/`);
  await ready(page);
}

/** Until the page has found out whether there is an embedded server. */
export const ready = (page) => expect(page.locator("body")).toHaveAttribute("data-state", "ready");

/** Presses the button of that very name within a step. */
export const press = (stage, name) => stage.getByRole("button", { name, exact: true }).click();

export const expectDone = (stage) => expect(stage.getByText("Done", { exact: true })).toBeVisible();

/** @param {"Alice" | "Bob"} name */
export async function signInAs(page, name) {
  const { person } = stages(page);
  await press(person, `Sign in as ${name}`);
  await expect(person.getByRole("heading", { name: new RegExp(`^${name} `) })).toBeVisible();
}

export async function addApplication(page, name = "Release bot") {
  const { add } = stages(page);
  await add.getByLabel("Name", { exact: true }).fill(name);
  await press(add, "Add");
  await expectDone(add);
}

export async function saveFlows(page) {
  const { flows } = stages(page);
  await press(flows, "Save the flows");
  await expectDone(flows);
}

/** The row of a right in a step. */
export const right = (stage, name) => stage.getByRole("listitem").filter({ hasText: name });

export async function saveRights(page) {
  const { rights } = stages(page);
  await press(rights, "Save the rights");
  await expectDone(rights);
}

export async function requestIn(page, project) {
  const { project: stage } = stages(page);
  await stage.getByLabel("Project", { exact: true }).selectOption(project);
  await press(stage, "Request the rights");
  await expect(right(stage, "View issues")).toContainText("REQUESTED pending");
}

/** Authorizes a right as whoever is signed in. */
export const authorize = (stage, name) => press(stage, `Authorize: ${name}`);

export async function authorizeAsAlice(stage, name) {
  await authorize(stage, name);
  await expect(stage.getByRole("alert")).toContainText("permission-denied");
  await press(stage, "Do it as Alice, the administrator");
  await expect(right(stage, name)).toContainText("GRANTED");
  await expect(stage.getByRole("alert")).toBeHidden();
}

export async function saveEndpoint(page) {
  const { endpoint } = stages(page);
  await press(endpoint, "Save the endpoint");
  await expectDone(endpoint);
}

export async function addExampleKey(page) {
  const { keys } = stages(page);
  await press(keys, "Fill in an example");
  await press(keys, "Add the key");
  await expectDone(keys);
}

/** Signs somebody in with the application, in a window. */
export async function finish(page, name = "Alice") {
  const { finish: stage } = stages(page);
  const opened = page.waitForEvent("popup");
  await stage.getByRole("button", { name: /^Sign in with / }).click();
  const popup = await opened;
  const closed = popup.waitForEvent("close");
  await popup.getByRole("button", { name: `Continue as ${name}` }).click();
  await closed;
  await expectDone(stage);
}

/** All steps, as Bob, who needs Alice for the project ORBIT. */
export async function walk(page, playground) {
  const { rights, project, endpoint } = stages(page);
  await open(page, playground);
  await signInAs(page, "Bob");
  await addApplication(page);
  await saveFlows(page);
  await saveRights(page);
  await authorizeAsAlice(rights, "View member profiles");
  await requestIn(page, "ORBIT");
  await authorizeAsAlice(project, "View issues");
  await press(project, "Try it as the application");
  await expectDone(project);
  await saveEndpoint(page);
  await press(endpoint, "Let Space send a request");
  await expect(endpoint.getByText("Signing key: it is from Space")).toBeVisible();
  await addExampleKey(page);
  await finish(page);
}
