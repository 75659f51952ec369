// Sets up, builds, runs every kind of test, and ends with one summary.

import "./build.mjs";

import { ensureFirefox, ensureWebKit } from "./lib/browsers.mjs";
import { checkTable } from "./lib/flows-table.mjs";
import { run } from "./lib/run.mjs";
import { REQUIREMENTS, namedBy } from "./lib/requirements.mjs";
import { ensureChromium, ensurePython } from "./lib/tools.mjs";
import { runWasmTests } from "./lib/wasm-tests.mjs";

const chromium = await ensureChromium();
await ensurePython();
await ensureFirefox();
await ensureWebKit();

/** @typedef {{ kind: string, passed: number, failed: number, seconds: number }} Row */

/** @type {Row[]} */
const rows = [];
/** @type {string[]} */
const names = [];

/**
 * Runs one kind of test and notes its outcome; a failure does not keep the others from running.
 * @param {string} kind
 * @param {() => Promise<string>} work prints, and gives what was printed
 * @param {(output: string) => { names: string[], passed: number, failed: number }} [read] a check is one test
 */
async function step(kind, work, read) {
  console.log(`\n\x1b[1m▸ ${kind}\x1b[0m`);
  const start = performance.now();
  let output = "";
  let broken = 0;
  try {
    output = await work();
  } catch (error) {
    output = error.output ?? "";
    broken = 1;
    if (!error.output) console.error(error);
  }
  const { passed, failed, ...found } = read ? read(output) : { passed: 1 - broken, failed: broken };
  if (found.names) names.push(...found.names);
  // A run that broke without naming a failed test, or ran none, has failed all the same.
  const missing = failed === 0 && (broken > 0 || passed === 0) ? 1 : 0;
  rows.push({
    kind,
    passed,
    failed: failed + missing,
    seconds: (performance.now() - start) / 1_000,
  });
}

/** @param {string} output @param {RegExp} pattern */
const all = (output, pattern) => [...output.matchAll(pattern)].map((match) => match[1]);

/** @param {RegExp} passed @param {RegExp} failed */
const lines = (passed, failed) => (/** @type {string} */ output) => {
  const named = all(output, passed);
  return { names: named, passed: named.length, failed: all(output, failed).length };
};

const cargo = lines(/^test (\S+?)(?: - should panic)? ?\.\.\. ok$/gm, /^test .* \.\.\. (?:FAILED|FAIL)$/gm);
// Node's own totals: its lines name the groups of tests, too.
const node = (/** @type {string} */ output) => ({
  names: all(output, /^\s*✔ (.*?) \([\d.]+ms\)$/gm),
  passed: Number(all(output, /^ℹ pass (\d+)$/gm)[0] ?? 0),
  failed: Number(all(output, /^ℹ fail (\d+)$/gm)[0] ?? 0),
});
const playwright = lines(/^\s*✓ +\d+ (.*) \([\d.]+m?s\)$/gm, /^ {4}\S+\.spec\.mjs:\d+:\d+ › .*$/gm);

await step("Formatting", () => run("node", ["scripts/format.mjs", "--check"]));
const deny = ["--", "-D", "warnings"];
// Natively, both modules at once; for WebAssembly each as it is built.
const both = ["--features", "apps"];
const wasm = ["--target", "wasm32-unknown-unknown"];
const clippy = (/** @type {string[]} */ ...given) =>
  run("cargo", ["clippy", "--quiet", "--lib", ...given, ...deny]);
await step("Lints, native", () => clippy(...both));
await step("Lints, wasm", () => clippy(...wasm));
await step("Lints, wasm, apps", () => clippy(...wasm, "--no-default-features", ...both));
await step("Types", () => run("npx", ["tsc", "-p", "."]));
await step("Size", () => run("node", ["scripts/size.mjs"]));
await step(
  "Rust unit tests",
  () => run("cargo", ["test", "--quiet", "--lib", ...both, "--", "--format=pretty"]),
  cargo,
);
await step(
  "Rust property tests",
  () => run("cargo", ["test", "--quiet", "--test", "properties", ...both, "--", "--format=pretty"]),
  cargo,
);
await step("Simulation of tabs", () => run("cargo", ["test", "--quiet", "--test", "simulation"]), cargo);
await step("Mutants of the engine", () => run("node", ["scripts/mutants.mjs"]), cargo);
await step(
  "Rust in Chromium",
  async () => {
    const output = await runWasmTests(chromium);
    console.log(output);
    return output;
  },
  cargo,
);
await step(
  "Package and servers",
  () => run("node", ["--test", "--test-reporter=spec", "tests/package/", "tests/servers/"]),
  node,
);
await step(
  "End to end in Chromium",
  () =>
    run("npx", ["playwright", "test", "--reporter=list"], {
      env: { CHROME_PATH: chromium, FORCE_COLOR: "0" },
    }),
  playwright,
);

await step(
  "Firefox and WebKit",
  () => run("node", ["--test", "--test-reporter=spec", "tests/browsers/"]),
  node,
);

await step("What README says of the flows", () => checkTable(names));

const named = namedBy(names);
const unnamed = REQUIREMENTS.filter((number) => !named.has(number));
await step("Every requirement has a test", async () => {
  if (unnamed.length > 0) throw new Error(`No passing test names ${unnamed.join(", ")}`);
  return `${REQUIREMENTS.length} requirements`;
});

console.log(`\n${"Kind".padEnd(32)}${"passed".padStart(8)}${"failed".padStart(8)}${"seconds".padStart(10)}`);
for (const { kind, passed, failed, seconds } of rows) {
  const numbers = `${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(10)}`;
  console.log(kind.padEnd(32) + numbers);
}
const total = (/** @type {"passed" | "failed"} */ what) => rows.reduce((sum, row) => sum + row[what], 0);
console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
process.exitCode = total("failed") > 0 ? 1 : 0;
