// Builds dist/: Rust -> wasm -> glue -> smaller wasm -> the entries of the package.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { encode } from "./lib/encode.mjs";
import { root, run } from "./lib/run.mjs";
import { ensurePackages, ensureToolchain, wasmBindgen } from "./lib/tools.mjs";

await ensurePackages();
await ensureToolchain();
const bindgen = await wasmBindgen();

const at = (...parts) => join(root, ...parts);
const glue = at("target/glue");
const dist = at("dist");

// A panic becomes a trap without words: no text of ours or of the standard library is built in, which halves what
// would be left of it. The flags are unstable, hence the bootstrap variable; the toolchain is pinned.
const quiet = ["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none", "-Zfmt-debug=none"];
const cfg = ['--cfg=sha2_backend="soft"', '--cfg=sha2_backend_soft="compact"'];
// Without reference types the glue needs no table of JavaScript values: none ever crosses. The threshold, and the passes
// of wasm-opt below, were found by trial: code that is inlined less repeats itself more, which brotli likes. So does a
// loop that counts as it was written (no `lsr`, which would give it pointers of its own).
const lean = ["-Ctarget-feature=-reference-types", "-Cllvm-args=-inline-threshold=10 -disable-lsr"];
// Of the two kinds of crate that Cargo.toml names, the module alone: Cargo leaves `lto` out, without a word, wherever an
// rlib is made as well (rust-lang/cargo#9672).
await run(
  "cargo",
  [
    ...[
      "rustc",
      "--release",
      "--lib",
      "--crate-type",
      "cdylib",
      "--locked",
      "--target",
      "wasm32-unknown-unknown",
      "--target-dir",
      at("target/npm"),
    ],
    ...["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
  ],
  { env: { RUSTC_BOOTSTRAP: "1", CARGO_ENCODED_RUSTFLAGS: [...cfg, ...quiet, ...lean].join("\x1f") } },
);
await run(bindgen, [
  at("target/npm/wasm32-unknown-unknown/release/space_auth_wasm.wasm"),
  ...[
    "--target",
    "web",
    "--omit-default-module-path",
    "--encode-into",
    "always",
    "--experimental-reset-state-function",
    "--out-dir",
    glue,
    "--out-name",
    "space_auth",
  ],
]);

// The first kilobyte is the far end of the stack: nothing is looked for there. `strip` removes the list of features that the compiler used, so wasm-opt is told them.
const features = [
  "bulk-memory",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
  "reference-types",
  "multivalue",
];
await mkdir(dist, { recursive: true });
await run("npx", [
  ...[
    "wasm-opt",
    // The loops and branches of what is small already are built anew, and that is made small.
    ...["-Oz", "--flatten", "--rereloop", "-Oz"],
    "--converge",
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=150",
    "--strip-producers",
    "--strip-target-features",
    ...features.map((feature) => `--enable-${feature}`),
  ],
  ...[join(glue, "space_auth_bg.wasm"), "-o", join(dist, "space_auth.wasm")],
]);

const bytes = await readFile(join(dist, "space_auth.wasm"));
await writeFile(join(glue, "wasm-text.js"), `export default ${JSON.stringify(encode(bytes))};\n`);

const { build } = await import("esbuild");
for (const [entry, source] of [
  ["index", "inline"],
  ["slim", "slim"],
  ["workerd", "workerd"],
]) {
  await rm(join(dist, `${entry}.js`), { force: true });
  await build({
    entryPoints: [at("npm/api.js")],
    outfile: join(dist, `${entry}.js`),
    bundle: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    external: ["./space_auth.wasm"],
    alias: {
      "#glue": join(glue, "space_auth.js"),
      "#wasm-text": join(glue, "wasm-text.js"),
      "#source": at(`npm/source-${source}.js`),
    },
  });
}
for (const types of ["index.d.ts", "slim.d.ts"]) await copyFile(at("npm", types), join(dist, types));
console.log(`dist/ is ready; the module has ${bytes.length} bytes.`);
