// Where a token goes: nowhere that was not named before.
import { client, expect, signIn, test } from "./support/test.mjs";
import { watch } from "./support/hosts.mjs";

const API = "https://api.example.com";
const EVIL = "https://evil.test";

async function open(page, app, as, more = {}) {
  const seen = await watch(page);
  const redirectUri = `${app.origin}/open`;
  await signIn(
    page,
    app,
    client(as, { storage: "memory", redirectUri, api: [API], baseUrl: `${API}/v1/`, ...more }),
    "/open",
  );
  return seen;
}

const YES = [
  `${API}/x`,
  "https:\\\\api.example.com/x",
  "HTTPS://API.EXAMPLE.COM/x",
  `${API}:443/x`,
  "https:api.example.com/x",
  "https:/api.example.com/x",
  "https:////api.example.com/x",
  "\t https://api.exa\nmple.com/x ",
  "https://api%2eexample.com/x",
  "https://api。example。com/x",
  "https://ａｐｉ.example.com/x",
  "https://api\u00ad.example.com/x",
  "x",
  "/x",
  "?x",
  "./../../x",
  "//api.example.com/x",
  "\\x",
  "x/../y",
  "https:evil.test/..//api.example.com",
];

const NO = [
  `${API}.evil.test/x`,
  `${API}@evil.test/x`,
  `${API}:pass@evil.test/x`,
  `https://user@api.example.com/x`,
  `https://user:pass@api.example.com/x`,
  `${API}:8443/x`,
  `${API}:80/x`,
  `${API}:0/x`,
  "https://apiXexample.com/x",
  "https://api.example.com./x",
  "//evil.test",
  "/\\evil.test",
  "\\\\evil.test",
  "\\/evil.test",
  "///evil.test",
  "/\t/evil.test",
  "/\n/evil.test",
  "\t//evil.test",
  "https://evil.test/https://api.example.com/",
  "https://evil.test?https://api.example.com/",
  "https://evil.test#https://api.example.com/",
  "https://evil.test\\@api.example.com/x",
  "https://evil.test/@api.example.com/x",
  "https://api.example.com%2eevil.test/x",
  "https://api.example.com%2fevil.test/x",
  "https://api.example.com%00.evil.test/x",
  "https://api.example.com\u0000.evil.test/x",
  "https://api.example.com。evil.test/x",
  "https://xapi.example.com/x",
  "https://www.api.example.com/x",
  "https://example.com/x",
  "https://api-example.com/x",
  "https://api.example.co/x",
  "https://api.example.comm/x",
  "https://аpi.example.com/x",
  "https://api.exаmple.com/x",
  "https://api.examp1e.com/x",
  "https://api.example.com:443@evil.test/x",
  "https://[::1]/x",
  "https://[::ffff:7f00:1]/x",
  "https://0x7f.1/x",
  "https://0177.0.0.1/x",
  "https://2130706433/x",
  "https://127.1/x",
  "http://api.example.com/x",
  "HTTP://api.example.com/x",
  "ws://api.example.com/x",
  "wss://api.example.com/x",
  "ftp://api.example.com/x",
  "file://api.example.com/x",
  "file:///etc/passwd",
  "blob:https://api.example.com/7b4c",
  "data:text/plain,https://api.example.com",
  "javascript:https://api.example.com/",
  "java\nscript:alert(1)",
  "about:blank",
  "about:https://api.example.com",
  "view-source:https://api.example.com/",
  "filesystem:https://api.example.com/x",
  "chrome://version",
  "https://",
  "https:// api.example.com/",
  "https://api.example.com:99999/",
  "http://localhost:1/x",
];

test("F01 F02 F03: the token goes to the API, however its address is written", async ({ page, app, as }) => {
  const seen = await open(page, app, as);
  for (const url of YES) {
    seen.length = 0;
    const { value, ...failed } = await page.evaluate(
      (url) => outcome(async () => (await session.fetch(url)).status),
      url,
    );
    expect(failed, JSON.stringify(url)).toEqual({});
    expect(value).toBe(200);
    expect(seen, JSON.stringify(url)).toHaveLength(1);
    expect(new URL(seen[0].url).origin).toBe(API);
    expect(seen[0].authorization, JSON.stringify(url)).toMatch(/^Bearer at-/);
  }
});

test("F01 F02 F03: and nowhere else", async ({ page, app, as }) => {
  expect(NO.length).toBeGreaterThanOrEqual(60);
  const seen = await open(page, app, as);
  const before = as.requests.length;
  const outcomes = await page.evaluate(
    (urls) => Promise.all(urls.map((url) => outcome(async () => (await session.fetch(url)).status))),
    NO,
  );
  for (const [index, failed] of outcomes.entries()) {
    expect(failed, JSON.stringify(NO[index])).toMatchObject({
      isAuthError: true,
      code: "origin_not_allowed",
      phase: "request",
    });
  }
  expect(seen).toEqual([]);
  expect(as.requests).toHaveLength(before);
});

test("F01: an empty list allows nothing, a path only what is below it", async ({ page, app, as }) => {
  const seen = await open(page, app, as, { api: [] });
  expect(await page.evaluate(() => outcome(() => session.fetch("x")))).toMatchObject({
    code: "origin_not_allowed",
  });
  expect(seen).toEqual([]);

  await page.goto("about:blank");
  await open(page, app, as, { api: [`${API}/v1`, new URL("https://two.example/a/").href] });
  for (const [url, isAllowed] of [
    ["x", true],
    [`${API}/v1`, true],
    [`${API}/v1?q`, true],
    ["https://two.example/a/b", true],
    [`${API}/v10/x`, false],
    [`${API}/v1x`, false],
    [`${API}/`, false],
    [`${API}/v1/../x`, false],
    [`${API}/v1/%2e%2e/x`, false],
    ["../x", false],
    ["https://two.example/ab", false],
  ]) {
    const { value, code } = await page.evaluate(
      (url) => outcome(async () => (await session.fetch(url)).ok),
      url,
    );
    expect([value ?? false, code], url).toEqual(
      isAllowed ? [true, undefined] : [false, "origin_not_allowed"],
    );
  }
});

test("F04: what changes between two readings is read once", async ({ page, app, as }) => {
  const seen = await open(page, app, as);
  const outcomes = await page.evaluate(
    async ([good, evil]) => {
      const changing = () => {
        let reads = 0;
        return () => (reads++ ? evil : good);
      };
      const read = [changing(), changing(), changing(), changing(), changing()];
      const url = new URL(good);
      Object.defineProperty(url, "href", { get: read[2] });
      Object.defineProperty(url, "toString", { value: read[2] });
      const request = new Request(good);
      Object.defineProperty(request, "url", { get: read[3] });
      const proxy = new Proxy(new Request(good), {
        get: (target, name) => (name === "url" ? good : Reflect.get(target, name)),
      });
      const inputs = [
        { toString: read[0] },
        { [Symbol.toPrimitive]: read[1] },
        url,
        request,
        proxy,
        new Proxy({}, { get: () => read[4] }),
        { url: evil, toString: () => good },
        { url: good, toString: () => evil },
      ];
      return Promise.all(inputs.map((input) => outcome(async () => (await session.fetch(input)).status)));
    },
    [`${API}/x`, `${EVIL}/x`],
  );
  for (const { url, authorization } of seen) {
    if (authorization) expect(new URL(url).origin).toBe(API);
  }
  expect(seen.filter(({ url }) => url.startsWith(EVIL))).toEqual([]);
  expect(outcomes.at(-1)).toMatchObject({ code: "origin_not_allowed" });
});

test("F04: Request and URL objects are judged like their address", async ({ page, app, as }) => {
  const seen = await open(page, app, as);
  const outcomes = await page.evaluate(
    ([good, evil]) => {
      const inputs = [new URL(good), new Request(good), new URL(evil), new Request(evil)];
      return Promise.all(inputs.map((input) => outcome(async () => (await session.fetch(input)).status)));
    },
    [`${API}/x`, `${EVIL}/x`],
  );
  expect(outcomes.slice(0, 2)).toEqual([{ value: 200 }, { value: 200 }]);
  for (const failed of outcomes.slice(2)) expect(failed).toMatchObject({ code: "origin_not_allowed" });
  expect(seen).toHaveLength(2);
});

test("F05: a <base> does not move relative addresses", async ({ page, app, as }) => {
  const seen = await open(page, app, as);
  await page.evaluate((evil) => {
    const base = document.createElement("base");
    base.href = `${evil}/`;
    document.head.append(base);
  }, EVIL);
  expect(await page.evaluate(() => document.baseURI)).toBe(`${EVIL}/`);
  for (const url of ["/v1/me", "me", "?x", ""]) {
    await page.evaluate((url) => session.fetch(url), url);
    expect(seen.at(-1).url).toMatch(`${API}/`);
  }
  const request = await page.evaluate(() => outcome(() => session.fetch(new Request("/v1/me"))));
  expect(request).toMatchObject({ code: "origin_not_allowed" });
  expect(seen.filter(({ url }) => url.startsWith(EVIL))).toEqual([]);
});

test("F05: a <base> before the library is there moves nothing either", async ({ page, app, as }) => {
  const server = { ...as.server, apiBase: undefined };
  const seen = await watch(page);
  await page.goto(`${app.origin}/open`);
  const redirectUri = `${app.origin}/open`;
  await page.evaluate((evil) => {
    document.head.insertAdjacentHTML("beforeend", `<base href="${evil}/">`);
  }, EVIL);
  await signIn(page, app, client(as, { server, redirectUri }), "/open");
  await page.evaluate(
    (evil) => document.head.insertAdjacentHTML("beforeend", `<base href="${evil}/">`),
    EVIL,
  );
  const { value } = await page.evaluate(() => outcome(async () => (await session.fetch("/mine")).url));
  expect(value).toBe(`${app.origin}/mine`);
  expect(seen).toEqual([]);
});
