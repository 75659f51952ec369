// Token responses, one by one, through exchangeCode.
import { call, client, expect, reply, signIn, stored, test } from "./support/test.mjs";

const GOOD = { access_token: "at-sentinel", token_type: "Bearer" };
const options = (as) => client(as, { code: "x", redirectUri: "https://app.example/" });

/** Serves each body in turn and gives the outcomes. */
async function answers(page, as, list) {
  const queue = list.map((item) => (Array.isArray(item) ? item : [200, item, {}]));
  as.routes["/token"] = (request, res) => reply(res, ...queue.shift());
  return page.evaluate(
    async ([options, count]) => {
      const { exchangeCode } = await lib();
      const outcomes = [];
      for (let i = 0; i < count; i += 1) {
        const result = await outcome(() => exchangeCode(options));
        outcomes.push(
          result.value
            ? { value: { ...result.value, expiresAt: result.value.expiresAt?.getTime() } }
            : result,
        );
      }
      return outcomes;
    },
    [options(as), list.length],
  );
}

const invalid = (outcomes, list) => {
  for (const [index, outcome] of outcomes.entries()) {
    const what = JSON.stringify(list[index])?.slice(0, 120);
    expect(outcome, what).toMatchObject({
      isAuthError: true,
      code: "invalid_response",
      phase: "token",
      retryable: false,
    });
    expect(JSON.stringify(outcome), what).not.toContain("sentinel");
  }
};

test.beforeEach(({ page, app }) => page.goto(app.origin));

test("D01: only a JSON object with a token and its type is success", async ({ page, as }) => {
  const list = ["null", "[]", '"x"', "{}", "true", "0", `[${JSON.stringify(GOOD)}]`];
  for (const token of ["", null, 1, true, {}, [], "a b", "a\nb", "a\u0000", "ä", "a\tb", "\u007f", " "]) {
    list.push({ ...GOOD, access_token: token });
  }
  list.push(
    { token_type: "Bearer" },
    { access_token: "at-sentinel" },
    { ACCESS_TOKEN: "x", token_type: "Bearer" },
  );
  invalid(await answers(page, as, list), list);
});

test("D01 D09: an error is one with every status, and a token does not make up for a bad status", async ({
  page,
  as,
}) => {
  const outcomes = await answers(page, as, [
    { error: "invalid_grant" },
    { ...GOOD, error: "invalid_grant" },
    [500, GOOD, {}],
    [404, GOOD, {}],
    [400, GOOD, {}],
  ]);
  expect(outcomes.slice(0, 2)).toMatchObject(
    Array(2).fill({ isAuthError: true, code: "invalid_grant", status: 200 }),
  );
  expect(outcomes[2]).toMatchObject({ isAuthError: true, code: "server_error", status: 500 });
  expect(outcomes[3]).toMatchObject({ isAuthError: true, status: 404 });
  expect(outcomes[4]).toMatchObject({ isAuthError: true, status: 400 });
  expect(await stored(page)).not.toContain("sentinel");
});

test("D02: what is no JSON is an invalid response, and not told further", async ({ page, as }) => {
  const good = JSON.stringify(GOOD);
  const texts = [
    "",
    " ",
    "<!doctype html><h1>sentinel</h1>",
    "sentinel",
    `callback(${good})`,
    `${good}\n${good}`,
  ];
  texts.push(`${good},`, `${good}sentinel`, ")]}'\n" + good, "access_token=at-sentinel&token_type=bearer");
  for (let end = 1; end < good.length; end += 1) texts.push(good.slice(0, end));
  for (const number of ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "0x10", "1e", "--1"]) {
    texts.push(good.replace("}", `,"x":${number}}`));
  }
  for (const odd of [
    "{'access_token':'a'}",
    "{access_token:1}",
    good.replace("}", ",}"),
    "/**/" + good,
    `${good}\u0000`,
  ]) {
    texts.push(odd);
  }
  texts.push(
    good.replace("Bearer", "Bear\ner"),
    good.replace("Bearer", "\\x"),
    good.replace("Bearer", "\\ud800"),
  );
  for (const open of ["[", '{"a":']) texts.push(open.repeat(10_000), `{"x":${open.repeat(10_000)}}`);
  const list = texts.map((text) => [200, text, {}]);
  list.push(
    [200, Buffer.from([0xff, 0xfe, 0x7b]), {}],
    [200, Buffer.from(good.replace("at-", "\xff"), "latin1"), {}],
  );
  list.push([200, Buffer.from(good, "utf16le"), {}], [201, "", {}], [204, "", {}]);
  list.push([200, good, { "Content-Type": "text/html" }]);
  expect(list.length).toBeGreaterThan(80);
  const outcomes = await answers(page, as, list);
  invalid(outcomes, list);
  for (const [index, { status }] of outcomes.entries()) expect(status).toBe(list[index][0]);
});

test("D03: repeated members are refused, unknown ones ignored, none is inherited", async ({ page, as }) => {
  const refused = [
    '{"access_token":"a","access_token":"b","token_type":"Bearer"}',
    '{"access_token":"a","acc\\u0065ss_token":"b","token_type":"Bearer"}',
    '{"access_token":"a","token_type":"Bearer","token_type":"Bearer"}',
    '{"access_token":"a","token_type":"Bearer","expires_in":1,"expires_in":2}',
    '{"__proto__":{"access_token":"x","token_type":"Bearer"}}',
    '{"constructor":{"prototype":{"access_token":"x"}},"token_type":"Bearer"}',
  ];
  invalid(await answers(page, as, refused), refused);
  const [odd] = await answers(page, as, [
    '{"access_token":"a","token_type":"Bearer","__proto__":{"refreshToken":"x"},"toString":1,"x":[{"y":{}}]}',
  ]);
  expect(Object.keys(odd.value).sort()).toEqual(["accessToken", "expiresAt", "scopes", "tokenType"]);
  expect(await page.evaluate(() => ({}).refreshToken)).toBeUndefined();
});

test("D04: Bearer in any case, and no other type", async ({ page, as }) => {
  const types = [
    "mac",
    "N_A",
    "bearer ",
    " bearer",
    "",
    "Bearers",
    "DPoP",
    "null",
    null,
    1,
    ["Bearer"],
    {},
    true,
    "bearer\u0000",
  ];
  const refused = [...types, "Bearer,mac", "bеarer", "BEARıR"].map((token_type) => ({ ...GOOD, token_type }));
  invalid(await answers(page, as, refused), refused);
  const accepted = await answers(
    page,
    as,
    ["bearer", "BEARER", "bEaReR"].map((token_type) => ({ ...GOOD, token_type })),
  );
  for (const { value } of accepted) expect(value.accessToken).toBe("at-sentinel");
});

test("D05 D06: lifetimes", async ({ page, as }) => {
  const body = (value) => `{"access_token":"a","token_type":"Bearer","expires_in":${value}}`;
  const malformed = [
    '"3600s"',
    "1e3",
    "1e400",
    "1.5",
    '"1.5"',
    '""',
    '" 60"',
    '"60 "',
    '"+60"',
    '"0x10"',
    '"1e3"',
    "true",
  ];
  malformed.push(
    "[]",
    "{}",
    "[60]",
    '"NaN"',
    '"Infinity"',
    "12345678901",
    '"12345678901"',
    '"٣"',
    "false",
    '"--1"',
    '"-"',
    "1.0",
  );
  invalid(await answers(page, as, malformed.map(body)), malformed);

  const unknown = [
    ...["0", "-1", '"0"', '"-1"', "-2147483648", "2147483648", "4294967296", "9999999999"],
    undefined,
  ];
  const texts = unknown.map((value) => (value ? body(value) : JSON.stringify(GOOD)));
  for (const [index, outcome] of (await answers(page, as, texts)).entries()) {
    expect(outcome.value, String(unknown[index])).toMatchObject({ accessToken: expect.any(String) });
    expect(outcome.value.expiresAt ?? null, String(unknown[index])).toBeNull();
  }

  const seconds = [1, 59, 3600, 2592000, 2147483647];
  const known = await answers(
    page,
    as,
    seconds.flatMap((value) => [body(value), body(`"${value}"`)]),
  );
  for (const [index, { value }] of known.entries()) {
    const expected = Date.now() + seconds[index >> 1] * 1000;
    expect(Math.abs(value.expiresAt - expected)).toBeLessThan(30_000);
  }
});

for (const expires_in of [2592000, 2147483647, undefined]) {
  test(`D05 D06: expires_in ${expires_in} refreshes nothing`, async ({ page, app, as }) => {
    as.routes["/token"] = (request, res) => reply(res, 200, as.tokens({ expires_in }));
    const { expiresAt } = await signIn(page, app, client(as));
    expect(expiresAt === null).toBe(expires_in === undefined);
    const status = await page.evaluate(async () => {
      for (let i = 0; i < 20; i += 1) await session.accessToken();
      return (await session.fetch("me")).status;
    });
    expect(status).toBe(200);
    expect(as.refreshes).toBe(0);
  });
}

test("D07: the granted scope is what the server says", async ({ page, app, as }) => {
  const outcomes = await answers(page, as, [
    GOOD,
    { ...GOOD, scope: "a" },
    { ...GOOD, scope: "A a" },
    { ...GOOD, scope: "" },
  ]);
  expect(outcomes.slice(1).map(({ value }) => value.scopes)).toEqual([["a"], ["A", "a"], []]);
  const odd = [1, {}, ["a"], true].map((scope) => ({ ...GOOD, scope }));
  invalid(await answers(page, as, odd), odd);

  const asked = client(as, { scope: "a b" });
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens());
  expect((await signIn(page, app, asked)).scopes).toEqual(["a", "b"]);
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens({ scope: "b" }));
  await page.evaluate(() => session.refresh());
  expect(await page.evaluate(() => session.scopes)).toEqual(["b"]);
});

test("D08: the newest refresh token is the one that is used", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  let [newest] = (await stored(page)).match(/rt-\d+/);
  for (const refresh_token of ["r1", undefined, "r2", "", null, "r3", undefined, "r4"]) {
    as.routes["/token"] = (request, res) => reply(res, 200, as.tokens({ refresh_token }));
    const failed = await page.evaluate(() => outcome(() => session.refresh()));
    expect(failed, String(refresh_token)).toEqual({});
    expect(as.grants("refresh_token").at(-1).form.refresh_token).toBe(newest);
    const old = newest;
    newest = refresh_token || newest;
    if (newest !== old) expect(await stored(page)).not.toContain(`"${old}"`);
    expect(await stored(page)).toContain(newest);
  }
});

test("D09: error bodies", async ({ page, as }) => {
  const codes = [
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
  ];
  codes.push("invalid_scope", "temporarily_unavailable", "server_error", "made_up_error", "access_denied");
  const list = codes.flatMap((error) =>
    [400, 401, 403, 200].map((status) => [status, { error, error_description: `about ${error}` }, {}]),
  );
  const outcomes = await answers(page, as, list);
  for (const [index, outcome] of outcomes.entries()) {
    const [status, { error, error_description: description }] = list[index];
    expect(outcome).toMatchObject({
      isAuthError: true,
      code: error,
      status,
      description,
      retryable: false,
      phase: "token",
    });
  }
  const odd = [{}, [], 1, true, null, ""].map((error) => [400, { error }, {}]);
  for (const outcome of await answers(page, as, odd)) {
    expect(outcome).toMatchObject({ isAuthError: true, status: 400 });
    expect(typeof outcome.code).toBe("string");
    expect(outcome.code).not.toBe("");
  }
});

test("D10: kinds of failure are told apart, and only final ones end a session", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  await page.evaluate(() => {
    window.ends = 0;
    session.on("signedout", () => (window.ends += 1));
  });
  const refresh = () => page.evaluate(() => outcome(() => session.refresh({})));
  for (const [code, retryable, route] of [
    ["server_error", true, (request, res) => reply(res, 500, "oops")],
    ["server_error", true, (request, res) => reply(res, 502, "<html>")],
    ["rate_limited", true, (request, res) => reply(res, 429, "")],
    [
      "temporarily_unavailable",
      true,
      (request, res) => reply(res, 503, { error: "temporarily_unavailable" }),
    ],
    ["timeout", true, (request, res) => reply(res, 408, "")],
    ["network", true, (request, res) => res.destroy()],
    ["invalid_response", true, (request, res) => reply(res, 200, "<html>captive portal</html>")],
    ["invalid_client", false, (request, res) => reply(res, 401, { error: "invalid_client" })],
  ]) {
    as.routes["/token"] = route;
    expect(await refresh(), code).toMatchObject({ isAuthError: true, code, retryable, phase: "refresh" });
    expect(await page.evaluate(() => [session.signedIn, ends])).toEqual([true, 0]);
    expect(await stored(page)).toContain("rt-");
  }
  as.routes["/token"] = (request, res) => reply(res, 400, { error: "invalid_grant" });
  expect(await refresh()).toMatchObject({ isAuthError: true, code: "invalid_grant", retryable: false });
  expect(await refresh()).toMatchObject({ isAuthError: true, code: "not_signed_in" });
  expect(await page.evaluate(() => [session.signedIn, ends, session.signal.aborted])).toEqual([
    false,
    1,
    true,
  ]);
  expect(await stored(page)).not.toContain("rt-");
  expect(await call(page, "login", client(as, { mode: "check" }))).toEqual({ value: null });
});
