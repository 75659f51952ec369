// @ts-check
// What a choice means: the call in code, and the steps that signing in takes.
import { find, make } from "./dom.js";
import { SYSTEMS } from "./systems.js";

/** @typedef {import("./choices.js").Choice} Choice */

const PLACES = {
  session: "session storage, for this tab",
  local: "local storage, for all tabs",
  memory: "memory, for this page only",
};

/**
 * @param {Choice} choice
 * @param {string} server
 */
function exampleCode({ system, flow, storage }, server) {
  const space = system === "space";
  return [
    `import { ${space ? "login" : "login, processMaker"} } from "space-auth-wasm";`,
    ``,
    `const session = await login({`,
    space ? `  server: "${server}",` : `  server: processMaker("${server}", "workflow"),`,
    `  clientId: "${space ? "playground" : "x-playground"}",`,
    ...(!space && flow === "code" ? [`  clientSecret: "x-playground-secret",`] : []),
    `  scope: "${space ? "**" : "*"}",`,
    `  flow: "${flow}",`,
    `  storage: "${storage}",`,
    `});`,
    `const me = await session.fetch("${SYSTEMS[system].resources[0]}");`,
  ].join("\n");
}

/**
 * @param {Choice} choice
 * @returns {[title: string, text: string][]}
 */
function steps({ system, flow, storage }) {
  const { name, pkce } = SYSTEMS[system];
  const code = flow === "code";
  return [
    [
      "Ask",
      code && pkce
        ? "The library keeps a fresh secret and sends you to the server with the secret’s hash and a random state."
        : "The library sends you to the server with a random state, so that only the answer to this request counts.",
    ],
    ["Agree", `You log in and allow access on ${name}’s own pages. This page never sees the password.`],
    [
      "Return",
      code
        ? `You come back with a code. It works once${pkce ? ", and only together with the secret" : ", and only for this client"}.`
        : "You come back with the access token itself, in the part of the address that follows the #.",
    ],
    [
      code ? "Exchange" : "Clean",
      `The address bar is cleaned${code ? ", the code is traded for tokens" : ", the state is checked"} and the session is kept in ${PLACES[storage]}.`,
    ],
  ];
}

/** @param {string} source */
function highlighted(source) {
  return source
    .split(/("[^"]*")/)
    .map((part) => (part.startsWith('"') ? make("span", "code-string", part) : part));
}

/**
 * @param {Choice} choice
 * @param {string} server
 */
export function explain(choice, server) {
  find("call", HTMLPreElement).replaceChildren(make("code", "", ...highlighted(exampleCode(choice, server))));
  find("steps", HTMLOListElement).replaceChildren(
    ...steps(choice).map(([title, text]) =>
      make("li", "", make("strong", "step-title", title), make("p", "", text)),
    ),
  );
}
