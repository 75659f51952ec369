import { spawn } from "node:child_process";

import { root } from "./run.mjs";
import { wasmBindgen } from "./tools.mjs";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"];

/**
 * Runs the tests of tests/browser/ in headless Chromium: the runner serves them as a page, which is opened here, so
 * that no driver of the very version of the browser is needed.
 * @param {string} executablePath of Chromium
 * @returns {Promise<string>} what the page says
 */
export async function runWasmTests(executablePath) {
  const runner = await wasmBindgen("wasm-bindgen-test-runner");
  const server = spawn("cargo", ["test", "--target", "wasm32-unknown-unknown", "--test", "browser"], {
    cwd: root,
    env: {
      ...process.env,
      CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner,
      NO_HEADLESS: "1",
      WASM_BINDGEN_TEST_ADDRESS: "127.0.0.1:0",
    },
    detached: true,
  });
  // Installed by the set-up, which has run by now.
  const { chromium } = await import("@playwright/test");
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
  try {
    const page = await browser.newPage();
    await page.goto(await addressOf(server));
    await page.waitForFunction(() => document.body.innerText.includes("test result:"), undefined, {
      timeout: 120_000,
    });
    return await page.evaluate(() => document.body.innerText);
  } finally {
    await browser.close();
    try {
      process.kill(-server.pid);
    } catch {
      // It has ended by itself.
    }
  }
}

/** @param {import("node:child_process").ChildProcess} server */
function addressOf(server) {
  return new Promise((resolve, reject) => {
    let output = "";
    const read = (chunk) => {
      output += chunk;
      const address = /http:\/\/[\d.:]+/.exec(output)?.[0];
      if (address) resolve(address);
    };
    server.stdout.on("data", read);
    server.stderr.on("data", read);
    server.on("close", () => reject(new Error(`The tests could not be served:\n${output}`)));
  });
}
