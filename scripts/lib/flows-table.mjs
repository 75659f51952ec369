// The table of README.md that says what works with which system.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { FLOWS, SYSTEMS } from "../../tests/flows.mjs";
import { root } from "./run.mjs";

const README = join(root, "README.md");
const MARKS = /(?<=<!-- flows -->\n).*?(?=<!-- \/flows -->)/gs;

/** The name of the test behind a cell. @param {string} flow @param {string} system */
const testOf = (flow, system) => `${flow}: ${system}`;

/** @param {string} flow @param {string} system */
function cellOf(flow, system) {
  const cell = FLOWS[flow][system];
  // A dot at the end keeps a reason from being left half written.
  if (cell === true || (typeof cell === "string" && /^\S.*\.$/.test(cell))) return cell;
  throw new Error(`tests/flows.mjs says neither true nor a reason in one line for ${testOf(flow, system)}`);
}

/** @param {string[]} cells */
const row = (cells) => `| ${cells.join(" | ")} |`;

/** The table as Markdown, with its footnotes; every reason stands once. */
export function flowsTable() {
  /** @type {string[]} */
  const reasons = [];
  const rows = Object.keys(FLOWS).map((flow) => {
    const marks = SYSTEMS.map((system) => {
      const cell = cellOf(flow, system);
      if (cell === true) return "✓";
      if (!reasons.includes(cell)) reasons.push(cell);
      return `<sup>${reasons.indexOf(cell) + 1}</sup>`;
    });
    return row([flow, ...marks]);
  });
  const head = [row(["", ...SYSTEMS]), row(["---", ...SYSTEMS.map(() => ":-:")])];
  const notes = reasons.map((reason, index) => `${index + 1}. ${reason}`);
  return `\n${[...head, ...rows, "", ...notes].join("\n")}\n\n`;
}

/** What stands between the marks. @param {string} readme */
function found(readme) {
  const places = readme.match(MARKS) ?? [];
  if (places.length !== 1) throw new Error("README.md must hold <!-- flows --> and <!-- /flows -->, once");
  return places[0];
}

/** Puts the table into README.md. */
export async function writeTable() {
  const readme = await readFile(README, "utf8");
  if (found(readme) !== flowsTable())
    await writeFile(
      README,
      readme.replace(MARKS, () => flowsTable()),
    );
}

/**
 * Throws when README.md holds another table, or promises what no test has shown.
 * @param {Iterable<string>} passedNames of tests, as they are or as Playwright lists them, behind their file
 */
export async function checkTable(passedNames) {
  if (found(await readFile(README, "utf8")) !== flowsTable()) {
    throw new Error(
      "The table of flows in README.md is not that of tests/flows.mjs; writeTable() puts it there",
    );
  }
  const passed = new Set([...passedNames].map((name) => name.split(" › ").at(-1)));
  const promised = Object.keys(FLOWS).flatMap((flow) =>
    SYSTEMS.filter((system) => cellOf(flow, system) === true).map((system) => testOf(flow, system)),
  );
  const missing = promised.filter((name) => !passed.has(name));
  if (missing.length > 0) throw new Error(`No passing test is named ${missing.join(", ")}`);
}
