// Step 1: the application, its client ID and its client secret.
import { find, onPress, show, write } from "../dom.js";
import { application, chooseApplication, current, onChange } from "./current.js";
import { stage } from "./stage.js";
/** @import { Application } from "space-auth-wasm/apps" */

const step = stage("add");
const known = find("known", HTMLSelectElement);
const showSecret = find("show-secret", HTMLButtonElement);
const isShown = () => showSecret.ariaPressed === "true";
const askForSecret = () => step.api.clientSecret(application());

/** Those that the reader can go on with. @type {Application[]} */
let found = [];

/** @param {string} secret */
function writeSecret(secret) {
  write("client-secret", secret || "••••••••••••");
  showSecret.ariaPressed = String(secret !== "");
}

/** @param {Application} chosen */
function choose(chosen) {
  chooseApplication(chosen);
  write("application-name", chosen.name);
  write("application-id", chosen.id);
  write("client-id", chosen.clientId);
  show("application", true);
  step.done();
}

async function findKnown() {
  found = [];
  for await (const one of step.api.list()) found.push(one);
  known.replaceChildren(...found.map(({ name, id }) => new Option(name, id)));
  show("known-form", found.length > 0);
}

onChange("application", () => {
  writeSecret("");
  show("application", false);
  step.done(false);
});
onChange("session", () => {
  step.requests.clear();
  step.clearProblem();
  show("known-form", false);
  if (current.session) void step.act(findKnown);
});
step.onSubmit(async (given) => choose(await step.api.register({ name: String(given.get("name")).trim() })));
onPress(find("go-on", HTMLButtonElement), async () => {
  const chosen = found.find(({ id }) => id === known.value);
  if (chosen) choose(chosen);
});
onPress(showSecret, () => step.act(async () => writeSecret(isShown() ? "" : await askForSecret())));
onPress(find("copy-secret", HTMLButtonElement), () =>
  step.act(async () => navigator.clipboard.writeText(await askForSecret())),
);
