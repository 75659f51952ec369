// Step 5: where Space sends its requests, and how they are told from those of a stranger.
import { verifyRequest } from "space-auth-wasm/apps";
import { find, make, onPress, show, write } from "../dom.js";
import { application, current } from "./current.js";
import { applicationStage } from "./stage.js";
/** @import { Verification } from "space-auth-wasm/apps" */

/** @typedef {{ headers: Record<string, string>, body: string }} Sent */

const PROOFS = /** @type {const} */ (["publicKeySignature", "signingKey", "verificationToken"]);
const step = applicationStage("endpoint", "sent");
const changeBit = find("change-bit", HTMLInputElement);

/** What the embedded Space has written. @type {Sent | undefined} */
let sent;
/** What it can be verified with. @type {[name: string, how: Verification][]} */
let ways = [];

/** Everything that the saved endpoint can be verified with. */
async function findWays() {
  const { api } = step;
  const app = await api.get(application());
  ways = [];
  if (app.hasPublicKeySignature) ways.push(["Public key", { publicKeys: await api.publicKeys(app) }]);
  if (app.hasSigningKey) ways.push(["Signing key", { signingKey: await api.signingKey(app) }]);
  if (app.hasVerificationToken) {
    ways.push(["Verification token", { verificationToken: await api.verificationToken(app) }]);
  }
  if (ways.length === 0) throw new Error("Nothing proves where a request is from: choose a proof, and save.");
}

/** The letters H and I differ in one bit. @param {Sent} request */
const changed = ({ headers, body }) => ({ headers, body: body.replace("Hello", "Iello") });

async function verify() {
  if (!sent) return;
  const request = changeBit.checked ? changed(sent) : sent;
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  write("raw", [...headers, "", request.body].join("\n"));
  const payloads = await Promise.all(ways.map(([, how]) => verifyRequest(request, how)));
  const items = ways.map(([name], index) => {
    const item = make(
      "li",
      "",
      make("b", "", name),
      payloads[index] ? ": it is from Space" : ": refused, null",
    );
    item.dataset.ok = String(payloads[index] !== null);
    return item;
  });
  find("verdicts", HTMLElement).replaceChildren(...items);
  const payload = payloads.find(Boolean);
  write("payload", JSON.stringify(payload, null, 2) ?? "");
  show("payload", payload !== undefined);
  show("sent", true);
}

step.onSubmit(async (given) => {
  step.done(false);
  const proofs = Object.fromEntries(PROOFS.map((name) => [name, given.has(name)]));
  await step.api.setEndpoint(application(), { uri: String(given.get("uri")).trim(), ...proofs });
  step.done();
});
onPress(find("send", HTMLButtonElement), () =>
  step.act(async () => {
    await findWays();
    const body = JSON.stringify({ clientId: application().clientId });
    sent = await (await fetch(`${current.embedded}/__control/sign`, { method: "POST", body })).json();
    changeBit.checked = false;
    await verify();
  }),
);
changeBit.addEventListener("change", () => step.act(verify));
