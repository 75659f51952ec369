import { invalidConfiguration } from "./auth-error.js";

/**
 * `context:right` for each right (Space's permission scopes).
 * @param {string} context
 * @param {string[]} rights
 */
function elements(context, rights) {
  if (rights.length === 0) throw invalidConfiguration("`scope` needs at least one right.");
  return rights.map((right) => `${context}:${word(right, "right")}`).join(" ");
}

/**
 * @param {unknown} text
 * @param {string} name
 */
function word(text, name) {
  if (typeof text === "string" && /^[^\s:]+$/.test(text)) return text;
  throw invalidConfiguration(`A ${name} in \`scope\` must be a word without spaces and colons.`);
}

/**
 * The words of a scope, in order, without repeats (RFC 6749 section 3.3).
 * @param {string} scope
 */
export const words = (scope) => [...new Set(scope.split(/[ \t\n\f\r]+/).filter(Boolean))];

/** @param {readonly string[]} scopes */
export const join = (scopes) => words(scopes.join(" ")).join(" ");

/** Builds the scopes of JetBrains Space. */
export const scope = /* @__PURE__ */ Object.freeze({
  all: "**",

  /** @param {string[]} rights */
  global: (...rights) => elements("global", rights),

  /**
   * @param {string | { id: string } | { key: string }} project
   * @param {string[]} rights
   */
  project(project, ...rights) {
    const identifier = typeof project === "string" ? { key: project } : { ...project };
    const [kind, value] = "id" in identifier ? ["id", identifier.id] : ["key", identifier.key];
    return elements(`project:${kind}:${word(value, `project ${kind}`)}`, rights);
  },

  /**
   * @param {string} id
   * @param {string[]} rights
   */
  channel: (id, ...rights) => elements(`channel:${word(id, "channel id")}`, rights),

  /** @param {string[]} scopes */
  join(...scopes) {
    if (scopes.some((scope) => typeof scope !== "string"))
      throw invalidConfiguration("`scope` must be strings.");
    return join(scopes);
  },
});
