// What the reader has chosen: it may be shared, and stands in the address, behind the `#`. Secrets never do.
import { content } from "./content.js";
import { SYSTEMS, isEmbedded, isRedirected, serverAt } from "./systems.js";
/** @import { Choice, Secrets } from "./types.d.ts" */

/** @type {Choice} */
const FIRST = {
  ...{ system: "space", flow: "code", mode: "redirect", storage: "session" },
  ...{ scope: "", clientId: "", redirectUri: "", url: "", workspace: "workflow" },
};
const NAMES = /** @type {(keyof Choice)[]} */ (Object.keys(FIRST));
const KEY = "playground.choice";

/** Where the browser comes back to: this page, as it is registered. */
export const here = () => location.origin + location.pathname;

/** The one in the address, else the one from before the redirect or the reload. */
export function recallChoice() {
  const shared = new URLSearchParams(location.hash.slice(1));
  const stored = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  const given = shared.has("system") ? Object.fromEntries(shared) : stored;
  const choice = { ...FIRST };
  for (const name of NAMES) choice[name] = String(given[name] ?? FIRST[name]);
  if (!Object.hasOwn(SYSTEMS, choice.system)) choice.system = FIRST.system;
  if (!SYSTEMS[choice.system].flows.includes(choice.flow)) choice.flow = FIRST.flow;
  if (!Object.hasOwn(content.modes, choice.mode)) choice.mode = FIRST.mode;
  if (!Object.hasOwn(content.storages, choice.storage)) choice.storage = FIRST.storage;
  return choice;
}

/** Puts the choice into the address, as far as it is not what is chosen anyway. @param {Choice} choice */
export function rememberChoice(choice) {
  sessionStorage.setItem(KEY, JSON.stringify(choice));
  const said = NAMES.filter((name) => ["system", "flow"].includes(name) || choice[name] !== FIRST[name]);
  const shared = new URLSearchParams(said.map((name) => [name, choice[name]]));
  history.replaceState(null, "", `${location.pathname}#${shared}`);
}

/**
 * The choice with what is registered on the embedded server, and with what is proposed where nothing was typed.
 * @param {Choice} choice
 * @param {string} embedded the embedded server
 * @returns {Choice & Secrets}
 */
export function completed(choice, embedded) {
  const { registered, scope } = SYSTEMS[choice.system];
  const full = { ...choice, scope: choice.scope || scope, redirectUri: choice.redirectUri || here() };
  if (!registered) return full;
  const known = registered[choice.flow];
  return { ...full, ...known, url: embedded, clientId: choice.clientId || known.clientId || "" };
}

/** What the library is given. @param {Choice & Secrets} full @returns {any} */
export function optionsFor(full) {
  const { system, flow, mode, storage, redirectUri, url, clientId, scope, clientSecret } = full;
  const allowHttp = url.startsWith("http:") && !isEmbedded(system);
  const server = { server: serverAt(system, url, full.workspace), allowHttp };
  if (flow === "permanent_token") return { ...server, token: full.token };
  const client = { ...server, clientId, scope, storage, ...(clientSecret && { clientSecret }) };
  if (flow === "password") return { ...client, username: full.username, password: full.password };
  if (!isRedirected(flow)) return client;
  // As the library does by itself: for the address that is shown.
  return { ...client, flow, mode, redirectUri, ...(mode === "silent" && SYSTEMS[system].silently) };
}
