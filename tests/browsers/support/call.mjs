/**
 * The text of a call in the page's own world: JSON is all that comes with it.
 * @param {Function} work
 * @param {unknown[]} args
 */
export const textOf = (work, args) => `(${work})(...${JSON.stringify(args)})`;
