// The security requirements that hold in this version, by their numbers: each must be named by a test that passed.

const RANGES = {
  A: [[1, 13], [17]],
  B: [[1], [4, 13], [15, 18]],
  C: [[1, 10], [12]],
  D: [[1, 11]],
  E: [
    [1, 3],
    [5, 18],
  ],
  F: [[1, 5], [7, 8], [11], [13, 14]],
  G: [[2, 11]],
  H: [[1, 3]],
  I: [[1, 9]],
  J: [
    [1, 3],
    [5, 8],
  ],
  K: [[1, 2], [5, 7], [10]],
  N: [
    [1, 3],
    [5, 7],
  ],
};

export const REQUIREMENTS = Object.entries(RANGES).flatMap(([letter, ranges]) =>
  ranges.flatMap(([first, last = first]) =>
    Array.from({ length: last - first + 1 }, (_, index) => letter + String(first + index).padStart(2, "0")),
  ),
);

/**
 * The requirement numbers in the names of tests, such as `a05_...` or "A02 A03: ...".
 * @param {string[]} names
 */
export function namedBy(names) {
  const found = names.join("\n").matchAll(/(?<![A-Za-z0-9])([A-Na-n]\d\d)(?![A-Za-z0-9])/g);
  return new Set([...found].map(([number]) => number.toUpperCase()));
}
