import { invalidConfiguration } from "../auth-error.js";

/** Levels of lists and objects; the module's own reader goes as deep. */
const DEEPEST = 32;

/**
 * A copy of data alone, for the module: URLs and times as the texts that they stand for, nothing that is `undefined`,
 * nothing that runs, nothing inherited.
 * @param {any} value
 * @param {number} [depth]
 * @returns {any}
 */
export function plain(value, depth = 0) {
  if (value === null || ["string", "boolean", "undefined"].includes(typeof value)) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value instanceof URL) return value.href;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value !== "object" || value instanceof Date || depth === DEEPEST) {
    throw invalidConfiguration("The arguments must be data: texts, numbers, lists, objects, URLs, times.");
  }
  if (Array.isArray(value)) return Array.from(value, (item) => plain(item, depth + 1) ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member, depth + 1)]));
}
