/**
 * Splits a scope string; nothing but spaces counts as no scope at all.
 * @param {unknown} text
 * @returns {string[] | undefined}
 */
export function parseScope(text) {
  if (typeof text !== "string") return undefined;
  const scopes = [...new Set(text.split(" ").filter(Boolean))];
  return scopes.length ? scopes : undefined;
}

export const formatScope = (scopes) => scopes.join(" ");

/** One key for one set of scopes, in whatever order they were written. */
export const scopeKey = (scopes) => [...scopes].sort().join(" ");
