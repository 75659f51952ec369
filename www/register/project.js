// Step 4: where the application may use its rights, and whether it can.
import { find, make, onPress, show } from "../dom.js";
import { showAnswer } from "./answer.js";
import { application, current, onChange, session } from "./current.js";
import { asApplication } from "./sign-in.js";
import { applicationStage } from "./stage.js";
import { statusTable } from "./statuses.js";

const step = applicationStage("project", "project-rights", "issues");
const projects = find("project-key", HTMLSelectElement);
const context = () => ({ project: projects.value });
const showStatuses = statusTable("project-rights", step, context, () => `In the project ${projects.value}`);

async function findProjects() {
  const response = await step.requests.of(session()).fetch("projects");
  /** @type {{ data?: { name: string, key: { key: string } }[] }} */
  const { data = [] } = await response.json();
  projects.replaceChildren(...data.map(({ key: { key }, name }) => new Option(`${name} (${key})`, key)));
}

/** Calls the API with a session of the application itself. */
async function tryIt() {
  const app = application();
  const secret = await step.api.clientSecret(app);
  const itself = await asApplication(app, session().server, secret, step.requests);
  const response = await step.requests.of(itself).fetch(`projects/key:${projects.value}/planning/issues`);
  const { data, error, error_description: description } = await response.json();
  step.done(response.ok);
  if (!response.ok) {
    const said = make("p", "", make("code", "", error), ` ${description}.`);
    return showAnswer("issues", false, `The application is refused (${response.status})`, said);
  }
  const issues = data.map((/** @type {any} */ { number, title }) => make("li", "", `#${number} ${title}`));
  showAnswer("issues", true, "The application sees the issues", make("ul", "", ...issues));
}

onChange("session", () => {
  if (current.session) void step.act(findProjects);
});
projects.addEventListener("change", () => {
  for (const id of ["project-rights", "issues"]) show(id, false);
});
step.onSubmit(async () => {
  const app = application();
  const open = (await step.api.rights(app, context())).filter(({ status }) => status !== "GRANTED");
  const codes = open.map(({ rightCode }) => rightCode);
  if (codes.length > 0) await step.api.requestRights(app, codes, context());
  const shown = await showStatuses();
  if (shown.length === 0) throw new Error("It needs no right in projects yet: choose one in step 3.");
});
onPress(find("try-it", HTMLButtonElement), () => step.act(tryIt));
