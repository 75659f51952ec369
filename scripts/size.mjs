// Prints what `import { login }` costs: bundled and minified as an app's bundler does it, raw and compressed.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { root } from "./lib/run.mjs";

/** Brotli bytes that it must not grow beyond. */
const LIMIT = 34_000;

if (!existsSync(join(root, "dist/index.js"))) await import("./build.mjs");
const { build } = await import("esbuild");

const { outputFiles } = await build({
  stdin: { contents: 'export { login } from "./dist/index.js";', resolveDir: root },
  bundle: true,
  minify: true,
  format: "esm",
  write: false,
});
const code = outputFiles[0].contents;
const brotli = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
const gzip = gzipSync(code, { level: 9 }).length;
console.log(`import { login } from "space-auth-wasm"`);
console.log(
  `  raw     ${code.length} bytes\n  gzip    ${gzip} bytes\n  brotli  ${brotli} bytes (limit ${LIMIT})`,
);
if (brotli > LIMIT) {
  console.error("  above the limit");
  process.exitCode = 1;
}
