// Many windows one after the other, and what is left of them.
import { BLOCKER, severing } from "./support/popup.mjs";
import { client, expect } from "./support/test.mjs";
import { leftovers, logInPage, test, watchLeftovers } from "./support/site.mjs";

test.use(BLOCKER);

test("I04 I05 N07: 200 windows leave nothing behind", async ({ page, context, site, as }) => {
  test.setTimeout(180_000);
  const server = severing(as);
  const common = { storage: "memory", timeout: 10_000 };
  const quick = site.redirectPage(client(as, { server, clientId: "quick", ...common }), "/quick");
  const slow = site.redirectPage(client(as, { server: logInPage(as), clientId: "slow", ...common }), "/slow");
  await watchLeftovers(page);
  await page.goto(site.origin);
  await page.evaluate(() => {
    window.outcomes = [];
    const { open } = window;
    window.signIn = (options, isBlocked) => {
      window.open = isBlocked ? () => null : open;
      // In this very task: the next call may be one whose window is not to be blocked.
      const signingIn = window.login({ mode: "popup", ...options });
      signingIn.catch(() => {});
      const done = outcome(async () => {
        const session = await signingIn;
        const { signedIn } = session;
        await session.logout();
        return signedIn;
      });
      outcomes.push(done);
      return outcomes.length - 1;
    };
  });
  await page.evaluate(
    async ([quick, slow]) => {
      ({ login: window.login } = await lib());
      for (const options of [quick, slow]) await window.login({ ...options, mode: "check" });
    },
    [quick, slow],
  );
  const start = (options, isBlocked) =>
    page.evaluate(([options, isBlocked]) => window.signIn(options, isBlocked), [options, isBlocked]);
  const ended = (index) => page.evaluate((index) => outcomes[index], index);
  const before = await leftovers(page);

  // Several at the same time: a closed window is noticed slowly.
  const under = async (options) => {
    const event = context.waitForEvent("page");
    const index = await start(options, false);
    return [index, await event];
  };
  const shown = [];
  const closing = [];
  const expected = [];
  const closeFirst = async () => {
    const [index, popup] = shown.shift();
    await popup.close();
    closing.push(index);
    if (closing.length > 6) await ended(closing.shift());
  };
  for (let round = 0; round < 67; round += 1) {
    await start(quick, true);
    const [last, popup] = await under(slow);
    shown.push([last, popup]);
    expected.push("popup_blocked", "popup_closed");
    await popup.getByRole("button").waitFor();
    if (round < 66) {
      const [coming] = await under(quick);
      await ended(coming);
      expected.push(true);
    }
    // A user needs a moment to close a window.
    if (shown.length > 2) await closeFirst();
  }
  while (shown.length > 0) await closeFirst();
  const outcomes = await page.evaluate(() => Promise.all(window.outcomes));
  expect(outcomes.length).toBe(200);
  expect(outcomes.map(({ value, code }) => value ?? code)).toEqual(expected);
  await expect.poll(() => context.pages().length).toBe(1);
  await expect.poll(() => leftovers(page)).toEqual(before);
  expect(as.codes).toBe(66);
});
