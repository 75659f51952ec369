// Step 2: how the application gets its tokens.
import { find, onPress } from "../dom.js";
import { application } from "./current.js";
import { here } from "./sign-in.js";
import { applicationStage } from "./stage.js";

const step = applicationStage("flows");
const form = find("flows-form", HTMLFormElement);

const isOn = (/** @type {string} */ name) =>
  /** @type {HTMLInputElement} */ (form.elements.namedItem(name)).checked;

/** @param {string} name */
const lines = (name) =>
  /** @type {HTMLTextAreaElement} */ (form.elements.namedItem(name)).value
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** What a flow that is off says of its redirect URIs stays as it is. */
const settings = () => ({
  clientCredentialsFlowEnabled: isOn("clientCredentialsFlowEnabled"),
  codeFlowEnabled: isOn("codeFlowEnabled"),
  ...(isOn("codeFlowEnabled") && {
    codeFlowRedirectURIs: lines("codeFlowRedirectURIs"),
    pkceRequired: isOn("pkceRequired"),
    publicClientsAllowed: isOn("publicClientsAllowed"),
  }),
  implicitFlowEnabled: isOn("implicitFlowEnabled"),
  ...(isOn("implicitFlowEnabled") && { implicitFlowRedirectURIs: lines("implicitFlowRedirectURIs") }),
});

for (const uris of form.querySelectorAll("textarea")) uris.value = here;
onPress(/** @type {HTMLButtonElement} */ (form.querySelector("button")), () =>
  step.act(async () => {
    step.done(false);
    await step.api.update(application(), settings());
    step.done(true);
  }),
);
