// Formats everything, or with --check says what is not formatted.

import { run } from "./lib/run.mjs";

const check = process.argv.includes("--check");
await run("cargo", ["fmt", "--all", ...(check ? ["--check"] : [])]);
await run("npx", ["prettier", check ? "--check" : "--write", "--log-level", "warn", "."]);
