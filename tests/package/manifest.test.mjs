// What npm gets: the manifest and the packed files.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { publint } from "publint";
import { formatMessage } from "publint/utils";

const root = fileURLToPath(new URL("../../", import.meta.url));
const manifest = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
const folder = await mkdtemp(join(tmpdir(), "space-auth-wasm-"));
after(() => rm(folder, { recursive: true }));

const run = (command, ...given) => promisify(execFile)(command, given, { cwd: root, maxBuffer: 1 << 24 });
const { stdout } = await run("npm", "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
const [packed] = JSON.parse(stdout);
const tarball = join(folder, packed.filename);
const files = packed.files.map(({ path }) => path).sort();

test("the tarball holds these files and no others", () => {
  assert.deepEqual(files, [
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "dist/apps-workerd.js",
    "dist/apps.d.ts",
    "dist/apps.js",
    "dist/auth-error.js",
    "dist/index.d.ts",
    "dist/index.js",
    "dist/slim.d.ts",
    "dist/slim.js",
    "dist/space_auth.wasm",
    "dist/space_auth_apps.wasm",
    "dist/workerd.js",
    "package.json",
  ]);
});

test("P02 no dependency and no script runs at install", () => {
  for (const kind of [
    "dependencies",
    "peerDependencies",
    "optionalDependencies",
    "bundledDependencies",
    "bundleDependencies",
  ]) {
    assert.deepEqual(Object.keys(manifest[kind] ?? {}), [], kind);
  }
  for (const script of [
    "preinstall",
    "install",
    "postinstall",
    "prepublish",
    "preprepare",
    "prepare",
    "postprepare",
  ]) {
    assert.equal(manifest.scripts?.[script], undefined, script);
  }
});

test("every way to find the entry leads to it, types first", () => {
  assert.equal(manifest.type, "module");
  assert.equal(manifest.sideEffects, false);
  assert.deepEqual(
    [manifest.main, manifest.module, manifest.types],
    ["./dist/index.js", "./dist/index.js", "./dist/index.d.ts"],
  );
  const { exports } = manifest;
  assert.deepEqual(Object.entries(exports["."]), [
    ["types", "./dist/index.d.ts"],
    ["workerd", "./dist/workerd.js"],
    ["default", "./dist/index.js"],
  ]);
  assert.deepEqual(Object.entries(exports["./slim"]), [
    ["types", "./dist/slim.d.ts"],
    ["default", "./dist/slim.js"],
  ]);
  assert.deepEqual(Object.entries(exports["./apps"]), [
    ["types", "./dist/apps.d.ts"],
    ["workerd", "./dist/apps-workerd.js"],
    ["default", "./dist/apps.js"],
  ]);
  for (const name of ["space_auth.wasm", "space_auth_apps.wasm"]) {
    assert.equal(exports[`./${name}`], `./dist/${name}`);
  }
  for (const target of Object.values(exports).flatMap((entry) =>
    typeof entry === "string" ? entry : Object.values(entry),
  )) {
    assert.ok(files.includes(target.slice(2)), `${target} is in the package`);
  }
});

test("the manifest says who may use it, and from which Node on", () => {
  assert.equal(manifest.license, "MIT OR Apache-2.0");
  assert.match(manifest.engines.node, /^>=20/);
  assert.match(manifest.version, /^\d+\.\d+\.\d+/);
});

test("publint, strict, finds nothing", async () => {
  const bytes = await readFile(tarball);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  const own = pkg ?? manifest;
  assert.deepEqual(
    messages.map((message) => `${message.type}: ${formatMessage(message, own, { color: false })}`),
    [],
  );
});

test("the packed entry is importable by its name", async () => {
  await run("tar", "-xzf", tarball, "-C", folder);
  const text = `
    import { readFileSync } from "node:fs";
    const lib = await import("space-auth-wasm");
    const slim = await import("space-auth-wasm/slim");
    await lib.init();
    await slim.init(readFileSync(new URL(import.meta.resolve("space-auth-wasm/space_auth.wasm"))));
    const options = { server: "https://a.example", clientId: "c", redirectUri: "https://b.example/", state: "s" };
    for (const { buildAuthorizationUrl } of [lib, slim]) console.log(new URL(buildAuthorizationUrl(options).url).pathname);
  `;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", text], {
    // A package may import itself by its own name.
    cwd: join(folder, "package"),
  });
  assert.deepEqual(stdout.trim().split("\n"), ["/oauth/auth", "/oauth/auth"]);
});
