// The page "Register an application": a step after the other, each in a module of its own.
import { button, find, onPress } from "../dom.js";
import { chooseSession, current, onChange } from "./current.js";
import { comeBack, here } from "./sign-in.js";
import "./person.js";
import "./add.js";
import "./flows.js";
import "./rights.js";
import "./project.js";
import "./endpoint.js";
import "./keys.js";
import "./finish.js";
import "./processmaker.js";

/** @param {string} selector @param {(element: HTMLElement) => void} work */
function each(selector, work) {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector)))
    work(element);
}

function showWhere() {
  const { value } = /** @type {HTMLInputElement} */ (document.querySelector('[name="where"]:checked'));
  each("[data-where]", (element) => (element.hidden = element.dataset.where !== value));
}

function showEmbedded() {
  if (!current.embedded) return;
  each("[data-only]", (element) => (element.hidden = false));
  /** @type {HTMLInputElement} */ (document.querySelector('[value="embedded"]')).checked = true;
}

/** A step that cannot be done yet says so by being disabled. */
function showNeeds() {
  each("fieldset[data-needs]", (element) => {
    const needed = element.dataset.needs === "session" ? current.session : current.application;
    /** @type {HTMLFieldSetElement} */ (element).disabled = !needed;
  });
}

/** @param {HTMLElement} code */
function offerCopy(code) {
  const copy = button("Copy", () => navigator.clipboard.writeText(code.textContent?.trim() ?? ""));
  copy.classList.add("small");
  copy.ariaLabel = `Copy ${code.ariaLabel}`;
  code.before(copy);
}

async function start() {
  const answer = await fetch("../playground.json");
  // A host may answer with a page.
  current.embedded = (await answer.json().catch(() => ({}))).server ?? "";
  showEmbedded();
  showWhere();
  each('[name="where"]', (element) => element.addEventListener("change", showWhere));
  each(".here", (element) => (element.textContent = here));
  each(".more > .code", offerCopy);
  each("[data-copy]", (element) => {
    const source = find(element.dataset.copy ?? "", HTMLElement);
    onPress(/** @type {HTMLButtonElement} */ (element), () =>
      navigator.clipboard.writeText(source.textContent ?? ""),
    );
  });
  onChange("application", showNeeds);
  onChange("session", showNeeds);
  chooseSession(null);
  document.body.dataset.state = "ready";
}

await comeBack();
await start();
