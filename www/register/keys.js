// Step 6: the keys that the application reaches Git repositories with.
import { AuthError } from "space-auth-wasm";
import { sshKeyFingerprint } from "space-auth-wasm/apps";
import { button, find, make, onPress } from "../dom.js";
import { application, onChange } from "./current.js";
import { applicationStage } from "./stage.js";
/** @import { SshKey } from "space-auth-wasm/apps" */

const EXAMPLE =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbn6IkQXKo9o4YAMumITZjIol2Jw6fq49F4+SUdcTUU deploy@example.com";

const step = applicationStage("keys");
const line = find("publicKey", HTMLTextAreaElement);
const output = find("fingerprint", HTMLOutputElement);
const list = find("key-list", HTMLUListElement);

async function showFingerprint() {
  const given = line.value.trim();
  let said = "";
  let isWrong = false;
  try {
    const { type, sha256fingerprint } = given
      ? await sshKeyFingerprint(given)
      : { type: "", sha256fingerprint: "" };
    said = `${type} ${sha256fingerprint}`.trim();
  } catch (error) {
    said = error instanceof AuthError ? error.hint : String(error);
    isWrong = true;
  }
  // Meanwhile something else may have been typed.
  if (given !== line.value.trim()) return;
  output.value = said;
  output.dataset.wrong = String(isWrong);
}

/** @param {SshKey} key */
function item(key) {
  const { sha256fingerprint, fingerprint, comment } = key;
  const remove = button("Remove", () =>
    step.act(async () => {
      await step.api.removeSshKey(application(), key);
      await showKeys();
      line.focus();
    }),
  );
  remove.classList.add("small");
  remove.ariaLabel = `Remove the key ${comment || fingerprint}`;
  const name = make("span", "", comment || "No comment");
  return make("li", "", make("div", "", name, make("code", "", sha256fingerprint ?? fingerprint)), remove);
}

async function showKeys() {
  const keys = await step.api.sshKeys(application());
  list.replaceChildren(...keys.map(item));
  step.done(keys.length > 0);
}

function fill(/** @type {string} */ text) {
  line.value = text;
  void showFingerprint();
}

line.addEventListener("input", () => {
  step.clearProblem();
  void showFingerprint();
});
onChange("application", () => list.replaceChildren());
onPress(
  /** @type {HTMLButtonElement} */ (find("keys-form", HTMLFormElement).querySelector('[type="submit"]')),
  () =>
    step.act(async () => {
      await step.api.addSshKey(application(), line.value.trim());
      fill("");
      await showKeys();
    }),
);
onPress(find("example-key", HTMLButtonElement), async () => {
  step.clearProblem();
  fill(EXAMPLE);
});
