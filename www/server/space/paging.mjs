import { invalid } from "./api-error.mjs";

const MOST = 1000;

function readNumber(query, name, fallback) {
  const text = query[name];
  if (text === undefined || text === "") return fallback;
  if (typeof text !== "string" || !/^\d{1,9}$/.test(text)) throw invalid(`${name} must be a number`);
  return Number(text);
}

/**
 * One page of a list: `next` is what to send as `$skip` for the one after it.
 * @param {Record<string, unknown>} query
 * @param {object[]} list
 * @param {(item: object) => object} [show]
 */
export function page(query, list, show = (item) => item) {
  const skip = readNumber(query, "$skip", 0);
  const top = readNumber(query, "$top", 100);
  if (top < 1 || top > MOST) throw invalid(`$top must be 1 to ${MOST}`);
  const data = list.slice(skip, skip + top).map(show);
  return { next: String(skip + data.length), totalCount: list.length, data };
}
