// @ts-check
// What the user chose. It has to outlive the redirect, and holds no token.
import { SYSTEMS } from "./systems.js";
import { find } from "./dom.js";

/**
 * @typedef {object} Choice
 * @property {keyof typeof SYSTEMS} system
 * @property {"code" | "implicit"} flow
 * @property {"session" | "local" | "memory"} storage
 */

const KEY = "playground.choice";

/** @type {Readonly<Choice>} */
const FIRST = { system: "space", flow: "code", storage: "session" };

const VALUES = {
  system: Object.keys(SYSTEMS),
  flow: ["code", "implicit"],
  storage: ["session", "local", "memory"],
};

export const FLOW_NAMES = { code: "Authorization code", implicit: "Implicit" };
export const STORAGE_NAMES = { session: "Session", local: "Local", memory: "Memory" };

const form = find("choices", HTMLFormElement);

/**
 * @param {any} value
 * @returns {value is Choice}
 */
export function isChoice(value) {
  return Object.entries(VALUES).every(([name, allowed]) => allowed.includes(value?.[name]));
}

/** @returns {Choice} */
export function currentChoice() {
  const choice = Object.fromEntries(new FormData(form));
  return isChoice(choice) ? choice : FIRST;
}

/** @param {Choice} choice */
export function showChoice(choice) {
  for (const [name, value] of Object.entries(choice)) {
    const radios = form.elements.namedItem(name);
    if (radios instanceof RadioNodeList) radios.value = value;
  }
}

/** @param {Choice} choice */
export function rememberChoice(choice) {
  sessionStorage.setItem(KEY, JSON.stringify(choice));
}

/** @returns {Choice} the one from before the redirect or the reload */
export function recallChoice() {
  try {
    const choice = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return isChoice(choice) ? choice : FIRST;
  } catch {
    return FIRST;
  }
}

/** @param {(choice: Choice) => void} listener */
export function onChoice(listener) {
  form.addEventListener("change", () => listener(currentChoice()));
}

/**
 * The options of `login` for a choice.
 * @param {Choice} choice
 * @param {string} server
 * @returns {import("space-auth-wasm").LoginOptions}
 */
export function loginOptions({ system, flow, storage }, server) {
  return { ...SYSTEMS[system].client(server, flow), flow, storage };
}
