// A page whose process is killed in the middle of a refresh, and the next one that is opened. The server takes each
// refresh token once. Where it has used one up and its answer was not stored, nobody knows the new one: that session is
// lost with any client. Everywhere else it goes on.
import { rotate } from "./support/rotating.mjs";
import { startScripted } from "./support/scripted.mjs";
import { kill, processOf, stops } from "./support/stops.mjs";
import { openTab } from "./support/tabs.mjs";
import { client, expect, reply, resume, signIn, test as base } from "./support/test.mjs";

const test = base.extend({
  /** Where stopped pages hang: under another name, so that they take no connection from the server. */
  control: async ({}, use) => {
    const server = await startScripted({ host: "localhost" });
    await use(server);
    await server.close();
  },
});

// One after the other: times are measured.
test.describe.configure({ mode: "default" });

const table = [];
test.afterAll(() => console.table(table));

const HEAD = { "Access-Control-Allow-Origin": "*", "Content-Type": "application/json" };

/** What the server does with a refresh; `stopped` says that the time to kill has come. */
const SERVER = {
  "holds the request": (rules, request, res, stopped) => stopped(),
  "holds the answer": (rules, request, res, stopped) => {
    rules.process(request);
    stopped();
  },
  "sends the head": (rules, request, res) => {
    res.writeHead(200, HEAD);
    rules.process(request);
    res.flushHeaders();
  },
  "sends half": (rules, request, res) => {
    const text = JSON.stringify(rules.process(request)[1]);
    res.writeHead(200, { ...HEAD, "Content-Length": text.length });
    res.write(text.slice(0, text.length / 2));
  },
};

/** By the numbers of requirement T07: where the page stops, or what the server does; and what must come of it. */
const POINTS = [
  { point: "1", stopAt: "before the lock", survives: true },
  { point: "2", stopAt: "lock held", survives: true },
  { point: "3", stopAt: "request queued", survives: true },
  { point: "4", server: "holds the request", survives: true },
  { point: "5", server: "holds the answer", survives: false },
  { point: "6", server: "sends the head", stopAt: "first byte", survives: false },
  { point: "7", server: "sends half", stopAt: "half the body", survives: false },
  { point: "8", stopAt: "parsed", survives: false },
  { point: "9", stopAt: "before persist", survives: false },
  { point: "10", stopAt: "after persist", survives: true },
  // With "local" the browser itself tells the other tabs what was stored; what is left is to give the turn back, and to
  // answer the callers.
  { point: "11", stopAt: "before the turn is given back", survives: true },
  { point: "12", stopAt: "callers told", survives: true },
  // With a store of the app's own it is the library that tells them.
  { point: "11, own store", stopAt: "before broadcast", storage: "custom", survives: true },
  { point: "12, own store", stopAt: "after broadcast", storage: "custom", survives: true },
];

/** Takes all connections that the browser has for the server, so that the next request waits; gives what frees them. */
async function occupy(context, app, as) {
  const held = [];
  as.routes["/hold"] = (request, res) => held.push(res);
  const page = await openTab(context, app);
  await page.evaluate((url) => {
    for (let request = 0; request < 6; request++) void fetch(`${url}/hold`, { cache: "no-store" });
  }, as.url);
  await expect.poll(() => held.length).toBe(6);
  return async () => {
    for (const res of held) reply(res, 200);
    // Whatever was in the queue has been sent by now.
    expect(await page.evaluate((url) => fetch(`${url}/api/x`).then(({ status }) => status), as.url)).toBe(
      401,
    );
  };
}

for (const { point, stopAt, server, storage = "local", survives } of POINTS) {
  const what = stopAt ?? `the server ${server}`;
  test(`E07 J03 T07: killed at point ${point}, ${what}: ${survives ? "signed in" : "signed out"}`, async ({
    context,
    app,
    as,
    control,
  }) => {
    const stopped = new Promise((resolve) => {
      control.routes["/stopped"] = resolve;
    });
    const options = client(as, { storage });
    const { tokenEndpoint } = options.server;
    await context.addInitScript(stops, { tokenEndpoint, signal: `${control.url}/stopped` });
    const rules = rotate(as, 1);
    const page = await context.newPage();
    await signIn(page, app, options);
    const id = await processOf(page);
    const strict = as.routes["/token"];
    if (server) {
      as.routes["/token"] = (request, res) => SERVER[server](rules, request, res, control.routes["/stopped"]);
    }
    const free = stopAt === "request queued" ? await occupy(context, app, as) : undefined;
    rules.life = 3600;
    await new Promise((resolve) => setTimeout(resolve, rules.expiry + 100 - Date.now()));

    await page.evaluate((stopAt) => {
      window.stopAt(stopAt);
      setTimeout(() => session.fetch("x"));
    }, stopAt);
    await stopped;
    await kill(page, id);
    await free?.();
    as.routes["/token"] = strict;
    const isProcessed = rules.granted === 1;
    const { newest } = rules;

    const started = Date.now();
    const next = await openTab(context, app);
    const opened = Date.now();
    const isStored = await next.evaluate(
      (token) => JSON.stringify({ ...localStorage }).includes(token),
      newest,
    );
    const restored = await resume(next, options);
    const status = restored.value ? await next.evaluate(async () => (await session.fetch("x")).status) : null;
    const done = Date.now();
    const { lockAsked, lockGranted } = await next.evaluate(() => times);
    table.push({
      point,
      "killed at": what,
      "server processed": isProcessed,
      stored: isProcessed && isStored,
      "after reopening": restored.value ? `signed in, ${status}` : (restored.code ?? "null"),
      "page open, ms": opened - started,
      "lock, ms": lockAsked ? Math.round(lockGranted - lockAsked) : "",
      "all, ms": done - started,
    });

    const kept = await next.evaluate(() => Object.keys(localStorage).filter((key) => /session:/.test(key)));
    expect([isProcessed, isStored && isProcessed], "it was killed where it should be").toEqual([
      Number.parseInt(point) >= 5,
      Number.parseInt(point) >= 10,
    ]);
    if (survives) {
      expect(restored).toMatchObject({ value: { signedIn: true } });
      expect([status, rules.refreshes, rules.replayed]).toEqual([200, 1, 0]);
    } else {
      expect(restored).toEqual({ value: null });
      expect([kept, rules.refreshes]).toEqual([[], 2]);
    }
    expect(lockGranted - lockAsked, "the lock is free again").toBeLessThan(2_000);
    expect(done - started, "from opening to the answer").toBeLessThan(2_000);
  });
}

test("E07 T07: how long an answer is in nobody's hands but the page's", async ({ context, app, as }) => {
  const options = client(as, { storage: "local" });
  await context.addInitScript(stops, { tokenEndpoint: options.server.tokenEndpoint, signal: "" });
  const rules = rotate(as);
  const page = await context.newPage();
  await signIn(page, app, options);
  const widths = await page.evaluate(async () => {
    const widths = [];
    for (let refresh = 0; refresh < 20; refresh++) {
      await session.refresh();
      widths.push(times.written - times.lastByte);
    }
    return widths.sort((one, other) => one - other);
  });
  expect([rules.refreshes, rules.replayed, widths.length]).toEqual([20, 0, 20]);
  expect(widths[0]).toBeGreaterThan(0);
  const [least, median, most] = [widths[0], (widths[9] + widths[10]) / 2, widths[19]].map((ms) =>
    ms.toFixed(1),
  );
  console.log(`from the last byte to the write, over 20: ${median} ms (median), ${least} to ${most} ms`);
});
