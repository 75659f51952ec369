// Step 2: how the application gets its tokens.
import { find } from "../dom.js";
import { application } from "./current.js";
import { here } from "./sign-in.js";
import { applicationStage } from "./stage.js";

const step = applicationStage("flows");

/** @param {FormDataEntryValue | null} text with a URI on each line */
const urisIn = (text) =>
  String(text)
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

/** What a flow that is off says of its redirect URIs stays as it is. @param {FormData} given */
const settings = (given) => ({
  clientCredentialsFlowEnabled: given.has("clientCredentialsFlowEnabled"),
  codeFlowEnabled: given.has("codeFlowEnabled"),
  ...(given.has("codeFlowEnabled") && {
    codeFlowRedirectURIs: urisIn(given.get("codeFlowRedirectURIs")),
    pkceRequired: given.has("pkceRequired"),
    publicClientsAllowed: given.has("publicClientsAllowed"),
  }),
  implicitFlowEnabled: given.has("implicitFlowEnabled"),
  ...(given.has("implicitFlowEnabled") && {
    implicitFlowRedirectURIs: urisIn(given.get("implicitFlowRedirectURIs")),
  }),
});

for (const id of ["code-uris", "implicit-uris"]) find(id, HTMLTextAreaElement).value = here;

step.onSubmit(async (given) => {
  step.done(false);
  await step.api.update(application(), settings(given));
  step.done();
});
