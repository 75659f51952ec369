// @ts-check
// The systems of the embedded server, and what `login` has to know about each.
import { processMaker } from "space-auth-wasm";

/**
 * @typedef {{ name: string, detail: string }} Person
 * @typedef {object} System
 * @property {string} name
 * @property {boolean} pkce
 * @property {boolean} challenges whether a refusal of the API says that the token is to blame
 * @property {readonly [me: string, ...others: string[]]} resources relative to the API of the system
 * @property {(me: any) => Person} person
 * @property {(server: string, flow: "code" | "implicit") => import("space-auth-wasm").ClientOptions} client
 */

/** @type {Readonly<Record<"space" | "processmaker", System>>} */
export const SYSTEMS = {
  space: {
    name: "Space",
    pkce: true,
    challenges: true,
    resources: ["team-directory/profiles/me", "projects"],
    person: ({ name, username, emails }) => ({
      name: `${name.firstName} ${name.lastName}`,
      detail: `${username} · ${emails[0].email}`,
    }),
    client: (server) => ({ server, clientId: "playground", scope: "**" }),
  },

  processmaker: {
    name: "ProcessMaker",
    pkce: false,
    challenges: false,
    resources: ["users/me", "project"],
    person: (me) => ({
      name: `${me.usr_firstname} ${me.usr_lastname}`,
      detail: `${me.usr_username} · ${me.usr_email}`,
    }),
    client: (server, flow) => ({
      server: processMaker(server, "workflow"),
      clientId: "x-playground",
      // ProcessMaker 3 has confidential clients only. This secret guards nothing but the embedded
      // server; a page that is served to others must not contain one.
      ...(flow === "code" && { clientSecret: "x-playground-secret" }),
      scope: "*",
    }),
  },
};
