// Firefox, without a window, by WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { ensureFirefox } from "../../../scripts/lib/browsers.mjs";
import { textOf } from "./call.mjs";

const PREFERENCES = {
  // Nothing but this machine is to be asked, whatever the environment or the system names as a proxy.
  "network.proxy.type": 0,
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
    evaluate: async (work, ...args) =>
      JSON.parse(
        await page.evaluate(`(async () => JSON.stringify(await ${textOf(work, args)}) ?? "null")()`),
      ),
  };
}
