// Step 5: where Space sends its requests, and how they are told from those of a stranger.
import { verifyRequest } from "space-auth-wasm/apps";
import { find, make, onPress, show, write } from "../dom.js";
import { application, current } from "./current.js";
import { applicationStage } from "./stage.js";
/** @import { Verification } from "space-auth-wasm/apps" */

const step = applicationStage("endpoint", "sent");
const form = find("endpoint-form", HTMLFormElement);
const changeBit = find("change-bit", HTMLInputElement);
const verdicts = find("verdicts", HTMLElement);

/** What the embedded Space has written. @type {{ headers: Record<string, string>, body: string } | undefined} */
let sent;
/** What it can be verified with. @type {[name: string, how: Verification][]} */
let ways = [];

const field = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** The letters H and I differ in one bit. @param {string} body */
const changed = (body) => body.replace("Hello", "Iello");

/** @param {string} name @param {Verification} how @param {{ headers: Record<string, string>, body: string }} request */
async function verdict(name, how, request) {
  const payload = await verifyRequest(request, how);
  const item = make("li", "", make("b", "", name), payload ? " It is from Space." : " Refused: null.");
  item.dataset.ok = String(payload !== null);
  return { item, payload };
}

async function verify() {
  if (!sent) return;
  const request = { ...sent, body: changeBit.checked ? changed(sent.body) : sent.body };
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  const { pathname, host } = new URL(field("uri").value);
  write("raw", [`POST ${pathname}`, `Host: ${host}`, ...headers, "", request.body].join("\n"));
  const said = await Promise.all(ways.map(([name, how]) => verdict(name, how, request)));
  verdicts.replaceChildren(...said.map(({ item }) => item));
  const payload = said.find((one) => one.payload)?.payload;
  show("payload", payload !== undefined);
  write("payload", JSON.stringify(payload, null, 2) ?? "");
  show("sent", true);
}

/** Everything that the saved endpoint can be verified with. */
async function findWays() {
  const { api } = step;
  const app = await api.get(application());
  ways = [];
  if (app.hasPublicKeySignature) ways.push(["Public key:", { publicKeys: await api.publicKeys(app) }]);
  if (app.hasSigningKey) ways.push(["Signing key:", { signingKey: await api.signingKey(app) }]);
  if (app.hasVerificationToken) {
    ways.push(["Verification token:", { verificationToken: await api.verificationToken(app) }]);
  }
  if (ways.length === 0) throw new Error("Nothing proves where a request is from: choose a proof, and save.");
}

onPress(/** @type {HTMLButtonElement} */ (form.querySelector('[type="submit"]')), () =>
  step.act(async () => {
    step.done(false);
    const { value: uri } = field("uri");
    const names = /** @type {const} */ (["publicKeySignature", "signingKey", "verificationToken"]);
    const proofs = Object.fromEntries(names.map((name) => [name, field(name).checked]));
    await step.api.setEndpoint(application(), { uri: uri.trim(), ...proofs });
    step.done(true);
  }),
);
onPress(find("send", HTMLButtonElement), () =>
  step.act(async () => {
    await findWays();
    const body = JSON.stringify({ clientId: application().clientId });
    const response = await fetch(`${current.embedded}/__control/sign`, { method: "POST", body });
    sent = await response.json();
    changeBit.checked = false;
    await verify();
  }),
);
changeBit.addEventListener("change", () => void step.act(verify));
