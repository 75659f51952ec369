// What came out of the scenario, for the tests of every runtime.

/** Bits of a body of 1 KB, of a timestamp of 13 digits, and of each signature as text. */
const BITS = 2 * (8192 + 104) + 8 * 64 + 8 * 344;

/**
 * @param {{ results: { name: string, ok: boolean, detail: string }[], seconds: number }} outcome
 * @returns {{ failed: string[], summary: string }} nothing has failed where all was checked, and is right
 */
export function judge({ results, seconds }) {
  const failed = results.filter(({ ok }) => !ok).map(({ name, detail }) => `${name}: ${detail}`);
  const changes = results.reduce(
    (sum, { detail }) => sum + Number(/^(\d+) changes$/.exec(detail)?.[1] ?? 0),
    0,
  );
  if (changes !== BITS) failed.push(`${changes} of ${BITS} changes of a bit were refused`);
  return {
    failed,
    summary: `${results.length} checks, ${changes} changes of a bit, ${seconds.toFixed(1)} s`,
  };
}
