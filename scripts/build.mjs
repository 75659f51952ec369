// Builds dist/: Rust -> two modules -> glue -> smaller modules -> the entries of the package.

import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { encode } from "./lib/encode.mjs";
import { root, run } from "./lib/run.mjs";
import { ensurePackages, ensureToolchain, wasmBindgen } from "./lib/tools.mjs";

await ensurePackages();
await ensureToolchain();
const bindgen = await wasmBindgen();
const { build, transform } = await import("esbuild");

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
// The first kilobyte is the far end of the stack: nothing is looked for there. `strip` removes the list of features that
// the compiler used, so wasm-opt is told them.
const used = [
  "bulk-memory",
  "nontrapping-float-to-int",
  "sign-ext",
  "mutable-globals",
  "reference-types",
  "multivalue",
];

/**
 * Builds one of the two modules of the crate: itself into dist/, its glue and its bytes as text into target/glue/.
 * @param {string} name
 * @param {string[]} features arguments for Cargo
 */
async function buildModule(name, features) {
  // Of the two kinds of crate that Cargo.toml names, the module alone: Cargo leaves `lto` out, without a word, wherever an
  // rlib is made as well (rust-lang/cargo#9672).
  await run(
    "cargo",
    [
      ...["rustc", "--release", "--lib", "--crate-type", "cdylib", "--locked", ...features],
      ...["--target", "wasm32-unknown-unknown", "--target-dir", at("target/npm")],
      ...["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"],
    ],
    { env: { RUSTC_BOOTSTRAP: "1", CARGO_ENCODED_RUSTFLAGS: [...cfg, ...quiet, ...lean].join("\x1f") } },
  );
  await run(bindgen, [
    at("target/npm/wasm32-unknown-unknown/release/space_auth_wasm.wasm"),
    ...["--target", "web", "--omit-default-module-path", "--encode-into", "always"],
    ...["--experimental-reset-state-function", "--out-dir", glue, "--out-name", name],
  ]);
  // The glue warns of an old way to call it, in which nobody here does.
  const code = await readFile(join(glue, `${name}.js`), "utf8");
  await writeFile(join(glue, `${name}.js`), (await transform(code, { drop: ["console"] })).code);
  await run("npx", [
    "wasm-opt",
    // The loops and branches of what is small already are built anew, and that is made small.
    ...["-Oz", "--flatten", "--rereloop", "-Oz", "--converge", "--low-memory-unused"],
    ...["--one-caller-inline-max-function-size=150", "--strip-producers", "--strip-target-features"],
    ...used.map((feature) => `--enable-${feature}`),
    ...[join(glue, `${name}_bg.wasm`), "-o", join(dist, `${name}.wasm`)],
  ]);
  const bytes = await readFile(join(dist, `${name}.wasm`));
  await writeFile(join(glue, `${name}-text.js`), `export default ${JSON.stringify(encode(bytes))};\n`);
  return bytes.length;
}

await mkdir(dist, { recursive: true });
const sizes = [
  await buildModule("space_auth", []),
  await buildModule("space_auth_apps", ["--no-default-features", "--features", "apps"]),
];

const options = { bundle: true, format: "esm", target: "es2022", charset: "utf8", legalComments: "none" };

// One class of errors for all entries: whoever compares with it need not know which of them has thrown.
const AUTH_ERROR = "./auth-error.js";
const sharedErrors = {
  name: "shared-errors",
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/auth-error\.js$/, namespace: "file" }, ({ kind }) =>
      kind === "entry-point" ? undefined : { path: AUTH_ERROR, external: true },
    ),
};

/** The entries of the package: what they are made of, which module they carry, and how it comes to them. */
const ENTRIES = [
  ["index", "api.js", "space_auth", "source-inline.js"],
  ["slim", "api.js", "space_auth", "source-slim.js"],
  ["workerd", "api.js", "space_auth", "source-workerd.js"],
  ["apps", "apps/api.js", "space_auth_apps", "source-inline.js"],
  ["apps-workerd", "apps/api.js", "space_auth_apps", "apps/source-workerd.js"],
];
await build({ ...options, entryPoints: [at("npm/auth-error.js")], outfile: join(dist, AUTH_ERROR) });
for (const [entry, face, name, source] of ENTRIES) {
  await rm(join(dist, `${entry}.js`), { force: true });
  await build({
    ...options,
    entryPoints: [at("npm", face)],
    outfile: join(dist, `${entry}.js`),
    external: [`./${name}.wasm`],
    plugins: [sharedErrors],
    alias: {
      "#glue": join(glue, `${name}.js`),
      "#wasm-text": join(glue, `${name}-text.js`),
      "#source": at("npm", source),
    },
  });
}
for (const types of ["index.d.ts", "slim.d.ts", "apps.d.ts"])
  await copyFile(at("npm", types), join(dist, types));
console.log(`dist/ is ready; the modules have ${sizes.join(" and ")} bytes.`);
