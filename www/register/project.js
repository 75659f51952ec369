// Step 4: where the application may use its rights, and whether it can.
import { find, make, onPress, show } from "../dom.js";
import { application, current, onChange, session } from "./current.js";
import { asApplication } from "./sign-in.js";
import { applicationStage } from "./stage.js";
import { statusTable } from "./statuses.js";

const step = applicationStage("project", "project-rights", "issues");
const projects = find("project-key", HTMLSelectElement);
const answer = find("issues", HTMLElement);
const form = find("project-form", HTMLFormElement);

const context = () => ({ project: projects.value });
const showStatuses = statusTable("project-rights", step, context);

async function findProjects() {
  const response = await step.requests.of(session()).fetch("projects");
  const { data = [] } = await response.json();
  projects.replaceChildren(
    ...data.map((/** @type {any} */ { key, name }) => new Option(`${name} (${key.key})`, key.key)),
  );
}

/** Calls the API with a session of the application itself. */
async function tryIt() {
  const app = application();
  const { server } = session();
  const itself = await asApplication(app, server, await step.api.clientSecret(app), step.requests);
  const path = `projects/key:${projects.value}/planning/issues`;
  const response = await step.requests.of(itself).fetch(path);
  showAnswer(response.status, await response.json());
  step.done(response.ok);
}

/** @param {number} status @param {any} body */
function showAnswer(status, { data, error, error_description: description }) {
  const title = make(
    "p",
    "answer-head",
    make("b", "", data ? "The application sees the issues" : "The application is refused"),
  );
  title.append(make("span", "code-number", String(status)));
  const content = data
    ? make(
        "ul",
        "",
        ...data.map((/** @type {any} */ issue) => make("li", "", `#${issue.number} ${issue.title}`)),
      )
    : make("p", "", make("code", "", error), ` ${description}.`);
  answer.replaceChildren(title, content);
  answer.dataset.ok = String(Boolean(data));
  answer.hidden = false;
}

onChange("session", () => {
  if (current.session) void step.act(findProjects);
});
projects.addEventListener("change", () => {
  for (const id of ["project-rights", "issues"]) show(id, false);
});

onPress(/** @type {HTMLButtonElement} */ (form.querySelector('[type="submit"]')), () =>
  step.act(async () => {
    const app = application();
    const open = (await step.api.rights(app, context())).filter(({ status }) => status !== "GRANTED");
    const codes = open.map(({ rightCode }) => rightCode);
    if (codes.length > 0) await step.api.requestRights(app, codes, context());
    const shown = await showStatuses();
    if (shown.length === 0) throw new Error("It needs no right in projects yet: choose one in step 3.");
  }),
);
onPress(find("try-it", HTMLButtonElement), () => step.act(tryIt));
