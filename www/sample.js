// The present choice in code: an application's own, that runs when it is pasted into a page.
import { completed, here } from "./choice.js";
import { content } from "./content.js";
import { SYSTEMS, isEmbedded, isRedirected } from "./systems.js";
/** @import { Choice } from "./types.d.ts" */

/** Any text stays a text, in an HTML `<script>` too. @param {unknown} value */
const literal = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");

/** The server as it is written. @param {Choice} choice */
const serverText = ({ system, url, workspace }) =>
  SYSTEMS[system].call.replace(/URL|WORKSPACE/g, (word) => literal(word === "URL" ? url : workspace));

/** The options that have to be said. @param {ReturnType<typeof completed>} choice */
function optionLines({ system, flow, mode, storage, scope, clientId, redirectUri, url, ...known }) {
  const isClient = flow !== "permanent_token";
  /** @type {Record<string, string | boolean | undefined>} */
  const options = {
    allowHttp: !isEmbedded(system) && url.startsWith("http:"),
    token: !isClient && (known.token ?? "…"),
    clientId: isClient && (clientId || "…"),
    clientSecret: known.clientSecret ?? (SYSTEMS[system].confidential?.includes(flow) && "…"),
    scope: isClient && scope,
    username: known.username ?? (flow === "password" && "…"),
    password: known.password ?? (flow === "password" && "…"),
    flow: flow === "implicit" && flow,
    redirectUri: isRedirected(flow) && redirectUri !== here() && redirectUri,
    storage: isClient && storage !== "session" && storage,
    mode: isRedirected(flow) && mode === "silent" && mode,
  };
  const said = Object.entries(options).filter(([, value]) => value);
  return said.map(([name, value]) => `  ${name}: ${literal(value)},`);
}

/** @param {Choice} choice @param {string} embedded the server @param {boolean} isTyped TypeScript */
export function sampleCode(choice, embedded, isTyped) {
  const full = completed(choice, embedded);
  const name = content.functions[full.flow];
  const maker = /^\w+(?=\()/.exec(SYSTEMS[full.system].call) ?? [];
  const path = SYSTEMS[full.system].resources[full.flow === "client_credentials" ? 1 : 0];
  const template = content.samples[name === "login" && full.mode === "popup" ? "popup" : "plain"];
  /** @type {Record<string, string>} */
  const words = {
    NAME: name,
    IMPORTS: [name, ...maker, ...(isTyped ? ["type Session"] : [])].join(", "),
    OPTIONS: [`  server: ${serverText(full)},`, ...optionLines(full)].join("\n"),
    TARGET: path ? literal(path) : 'session.server.userinfoEndpoint ?? "https://api.example/"',
  };
  const typed = template.join("\n").replace(/\/\*(.*?)\*\//g, isTyped ? "$1" : "");
  return typed.replace(/\b(NAME|IMPORTS|OPTIONS|TARGET)\b/g, (word) => words[word]);
}
