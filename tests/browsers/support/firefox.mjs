// Firefox, without a window, by WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { ensureFirefox } from "../../../scripts/lib/browsers.mjs";
import { textOf } from "./call.mjs";

// All but this machine is asked by a proxy that is not there: Firefox has many things to look up when it starts.
const PREFERENCES = {
  "network.proxy.type": 1,
  "network.proxy.http": "127.0.0.1",
  "network.proxy.http_port": 9,
  "network.proxy.ssl": "127.0.0.1",
  "network.proxy.ssl_port": 9,
};

/** @returns {Promise<import("./driver.d.ts").Browser>} */
export async function startFirefox() {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: await ensureFirefox(),
    extraPrefsFirefox: PREFERENCES,
  });
  return {
    version: async () => (await browser.version()).replace(/^\w+\//, ""),
    // A window of its own: what is in the background may be slowed down.
    open: async () => tabOf(await browser.newPage({ type: "window" })),
    close: () => browser.close(),
  };
}

/** @param {import("puppeteer-core").Page} page */
function tabOf(page) {
  return {
    goto: async (url) => void (await page.goto(url)),
    click: (selector) => page.click(selector),
    evaluate: async (work, ...args) =>
      JSON.parse(
        await page.evaluate(`(async () => JSON.stringify(await ${textOf(work, args)}) ?? "null")()`),
      ),
  };
}
