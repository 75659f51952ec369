// Many tabs of one session, all of them busy when the access token expires.
import { startPeer, usePeer } from "./support/peer.mjs";
import { answerInPage, rotate } from "./support/rotating.mjs";
import { join, openTab } from "./support/tabs.mjs";
import { client, expect, isAnswer, signIn, test } from "./support/test.mjs";

const TABS = 20;
const CALLS = 200;
const EXPIRIES = 5;
/** The life, in seconds, of tokens that are not to expire. */
const LONG = 3600;

// The machine's cores are for one crowd at a time.
test.describe.configure({ mode: "default" });
test.setTimeout(180_000);

const table = [];
test.afterAll(() => console.table(table));

/** In the page: calls of the API at the same moment; the outcomes of those that failed, or never came. */
const burst = async ({ at, count }) => {
  await new Promise((resolve) => setTimeout(resolve, at - Date.now()));
  const late = new Promise((resolve) => setTimeout(() => resolve("hangs"), 40_000));
  const outcomes = await Promise.all(
    Array.from({ length: count }, () => {
      const outcome = callApi().then(
        ({ status }) => status,
        (error) => error.code ?? error.message,
      );
      return Promise.race([outcome, late]);
    }),
  );
  return outcomes.filter((outcome) => outcome !== 200);
};

/** The same in all tabs; how long it took, and what failed. */
async function burstOf(tabs, at = Date.now() + 500) {
  const failed = await Promise.all(tabs.map((tab) => tab.evaluate(burst, { at, count: CALLS })));
  return { took: Date.now() - at, failed: failed.flat() };
}

/** How many processes the browser's pages run in. */
async function renderers(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  return processInfo.filter(({ type }) => type === "renderer").length;
}

/**
 * As long a life for the tokens, in seconds, that none of them expires twice in a burst, however slow the machine: both
 * libraries renew them when a third is left. With these the timer of the other one, which looks at the clock every five
 * seconds, is on time.
 */
const lifeFor = (milliseconds) => [8, 15, 30].find((life) => 250 * life > milliseconds) ?? 60;
const ahead = (life) => life - 5 * Math.floor((2 * life) / 15);

/**
 * Lets the token expire under the tabs, and lets them all call the API at once, again and again. `restart` begins a
 * session of tokens with such a life, in all tabs.
 */
async function expire({ library, browser, rules, tabs, restart }) {
  // The first burst is of code that has never run.
  const bursts = [await burstOf(tabs), await burstOf(tabs)];
  expect(bursts.flatMap(({ failed }) => failed)).toEqual([]);
  rules.life = lifeFor(bursts[1].took);
  console.log(`${library}: a burst takes ${bursts[1].took} ms; tokens live ${rules.life} s`);
  test.setTimeout(120_000 + 2_000 * EXPIRIES * rules.life);
  await restart(rules.life);
  rules.reset();

  const expiries = [];
  for (let expiry = 0; expiry < EXPIRIES; expiry++) {
    const { refreshes, replayed } = rules;
    const { took, failed } = await burstOf(tabs, Math.max(rules.expiry, Date.now()) + 300);
    const count = { refreshes: rules.refreshes - refreshes, replayed: rules.replayed - replayed };
    expiries.push({ ...count, failed: failed.length, "burst, ms": took });
    if (failed.length && rules.isLost) await restart(rules.life);
  }
  const row = {
    library,
    refreshes: rules.refreshes,
    replayed: rules.replayed,
    "failed requests": expiries.reduce((sum, { failed }) => sum + failed, 0),
    "sessions lost": rules.lost,
  };
  table.push(row);
  console.log(`${library}: ${TABS} tabs in ${await renderers(browser)} renderer processes`);
  console.table(expiries);
  return row;
}

/** Opens the tabs of this library. */
async function openTabs(context, app, as) {
  const options = client(as, { storage: "local" });
  await context.addInitScript(answerInPage, as.server.apiBase);
  const tabs = [];
  while (tabs.length < TABS) {
    const tab = await openTab(context, app);
    if (tabs.length) await join(tab, options);
    else await signIn(tab, app, options);
    await tab.evaluate(() => (window.callApi = () => session.fetch("x", { cache: "no-store" })));
    tabs.push(tab);
  }
  return { tabs, restart: () => tabs[0].evaluate(() => session.refresh()) };
}

/** Opens those of the other one. */
async function openPeerTabs(context, peer, as) {
  await context.addInitScript(answerInPage, as.server.apiBase);
  const tabs = [];
  while (tabs.length < TABS) tabs.push(await context.newPage());
  const restart = async (life) => {
    const settings = { url: as.url, apiBase: as.server.apiBase, ahead: ahead(life) };
    const [first, ...others] = tabs;
    await first.goto(peer.origin);
    await first.evaluate(usePeer, settings);
    await first.evaluate(() => void users.signinRedirect());
    await first.waitForURL(isAnswer(peer));
    await first.evaluate(usePeer, settings);
    await first.evaluate(() => users.signinCallback());
    await first.evaluate(() => history.replaceState(null, "", "/"));
    await Promise.all(
      others.map(async (tab) => {
        await tab.goto(peer.origin);
        await tab.evaluate(usePeer, settings);
      }),
    );
  };
  await restart(LONG);
  return { tabs, restart };
}

test("E02 E03 E07 T06: 20 tabs x 200 calls x 5 expiries: 5 refreshes", async ({
  browser,
  context,
  app,
  as,
}) => {
  const rules = rotate(as, LONG);
  const crowd = await openTabs(context, app, as);
  expect(await expire({ library: "space-auth-wasm", browser, rules, ...crowd })).toMatchObject({
    refreshes: EXPIRIES,
    replayed: 0,
    "failed requests": 0,
    "sessions lost": 0,
  });
});

test("E06 T06: the same without Web Locks: at most 10", async ({ browser, context, app, as }) => {
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
  });
  const rules = rotate(as, LONG);
  const crowd = await openTabs(context, app, as);
  const row = await expire({ library: "space-auth-wasm, no Web Locks", browser, rules, ...crowd });
  expect(row).toMatchObject({ "failed requests": 0, "sessions lost": 0 });
  expect(row.refreshes).toBeLessThanOrEqual(2 * EXPIRIES);
});

test("E02 T06: the same with oidc-client-ts, to compare", async ({ browser, context, as }) => {
  const rules = rotate(as, LONG);
  const peer = await startPeer();
  const crowd = await openPeerTabs(context, peer, as);
  await expire({ library: "oidc-client-ts", browser, rules, ...crowd });
  await peer.close();
});
