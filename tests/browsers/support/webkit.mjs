// WebKit, in the MiniBrowser of WebKitGTK on a display that nobody sees, by WebDriver.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Builder, By, Capabilities } from "selenium-webdriver";
import { ensureWebKit } from "../../../scripts/lib/browsers.mjs";
import { textOf } from "./call.mjs";
import { start, stopAll } from "./child.mjs";
import { until } from "./until.mjs";

/** How often a call is asked whether it has ended, in milliseconds. */
const INTERVAL = 10;

/** @returns {Promise<import("./driver.d.ts").Browser>} */
export async function startWebKit() {
  const paths = await ensureWebKit();
  const home = await mkdtemp(path.join(tmpdir(), "space-auth-webkit-"));
  const stop = async () => {
    await stopAll();
    await rm(home, { recursive: true, force: true });
  };
  try {
    const display = await startDisplay(paths.display);
    const url = await startDriver(paths.driver, display, home);
    const driver = await connect(url, paths.browser);
    return { ...(await browserOf(driver)), close: () => driver.quit().finally(stop) };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {string} command
 * @returns {Promise<string>} the display's name
 */
async function startDisplay(command) {
  const screen = ["-screen", "0", "1280x800x24", "-nolisten", "tcp"];
  // It finds a number that is free, and says which in the file descriptor 3.
  const server = start(command, ["-displayfd", "3", ...screen], {}, ["ignore", "ignore", "ignore", "pipe"]);
  const [number] = await Promise.race([once(server.child.stdio[3], "data"), server.failure]);
  return `:${String(number).trim()}`;
}

/**
 * @param {string} command
 * @param {string} display
 * @param {string} home a folder for what it writes
 * @returns {Promise<string>} the driver's URL
 */
async function startDriver(command, display, home) {
  const port = await freePort();
  const env = {
    DISPLAY: display,
    HOME: home,
    XDG_RUNTIME_DIR: home,
    // There is no desktop to talk to, and no graphics card.
    NO_AT_BRIDGE: "1",
    GSETTINGS_BACKEND: "memory",
    LIBGL_ALWAYS_SOFTWARE: "1",
    // Nothing but this machine is to be asked.
    no_proxy: "localhost,127.0.0.1",
  };
  const service = start(command, ["--host=127.0.0.1", `--port=${port}`], env);
  const url = `http://127.0.0.1:${port}`;
  const isReady = async () => (await fetch(`${url}/status`)).ok;
  await Promise.race([until("WebKitWebDriver answers", isReady), service.failure]);
  return url;
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/**
 * @param {string} url of the driver
 * @param {string} binary of the browser
 */
function connect(url, binary) {
  const capabilities = new Capabilities({
    browserName: "MiniBrowser",
    "webkitgtk:browserOptions": { binary, args: ["--automation"] },
  });
  return new Builder().usingServer(url).withCapabilities(capabilities).build();
}

/** @param {import("selenium-webdriver").WebDriver} driver */
async function browserOf(driver) {
  // It stays, as others are opened from it.
  const first = await driver.getWindowHandle();
  let last = Promise.resolve();
  // A session of WebDriver has one current window, and does one thing after the other.
  const inTurn = (work) => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    version: async () => (await driver.getCapabilities()).getBrowserVersion(),
    open: () =>
      inTurn(async () => {
        await driver.switchTo().window(first);
        // A window of its own: what is in the background may be slowed down.
        await driver.switchTo().newWindow("window");
        return tabOf(driver, await driver.getWindowHandle(), inTurn);
      }),
  };
}

let serial = 0;

/**
 * @param {import("selenium-webdriver").WebDriver} driver
 * @param {string} handle
 * @param {(work: () => Promise<any>) => Promise<any>} inTurn
 */
function tabOf(driver, handle, inTurn) {
  const here = (work) =>
    inTurn(async () => {
      await driver.switchTo().window(handle);
      return work();
    });

  /** Starts the call, and then asks for its end, so that calls in other tabs can start meanwhile. */
  async function evaluate(work, ...args) {
    const job = `job-${(serial += 1)}`;
    let answer = await here(() => driver.executeScript(begin(job, textOf(work, args))));
    while (answer && !answer.json) {
      if (answer.error) throw new Error(answer.error);
      await sleep(INTERVAL);
      answer = await here(() => driver.executeScript(look, job));
    }
    if (!answer) throw new Error("The page was left before its function had ended");
    return JSON.parse(answer.json);
  }

  return {
    goto: (url) => here(() => driver.get(url)),
    click: (selector) => here(() => driver.findElement(By.css(selector)).click()),
    evaluate,
  };
}

/**
 * A script that has the answer at once, unless it has to be awaited: the page may be about to leave.
 * @param {string} job
 * @param {string} call
 */
const begin = (job, call) => `const result = ${call};
  const text = (value) => JSON.stringify(value) ?? "null";
  if (typeof result?.then !== "function") return { json: text(result) };
  const jobs = (window.driverJobs ??= {});
  const job = (jobs["${job}"] = {});
  result.then(text).then((json) => (job.json = json), (error) => (job.error = String(error)));
  return job;`;

const look = function (job) {
  return window.driverJobs?.[job] ?? null;
};
