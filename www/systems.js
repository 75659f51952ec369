// The systems to sign in to: two that the embedded server plays, and four kinds of the reader's own.
import { discover, hub, processMaker, space } from "space-auth-wasm";
import { content } from "./content.js";
/** @import { Person } from "./types.d.ts" */

export const SYSTEMS = content.systems;

/** Whether the embedded server plays it. @param {string} system */
export const isEmbedded = (system) => SYSTEMS[system].registered !== undefined;

/** Whether the browser goes to the authorization server and comes back. @param {string} flow */
export const isRedirected = (flow) => flow === "code" || flow === "implicit";

/** What the API of each kind says of its user. @type {Record<string, (me: any) => Person>} */
const PERSONS = {
  space: ({ name, username, emails }) => ({
    name: `${name.firstName} ${name.lastName}`,
    detail: [username, emails?.[0]?.email].filter(Boolean).join(" · "),
  }),
  hub: ({ name, login }) => ({ name, detail: login }),
  processmaker: (me) => ({
    name: `${me.usr_firstname} ${me.usr_lastname}`,
    detail: `${me.usr_username} · ${me.usr_email}`,
  }),
  openid: ({ name, sub, email }) => ({ name: name ?? sub, detail: email ?? sub }),
};

/** @param {string} system @param {any} me */
export const personOf = (system, me) => PERSONS[SYSTEMS[system].kind](me);

/** The server that the library is given. @param {string} system @param {string} url @param {string} workspace */
export function serverAt(system, url, workspace) {
  /** @type {Record<string, () => any>} */
  const servers = {
    space: () => space(url),
    hub: () => hub(url),
    processmaker: () => processMaker(url, workspace),
    openid: () => discover(url),
  };
  return servers[SYSTEMS[system].kind]();
}
