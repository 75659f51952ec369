// What a request says about an application, checked.
import { invalid } from "./api-error.mjs";

const FLAGS = [
  "clientCredentialsFlowEnabled",
  "codeFlowEnabled",
  "pkceRequired",
  "publicClientsAllowed",
  "implicitFlowEnabled",
  "endpointSslVerification",
  "hasPublicKeySignature",
  "hasSigningKey",
  "hasVerificationToken",
];
const NEVER_EMPTY = ["name", "clientId", "clientSecret"];
const TEXTS = ["description", "email"];
const URI_LISTS = ["codeFlowRedirectURIs", "implicitFlowRedirectURIs"];

/**
 * The URIs of a text with one on every line, which is how Space writes such a list.
 * @param {string | null} text
 */
export const linesOf = (text) =>
  (text ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

function readText(name, value) {
  if (typeof value !== "string") throw invalid(`${name} must be a text`);
  return value.trim();
}

function readFlag(name, value) {
  if (typeof value !== "boolean") throw invalid(`${name} must be true or false`);
  return value;
}

function readNonEmpty(name, value) {
  const text = readText(name, value);
  if (!text) throw invalid(`${name} must not be empty`);
  return text;
}

function readUris(name, value) {
  const uris = linesOf(readText(name, value));
  const bad = uris.find((uri) => !URL.canParse(uri) || uri.includes("#"));
  if (bad) throw invalid(`${name}: ${bad} is not an absolute URI without a fragment`);
  return uris.join("\n") || null;
}

function readEndpoint(name, value) {
  const uri = readText(name, value);
  if (uri && !/^https?:$/.test(URL.parse(uri)?.protocol)) throw invalid(`${name} must be a web address`);
  return uri || null;
}

const READERS = Object.fromEntries([
  ...FLAGS.map((name) => [name, readFlag]),
  ...NEVER_EMPTY.map((name) => [name, readNonEmpty]),
  ...TEXTS.map((name) => [name, readText]),
  ...URI_LISTS.map((name) => [name, readUris]),
  ["endpointUri", readEndpoint],
]);

const CLEARABLE = [...TEXTS, ...URI_LISTS, "endpointUri"];

/**
 * The settings that a body has, and nothing else. A null clears what can be empty, and otherwise says nothing.
 * @param {Record<string, unknown>} body
 */
export function readSettings(body) {
  const settings = {};
  for (const [name, read] of Object.entries(READERS)) {
    const value = body[name];
    if (value === null && CLEARABLE.includes(name)) settings[name] = null;
    else if (value !== undefined && value !== null) settings[name] = read(name, value);
  }
  return settings;
}
