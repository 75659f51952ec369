import { invalid } from "./api-error.mjs";

const MEMBER = /^(?:\*|[A-Za-z]\w*)$/;

/**
 * Reads a text such as "id,name,settings(endpoint(url))".
 * @param {unknown} text
 * @returns {Map<string, Map | undefined>} what to select of every member, undefined for all of it
 */
export function parseFields(text) {
  // A character that belongs nowhere becomes a token, too, and no member is called that.
  const tokens = typeof text === "string" ? text.match(/\w+|\S/g) : undefined;
  if (!tokens) throw invalid("$fields must be a list of names");

  function take(wanted) {
    const found = tokens[0] === wanted;
    if (found) tokens.shift();
    return found;
  }

  function list() {
    const members = new Map();
    do {
      const name = tokens.shift() ?? "";
      if (!MEMBER.test(name)) throw invalid("$fields is malformed");
      members.set(name, name === "*" ? undefined : nested());
    } while (take(","));
    return members;
  }

  function nested() {
    if (!take("(")) return undefined;
    const members = list();
    if (!take(")")) throw invalid("$fields is malformed");
    return members;
  }

  const members = list();
  if (tokens.length > 0) throw invalid("$fields is malformed");
  return members;
}

function select(value, members) {
  if (!members || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => select(item, members));
  const names = Object.keys(value).filter((name) => members.has("*") || members.has(name));
  return Object.fromEntries(names.map((name) => [name, select(value[name], members.get(name))]));
}

/** Lets every answer of the API, but no error, say only what the parameter `$fields` asks for. */
export function onlyFields(req, res, next) {
  if (req.query.$fields === undefined) return next();
  const members = parseFields(req.query.$fields);
  const json = res.json.bind(res);
  res.json = (body) => json(res.statusCode < 400 ? select(body, members) : body);
  return next();
}
