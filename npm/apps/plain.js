import { unfit } from "../auth-error.js";
import { must, text } from "../options.js";

/** Levels of lists and objects; the module's own reader goes as deep. */
const DEEPEST = 32;

/**
 * A copy of data alone, for the module: URLs and times as the texts that they stand for, nothing that is `undefined`,
 * nothing that runs, nothing inherited.
 * @param {any} value
 * @param {string} name what the caller knows it by
 * @param {number} [depth]
 * @returns {any}
 */
export function plain(value, name, depth = 0) {
  if (typeof value === "string") return must(name, value, text);
  if (value === null || ["boolean", "undefined"].includes(typeof value)) return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value instanceof URL) return value.href;
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  if (typeof value !== "object" || value instanceof Date || depth === DEEPEST) {
    throw unfit(name, "be data: texts, numbers, lists, objects, URLs, times; nothing that holds itself");
  }
  if (Array.isArray(value)) return Array.from(value, (item) => plain(item, name, depth + 1) ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([key, member]) => [must(name, key, text), plain(member, key, depth + 1)]),
  );
}
