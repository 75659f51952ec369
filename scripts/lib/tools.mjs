import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
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

const PYTHON_PACKAGES = join(root, "tests/servers/authlib/requirements.txt");

/** The path of a Python that has the packages of the Authlib server, in an environment made once per their list. */
export async function ensurePython() {
  const packages = readFileSync(PYTHON_PACKAGES);
  const digest = createHash("sha256").update(packages).digest("hex").slice(0, 12);
  const environment = join(TOOLS, `python-${digest}`);
  const python = pythonIn(environment);
  if (await isPython(python)) return python;
  say("Installing the Python packages of the Authlib server (about 15 s, once)");
  const base = await ensureVenv();
  // Made aside and moved, so that a broken one is never used, and two runs at once do not meet.
  await rm(environment, { recursive: true, force: true });
  await mkdir(TOOLS, { recursive: true });
  const fresh = await mkdtemp(`${environment}-`);
  try {
    await run(base, ["-m", "venv", fresh], { quiet: true });
    const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
    await run(pythonIn(fresh), [
      "-m",
      "pip",
      "install",
      ...quiet,
      "--only-binary=:all:",
      "-r",
      PYTHON_PACKAGES,
    ]);
    await rename(fresh, environment);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    if (!(await isPython(python))) throw error;
  }
  return python;
}

/** @param {string} environment */
function pythonIn(environment) {
  return process.platform === "win32"
    ? join(environment, "Scripts/python.exe")
    : join(environment, "bin/python");
}

/** @param {string} command */
async function isPython(command) {
  return (await probe(command, ["--version"])) !== undefined;
}

/** A Python that can make environments: the system's, else one that is installed now. */
async function ensureVenv() {
  const found = await findVenv();
  if (found) return found;
  const isDebian = (await probe("apt-get", ["--version"])) !== undefined;
  if (isDebian && process.getuid?.() === 0) {
    say("Installing Python (about 20 s, once)");
    await run("apt-get", ["update", "-qq"]);
    await run("apt-get", ["install", "-y", "-qq", "python3", "python3-venv"], {
      env: { DEBIAN_FRONTEND: "noninteractive" },
      quiet: true,
    });
  }
  const installed = await findVenv();
  if (!installed) throw new Error("Python 3.10 or later with venv is needed: see https://www.python.org");
  return installed;
}

async function findVenv() {
  // Debian's Python has `venv` without `ensurepip`, and cannot make an environment with it.
  const check = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  for (const name of ["python3", "/usr/bin/python3", "python"]) {
    if ((await probe(name, ["-c", check])) !== undefined) return name;
  }
  return undefined;
}
