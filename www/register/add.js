// Step 1: the application, its client ID and its client secret.
import { find, onPress, show, write } from "../dom.js";
import { application, chooseApplication, current, onChange } from "./current.js";
import { stage } from "./stage.js";
/** @import { Application } from "space-auth-wasm/apps" */

const HIDDEN = "••••••••••••";
const step = stage("add");
const name = find("name", HTMLInputElement);
const known = find("known", HTMLSelectElement);
const showSecret = find("show-secret", HTMLButtonElement);
const copySecret = find("copy-secret", HTMLButtonElement);

/** Those that the reader can go on with. @type {Application[]} */
let found = [];

/** @param {string} secret */
function writeSecret(secret) {
  write("client-secret", secret || HIDDEN);
  showSecret.ariaPressed = String(secret !== "");
}

/** @param {Application} chosen */
function choose(chosen) {
  chooseApplication(chosen);
  write("application-name", chosen.name);
  write("application-id", chosen.id);
  write("client-id", chosen.clientId);
  show("application", true);
  step.done(true);
}

async function findKnown() {
  found = [];
  for await (const one of step.api.list()) found.push(one);
  known.replaceChildren(...found.map((one) => new Option(one.name, one.id)));
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

onPress(/** @type {HTMLButtonElement} */ (find("add-form", HTMLFormElement).querySelector("button")), () =>
  step.act(async () => choose(await step.api.register({ name: name.value.trim() }))),
);
onPress(/** @type {HTMLButtonElement} */ (find("known-form", HTMLFormElement).querySelector("button")), () =>
  step.act(async () => {
    const chosen = found.find(({ id }) => id === known.value);
    if (chosen) choose(chosen);
  }),
);
onPress(showSecret, () =>
  step.act(async () =>
    writeSecret(showSecret.ariaPressed === "true" ? "" : await step.api.clientSecret(application())),
  ),
);
onPress(copySecret, () =>
  step.act(async () => navigator.clipboard.writeText(await step.api.clientSecret(application()))),
);
