// The form in which the reader chooses.
import { completed } from "./choice.js";
import { content } from "./content.js";
import { find, make } from "./dom.js";
import { SYSTEMS, isEmbedded } from "./systems.js";
/** @import { Choice, Secrets } from "./types.d.ts" */

const form = find("setup", HTMLFormElement);
const KEY = "playground.secrets";
const SECRETS = ["clientSecret", "username", "password", "token"];
const PROPOSED = /** @type {const} */ (["scope", "clientId", "redirectUri", "username", "password"]);

/** @param {string} name */
const field = (name) => /** @type {HTMLInputElement} */ (form.elements.namedItem(name));

/** @param {string} value @param {{ name: string, hint?: string }} texts */
function tile(value, { name, hint = "" }) {
  const input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "start", value });
  const [title, text] = [make("span", "option-name", name), make("span", "option-hint", hint)];
  [title.id, text.id] = [`${value}-name`, `${value}-hint`];
  input.setAttribute("aria-labelledby", title.id);
  input.setAttribute("aria-describedby", text.id);
  return make("label", "option", input, title, text);
}

/** @param {boolean} hasEmbedded @param {() => void} changed */
export function prepareForm(hasEmbedded, changed) {
  for (const [id, system] of Object.entries(SYSTEMS)) {
    const place = find(`${isEmbedded(id) ? id : "own"}-tiles`);
    if (!isEmbedded(id)) place.append(tile(`${id}:code`, system));
    else if (hasEmbedded) {
      place.append(...system.flows.map((flow) => tile(`${id}:${flow}`, content.flows[flow])));
    } else place.closest("fieldset")?.remove();
  }
  for (const [flow, { name }] of Object.entries(content.flows)) field("flow").append(new Option(name, flow));
  for (const [name, texts] of Object.entries({ mode: content.modes, storage: content.storages })) {
    field(name).append(...Object.entries(texts).map(([value, text]) => new Option(text, value)));
  }
  form.addEventListener("change", changed);
}

/** @returns {Choice} */
export function currentChoice() {
  const data = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
  const [system, flow] = data.start.split(":");
  const { mode, storage, scope, clientId, redirectUri, url, workspace } = data;
  const common = { system, mode, storage, scope, clientId, redirectUri, workspace };
  return isEmbedded(system) ? { ...common, flow, url: "" } : { ...common, flow: data.flow, url };
}

/** With the secrets from before a redirect. @param {Choice} choice */
export function showChoice(choice) {
  const { system, flow, ...others } = choice;
  field("start").value = `${system}:${isEmbedded(system) ? flow : "code"}`;
  const secrets = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  sessionStorage.removeItem(KEY);
  for (const [name, value] of Object.entries({ flow, ...others, ...secrets })) field(name).value = value;
}

/** Whether the choice has it, be it folded away or not. @param {string} name */
const isOffered = (name) => getComputedStyle(field(name).closest("[data-part]") ?? form).display !== "none";

/** What must not stand in an address. @returns {Secrets} */
export function currentSecrets() {
  const typed = SECRETS.filter((name) => field(name).value && isOffered(name));
  return Object.fromEntries(typed.map((name) => [name, field(name).value]));
}

/** Keeps them for the time of a redirect of this tab. */
export const rememberSecrets = () => sessionStorage.setItem(KEY, JSON.stringify(currentSecrets()));

/** Shows what is used where nothing is typed. @param {Choice} choice @param {string} embedded */
export function fitForm(choice, embedded) {
  const full = completed(choice, embedded);
  for (const name of PROPOSED) field(name).placeholder = full[name] ?? "";
  field("url").placeholder = SYSTEMS[choice.system].example ?? "";
  // What has to be typed is not left folded away.
  find("more", HTMLDetailsElement).open ||= !full.clientId && !isEmbedded(choice.system);
}
