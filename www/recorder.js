// What really goes over the wire, kept in memory alone: `fetch`, wrapped before the library uses it.

/** @import { Message } from "./types.d.ts" */

/** @param {Headers} headers @param {string[]} names */
const lines = (headers, names) =>
  names.flatMap((name) => (headers.has(name) ? `${name}: ${headers.get(name)}` : []));

/** @param {Response} response */
async function answerText(response) {
  const headers = lines(response.headers, ["content-type", "www-authenticate", "retry-after"]);
  let body = await response.clone().text();
  try {
    body = JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    // Not JSON: shown as it came.
  }
  return [`${response.status} ${response.statusText}`, ...headers, "", body].join("\n");
}

/** @param {Request} request @param {string} body */
function stepsOf({ headers }, body) {
  const grant = new URLSearchParams(body).get("grant_type");
  if (grant) return grant === "refresh_token" ? ["refresh", "renewed"] : ["ask", "tokens"];
  return headers.get("authorization")?.startsWith("Bearer ") ? ["call", "answer"] : undefined;
}

/**
 * Tells of each request to the token endpoint and to the API, and of each answer.
 * @param {(step: string, message: Message) => void} listener
 */
export function record(listener) {
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    const body = typeof init?.body === "string" ? init.body : "";
    const [asked, answered] = stepsOf(request, body) ?? [];
    if (!asked) return original(input, init);
    const headers = lines(request.headers, ["authorization", "content-type"]);
    listener(asked, { text: [`${request.method} ${request.url}`, ...headers, "", body].join("\n").trim() });
    try {
      const response = await original(input, init);
      listener(answered, { text: await answerText(response), failed: !response.ok });
      return response;
    } catch (failure) {
      listener(answered, { text: `No answer: ${failure}`, failed: true });
      throw failure;
    }
  };
}

const SECRET = "access_token|refresh_token|id_token|code|code_verifier|client_secret|password|token|state";
/** A parameter of an address or a form, a member of a JSON text, a header. */
const PLACES = new RegExp(
  `((?:^|[?&#\\n])(?:${SECRET})=|"(?:${SECRET})"\\s*:\\s*"|authorization: \\w+ )([^&\\s"]+)`,
  "g",
);

/** The text with its secrets cut to what tells tokens apart; of a password nothing is left. @param {string} text */
export const masked = (text) =>
  text.replace(
    PLACES,
    (_, name, value) => `${name}${value.length > 31 ? value.slice(0, 4) : ""}…(${value.length})`,
  );
