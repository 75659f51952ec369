import { invalid } from "./api-error.mjs";

/**
 * A time as Space's API writes it.
 * @param {number} timestamp in milliseconds since 1970
 */
export const spaceTime = (timestamp) => ({ iso: new Date(timestamp).toISOString(), timestamp });

/**
 * A time in a request: Space takes the text alone, and what it has answered itself.
 * @returns {number} milliseconds since 1970
 */
export function readTime(value) {
  const timestamp = Date.parse(typeof value === "string" ? value : value?.iso);
  if (Number.isNaN(timestamp)) throw invalid("A time must be written as in ISO 8601");
  return timestamp;
}
