// How a page is for people who cannot see it, or use no mouse.
import axe from "axe-core";
import { expect } from "@playwright/test";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"];

/** What axe-core finds fault with, by rule and place. It is evaluated from outside, past the page's policy. */
export async function violations(page) {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe.source);
  return page.evaluate(async (tags) => {
    // What fades in has its colours in the end.
    for (const animation of document.getAnimations()) animation.finish();
    const how = { runOnly: tags, rules: { "target-size": { enabled: true } } };
    const { violations } = await window["axe"].run(document, how);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
    );
  }, RULES);
}

/** Presses Tab until something has the focus; it must have been reached by then. */
export async function tabTo(page, target, most = 40) {
  for (let presses = 0; presses < most; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  await expect(target).toBeFocused();
}
