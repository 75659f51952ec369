// Prints what each entry costs: bundled and minified as an app's bundler does it, raw and compressed.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

import { root } from "./lib/run.mjs";

/** What is imported, and the brotli bytes that it must not grow beyond. */
const ENTRIES = [
  { names: "login", from: "space-auth-wasm", file: "index.js", limit: 34_000 },
  { names: "applications, verifyRequest", from: "space-auth-wasm/apps", file: "apps.js", limit: 60_000 },
];

if (!ENTRIES.every(({ file }) => existsSync(join(root, "dist", file)))) await import("./build.mjs");
const { build } = await import("esbuild");

for (const { names, from, file, limit } of ENTRIES) {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${names} } from "./dist/${file}";`, resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
  });
  const code = outputFiles[0].contents;
  const brotli = brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
  const gzip = gzipSync(code, { level: 9 }).length;
  console.log(`import { ${names} } from "${from}"`);
  console.log(
    `  raw     ${code.length} bytes\n  gzip    ${gzip} bytes\n  brotli  ${brotli} bytes (limit ${limit})`,
  );
  if (brotli > limit) {
    console.error("  above the limit");
    process.exitCode = 1;
  }
}
