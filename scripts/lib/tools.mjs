import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

import { probe, root, run } from "./run.mjs";

const TOOLS = join(root, ".tools");

/** The version of wasm-bindgen that Cargo.toml pins: the tool must be of the very same. */
function pinnedVersion() {
  const manifest = readFileSync(join(root, "Cargo.toml"), "utf8");
  return /^wasm-bindgen = "=([\d.]+)"/m.exec(manifest)[1];
}

/** @param {string} message */
function say(message) {
  console.log(`\x1b[1m▸ ${message}\x1b[0m`);
}

/** npm packages as the lock file names them. */
export async function ensurePackages() {
  const installed = join(root, "node_modules/.package-lock.json");
  const isCurrent = existsSync(installed) && statOf(installed) >= statOf(join(root, "package-lock.json"));
  if (isCurrent) return;
  say("Installing npm packages (about 10 s)");
  await run("npm", ["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
}

/** @param {string} file */
function statOf(file) {
  return statSync(file).mtimeMs;
}

/** The toolchain of rust-toolchain.toml with its target; rustup does nothing when it is there. */
export async function ensureToolchain() {
  if ((await probe("rustup", ["--version"])) === undefined) {
    throw new Error("rustup is needed: see https://rustup.rs");
  }
  // The first call installs the pinned toolchain itself, if rustup does not have it.
  await run("rustup", ["show", "active-toolchain"], { quiet: true });
  for (const [kind, name] of [
    ["target", "wasm32-unknown-unknown"],
    ["component", "rust-src"],
    ["component", "rustfmt"],
    ["component", "clippy"],
  ]) {
    const installed = await run("rustup", [kind, "list", "--installed"], { quiet: true });
    if (installed.includes(name)) continue;
    say(`Adding the Rust ${kind} ${name}`);
    await run("rustup", [kind, "add", name]);
  }
}

/**
 * The path of `wasm-bindgen` or `wasm-bindgen-test-runner`, built once into the project's own folder.
 * @param {string} name
 */
export async function wasmBindgen(name = "wasm-bindgen") {
  const version = pinnedVersion();
  const local = join(TOOLS, "bin", name);
  for (const candidate of [local, name]) {
    const found = await probe(candidate, ["--version"]);
    if (found?.includes(version)) return candidate;
  }
  say(`Building wasm-bindgen ${version} (2 to 4 minutes, once)`);
  // Its speed matters less than the time to build it.
  const env = {
    CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
    CARGO_PROFILE_RELEASE_LTO: "off",
    CARGO_TARGET_DIR: join(TOOLS, "target"),
  };
  await run("cargo", ["install", "wasm-bindgen-cli", "--version", version, "--root", TOOLS], { env });
  return local;
}

const CHROMIUM = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** The path of a Chromium for the tests: the system's, else one that is installed now. */
export async function ensureChromium() {
  const found = await findChromium();
  if (found) return found;
  say("Installing Chromium (about 1 minute, once)");
  const isDebian = (await probe("apt-get", ["--version"])) !== undefined;
  if (isDebian && process.getuid?.() === 0) {
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "chromium"], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      quiet: true,
    });
  } else {
    await run("npx", ["playwright", "install", "chromium"]);
  }
  return findChromium();
}

async function findChromium() {
  if (process.env.CHROME_PATH) return process.env.CHROME_PATH;
  for (const name of CHROMIUM) {
    const path = (await probe("which", [name]))?.trim();
    if (path) return path;
  }
  const { chromium } = await import("@playwright/test");
  const bundled = chromium.executablePath();
  return existsSync(bundled) ? bundled : undefined;
}
