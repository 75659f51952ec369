import { invalid } from "./api-error.mjs";

const MEMBER = /^(?:\*|[A-Za-z]\w*)$/;

/**
 * Reads a text such as "id,name,settings(endpoint(url))".
 * @param {unknown} text
 * @returns {Map<string, Map | undefined>} what to select of every member, undefined for all of its first level
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

const FIRST_LEVEL = new Map([["*", undefined]]);

const isObject = (value) => typeof value === "object" && value !== null;

// A time has members, too, but comes whole.
const isTime = (value) => isObject(value) && Object.hasOwn(value, "iso");

const isNested = (value) => (Array.isArray(value) ? value.some(isNested) : isObject(value) && !isTime(value));

function select(value, members = FIRST_LEVEL) {
  if (!isObject(value) || isTime(value)) return value;
  if (Array.isArray(value)) return value.map((item) => select(item, members));
  // A `*` is of one level: what has members of its own has to be named.
  const names = Object.keys(value).filter(
    (name) => members.has(name) || (members.has("*") && !isNested(value[name])),
  );
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
