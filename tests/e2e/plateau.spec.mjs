// What a page that lives for long keeps: no memory of the module, no timer, listener, channel or frame for what was
// used and left behind. The network is the page's own here, so that it is the library that is measured.
import { expect, test } from "./support/test.mjs";
import { leftovers, watchLeftovers } from "./support/site.mjs";

const CYCLES = 100_000;
const SESSIONS = 10_000;
const PAGE = 1 << 16;
const MIB = 1 << 20;

const SERVER = {
  authorizationEndpoint: "https://as.example/auth",
  tokenEndpoint: "https://as.example/token",
  apiBase: "https://as.example/api/",
};

/** Opens a page whose network answers at once, and whose module can be looked into. */
async function open(page, app) {
  await page.addInitScript(() => {
    const { addEventListener, removeEventListener } = EventTarget.prototype;
    // The counting would keep what it has counted, with all that hangs on it; the browser counts listeners, too.
    window.stopCounting = () =>
      Object.assign(EventTarget.prototype, { addEventListener, removeEventListener });
    const { Instance } = WebAssembly;
    WebAssembly.Instance = function (...given) {
      const instance = new Instance(...given);
      window.pages = () => instance.exports.memory.buffer.byteLength >> 16;
      return instance;
    };
    let serial = 0;
    let calls = 0;
    const json = (body, status = 200, headers = {}) =>
      new Response(JSON.stringify(body), {
        status,
        headers: { "content-type": "application/json", ...headers },
      });
    window.fetch = async (input) => {
      if (typeof input === "string") {
        serial += 1;
        const tokens = { access_token: `at-${serial}`, refresh_token: `rt-${serial}` };
        return json({ ...tokens, token_type: "Bearer", expires_in: 3600 });
      }
      calls += 1;
      // Now and then the token is refused, and another one is needed.
      const isRefused = calls % 1_000 === 0;
      return isRefused
        ? json({}, 401, { "www-authenticate": 'Bearer error="invalid_token"' })
        : json({ calls });
    };
    // That a secret is none in a browser is told in the console; there it would be kept.
    console.warn = () => {};
  });
  await watchLeftovers(page);
  await page.goto(app.origin);
  const devtools = await page.context().newCDPSession(page);

  /** What is there after all that nobody needs is gone. */
  return async () => {
    // What is collected tells its registry in a task of its own, which lets go of more; and whoever waited for a turn
    // may have a timer of half a second left.
    for (let time = 0; time < 3; time++) {
      await devtools.send("HeapProfiler.collectGarbage");
      await page.waitForTimeout(250);
    }
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    const { jsEventListeners } = await devtools.send("Memory.getDOMCounters");
    const pages = await page.evaluate(() => pages());
    return { pages, heap: usedSize, jsEventListeners, ...(await leftovers(page)) };
  };
}

/** Goes through all of it in ten parts; gives what was there after the first, the fifth and the last one. */
async function measured(part, look) {
  const seen = [];
  for (let tenth = 1; tenth <= 10; tenth++) {
    await part(tenth);
    seen.push(await look());
  }
  return [seen[0], seen[4], seen[9]];
}

function expectPlateau(name, [first, half, end]) {
  const figures = ({ pages, heap }) => `${(pages * PAGE) / 1024} KiB, heap ${(heap / MIB).toFixed(2)} MiB`;
  console.log(`${name}: ${[first, half, end].map(figures).join("; ")}`);
  const { heap, ...before } = half;
  const { heap: heapAtEnd, ...after } = end;
  expect(after).toEqual(before);
  expect(heapAtEnd - heap).toBeLessThan(MIB);
}

test(`N05 N06: ${CYCLES} calls of one session`, async ({ page, app }) => {
  test.setTimeout(180_000);
  const look = await open(page, app);
  await page.evaluate(async (server) => {
    const { password } = await lib();
    window.session = await password({ server, clientId: "spa", username: "alice", password: "x" });
    await (await session.fetch("x")).text();
  }, SERVER);
  const start = await look();
  await page.evaluate(() => stopCounting());
  const seen = await measured(
    () =>
      page.evaluate(async (times) => {
        const once = async () => (await session.fetch("x")).text();
        for (let i = 0; i < times; i += 100) await Promise.all(Array.from({ length: 100 }, once));
      }, CYCLES / 10),
    look,
  );
  expectPlateau(`${CYCLES} calls`, seen);
  const { pages: _, heap: __, ...before } = start;
  expect(seen[2]).toMatchObject(before);
});

test(`N05 N06 N07: ${SESSIONS} sessions, left or forgotten`, async ({ page, app }) => {
  test.setTimeout(180_000);
  const look = await open(page, app);
  await page.evaluate(async () => void (await lib()).init());
  await page.evaluate((server) => {
    let serial = 0;
    /** One of each kind; what is not logged out is forgotten. */
    window.round = async () => {
      const { login, password, clientCredentials, permanentToken } = await lib();
      const number = (serial += 1);
      const client = { server, clientId: `client ${number}` };
      const isLeft = number % 2 === 0;

      const permanent = await permanentToken({ server, token: `permanent-${number}` });
      await permanent.accessToken();
      if (isLeft) await permanent.logout();

      await password({ ...client, username: "alice", password: "x" });
      const checked = await login({ ...client, mode: "check" });
      checked.on("refreshed", () => {})();
      await checked.refresh();
      if (isLeft) {
        checked.on("signedout", () => {});
        void checked.signal;
        await checked.logout();
      }

      const secret = { ...client, clientSecret: "secret" };
      const application = await clientCredentials({ ...secret, storage: "session" });
      if (!isLeft) await application.logout();
    };
  }, SERVER);
  await page.evaluate(() => round());
  const start = await look();
  await page.evaluate(() => stopCounting());
  // Four in each round.
  const seen = await measured(
    () =>
      page.evaluate(async (rounds) => {
        for (let i = 0; i < rounds; i += 10) {
          await Promise.all(Array.from({ length: 10 }, () => round()));
          // What was forgotten is still stored; a page would find it again after a reload.
          sessionStorage.clear();
        }
      }, SESSIONS / 40),
    look,
  );
  expectPlateau(`${SESSIONS} sessions`, seen);
  const { pages: _, heap: __, ...before } = start;
  expect(seen[2]).toMatchObject(before);
});
