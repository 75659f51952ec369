// Step 6: the keys that the application reaches Git repositories with.
import { AuthError } from "space-auth-wasm";
import { sshKeyFingerprint } from "space-auth-wasm/apps";
import { find, make, onPress } from "../dom.js";
import { application, onChange } from "./current.js";
import { smallButton } from "./small-button.js";
import { applicationStage } from "./stage.js";
/** @import { SshKey } from "space-auth-wasm/apps" */

const EXAMPLE =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJbn6IkQXKo9o4YAMumITZjIol2Jw6fq49F4+SUdcTUU deploy@example.com";

const step = applicationStage("keys");
const line = find("publicKey", HTMLTextAreaElement);
const output = find("fingerprint", HTMLOutputElement);
const list = find("key-list", HTMLUListElement);

/** Nothing is sent for it. @param {string} publicKey */
async function fingerprintOf(publicKey) {
  if (!publicKey) return { said: "", isWrong: false };
  try {
    const { type, sha256fingerprint } = await sshKeyFingerprint(publicKey);
    return { said: `${type} ${sha256fingerprint}`, isWrong: false };
  } catch (error) {
    return { said: error instanceof AuthError ? error.hint : String(error), isWrong: true };
  }
}

async function showFingerprint() {
  step.clearProblem();
  const publicKey = line.value.trim();
  const { said, isWrong } = await fingerprintOf(publicKey);
  // Meanwhile something else may have been typed.
  if (publicKey !== line.value.trim()) return;
  output.value = said;
  output.dataset.wrong = String(isWrong);
}

/** @param {string} publicKey */
function fill(publicKey) {
  line.value = publicKey;
  return showFingerprint();
}

/** @param {SshKey} key */
function item(key) {
  const { sha256fingerprint, fingerprint, comment } = key;
  const name = make("div", "", comment || "No comment", make("code", "", sha256fingerprint ?? fingerprint));
  const remove = async () => {
    await step.api.removeSshKey(application(), key);
    await showKeys();
    line.focus();
  };
  return make(
    "li",
    "",
    name,
    smallButton("Remove", `Remove the key ${comment}`, () => step.act(remove)),
  );
}

async function showKeys() {
  const keys = await step.api.sshKeys(application());
  list.replaceChildren(...keys.map(item));
  step.done(keys.length > 0);
}

line.addEventListener("input", showFingerprint);
onChange("application", () => list.replaceChildren());
onPress(find("example-key", HTMLButtonElement), () => fill(EXAMPLE));
step.onSubmit(async () => {
  await step.api.addSshKey(application(), line.value.trim());
  await fill("");
  await showKeys();
});
