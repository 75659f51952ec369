// The page "Register an application": a step after the other, each in a module of its own.
import { find, onPress } from "../dom.js";
import { chooseSession, current, onChange } from "./current.js";
import { hasComeBack } from "./person.js";
import { here } from "./sign-in.js";
import { smallButton } from "./small-button.js";
import "./add.js";
import "./flows.js";
import "./rights.js";
import "./project.js";
import "./endpoint.js";
import "./keys.js";
import "./finish.js";
import "./processmaker.js";

/** @param {string} selector @returns {any[]} */
const all = (selector) => [...document.querySelectorAll(selector)];

/** @param {string} text */
const copy = (text) => navigator.clipboard.writeText(text.trim());

/** What an embedded server alone has, and then which Space is chosen. */
function showWhere() {
  for (const element of all("[data-only]")) element.hidden = !current.embedded;
  const { value } = all('[name="where"]').find(({ checked }) => checked);
  for (const element of all("[data-where]")) element.hidden = element.dataset.where !== value;
}

/** A step that cannot be done yet has its fields disabled, and hides them. */
function showNeeds() {
  for (const element of all("fieldset[data-needs]")) {
    element.disabled = !(element.dataset.needs === "session" ? current.session : current.application);
  }
}

async function start() {
  const answer = await fetch("../playground.json");
  // A host may answer with a page.
  current.embedded = (await answer.json().catch(() => ({}))).server ?? "";
  for (const element of all('[name="where"]')) {
    if (current.embedded) element.checked = element.value === "embedded";
    element.addEventListener("change", showWhere);
  }
  showWhere();
  for (const element of all(".here")) element.textContent = here;
  for (const code of all(".more > .code")) {
    code.before(smallButton("Copy", `Copy the ${code.ariaLabel}`, () => copy(code.textContent)));
  }
  for (const element of all("[data-copy]")) {
    onPress(element, () => copy(find(element.dataset.copy, HTMLElement).textContent ?? ""));
  }
  onChange("application", showNeeds);
  chooseSession(null);
  document.body.dataset.state = "ready";
}

await hasComeBack;
await start();
