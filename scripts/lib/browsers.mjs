import { probe, run } from "./run.mjs";

/** @param {string} message */
function say(message) {
  console.log(`\x1b[1m▸ ${message}\x1b[0m`);
}

const FIREFOX = ["firefox-esr", "firefox"];

/** The path of a Firefox for the tests: FIREFOX_PATH, the system's, else one that is installed now. */
export async function ensureFirefox() {
  const path = process.env.FIREFOX_PATH;
  if (path) return path;
  const found = await which(FIREFOX);
  if (found) return found;
  await install("Firefox", ["firefox-esr"], "FIREFOX_PATH");
  return needed(await which(FIREFOX), "Firefox", "FIREFOX_PATH");
}

const WEBKIT_PACKAGES = ["webkit2gtk-driver", "xvfb"];

/** @typedef {{ driver: string, browser: string, display: string }} WebKit paths of WebKitWebDriver, MiniBrowser and Xvfb */

/**
 * What WebKitGTK needs to be driven: its driver (WEBKIT_DRIVER, else the system's), its MiniBrowser and, as that has
 * no mode without a window, a virtual display. What is missing is installed now.
 * @returns {Promise<WebKit>}
 */
export async function ensureWebKit() {
  const found = await findWebKit();
  if (found) return found;
  await install("WebKit", WEBKIT_PACKAGES, "WEBKIT_DRIVER");
  return needed(await findWebKit(), "WebKit", "WEBKIT_DRIVER");
}

async function findWebKit() {
  const driver = process.env.WEBKIT_DRIVER || (await which(["WebKitWebDriver"]));
  const browser = await findMiniBrowser();
  const display = await which(["Xvfb"]);
  return driver && browser && display ? { driver, browser, display } : undefined;
}

/** It is no command of its own: distributions keep it with the library, in a folder that has its version in it. */
async function findMiniBrowser() {
  const onPath = await which(["MiniBrowser"]);
  if (onPath) return onPath;
  const listed = (await probe("dpkg", ["-S", "*/MiniBrowser"])) ?? "";
  return /^\S+: (\/\S+\/MiniBrowser)$/m.exec(listed)?.[1];
}

/** @param {string[]} names of commands */
async function which(names) {
  for (const name of names) {
    const path = (await probe("which", [name]))?.trim();
    if (path) return path;
  }
  return undefined;
}

/**
 * Installs packages of the system, where that can be done without asking anybody.
 * @param {string} what
 * @param {string[]} packages
 * @param {string} variable that names one which is there already
 */
async function install(what, packages, variable) {
  const isDebian = (await probe("apt-get", ["--version"])) !== undefined;
  if (!isDebian || process.getuid?.() !== 0) {
    throw new Error(`${what} is needed: install ${packages.join(" and ")}, or set ${variable}`);
  }
  say(`Installing ${what} (about 20 s, once)`);
  await run("apt-get", ["update", "-qq"]);
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], {
    env: { DEBIAN_FRONTEND: "noninteractive" },
    quiet: true,
  });
}

/**
 * @template T
 * @param {T | undefined} found
 * @param {string} what
 * @param {string} variable
 */
function needed(found, what, variable) {
  if (found) return found;
  throw new Error(`${what} was installed, but is not found: set ${variable}`);
}
