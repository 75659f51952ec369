// What is shown of a request or an answer: all of it but its secrets.

const SECRET = /^(client_?secret|(signing_?|private_?)key|.*token|code|code_verifier|password)$/i;
/** Addresses that answer with nothing but a secret. */
const SECRET_ANSWER = /\/(client-secret|signing-key|verification-token)$/;

/** Cut to what tells it apart. @param {string} text */
const masked = (text) => `${text.length > 11 ? text.slice(0, 4) : ""}…(${text.length})`;

/** @param {string} name @param {unknown} value */
const withoutSecret = (name, value) =>
  typeof value === "string" && value && SECRET.test(name) ? masked(value) : value;

/**
 * A body, to be read: a form with a line for each parameter, JSON with its members below each other.
 * @param {string} body
 * @param {string} path that it was sent to, or came from
 */
export function readable(body, path) {
  try {
    const value = JSON.parse(body);
    const isSecret = SECRET_ANSWER.test(path) && typeof value === "string";
    return JSON.stringify(isSecret ? masked(value) : value, withoutSecret, 2);
  } catch {
    if (!/^\w+=/.test(body)) return body;
  }
  return [...new URLSearchParams(body)]
    .map(([name, value]) => `${name}=${withoutSecret(name, value)}`)
    .join("\n");
}
