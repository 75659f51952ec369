// What becomes of arguments: data alone is sent, as it was when the call was made.

import assert from "node:assert/strict";
import { test } from "node:test";

import { init, installUrl, verifyRequest } from "../../dist/apps.js";
import { polluted } from "./support/browser.mjs";
import { all, APPLICATION, failure, scripted } from "./support/apps.mjs";

const here = scripted();
await init();

const body = () => JSON.parse(here.seen.at(-1).body);

/** Registers an application with this as one of its members, and gives what has arrived of it. */
async function arrived(member) {
  here.answer = () => APPLICATION;
  await here.apps.register({ name: "Bot", member });
  return body().member;
}

test("addresses and times are written as texts", async () => {
  const time = new Date(Date.UTC(2027, 0, 2, 3, 4, 5, 6));
  const value = { at: [time], to: new URL("https://a.example/?b#c") };
  assert.deepEqual(await arrived(value), { at: ["2027-01-02T03:04:05.006Z"], to: "https://a.example/?b#c" });
  here.answer = () => ({ first: { id: "1", name: "CI" }, second: "t" });
  await here.apps.createPermanentToken("me", { name: "CI", scope: "**", expires: time });
  assert.equal(body().expires, time.toISOString());
  await here.apps.setEndpoint("me", { uri: new URL("https://A.example") });
  assert.equal(body().endpointUri, "https://a.example/");
});

test("data arrives as `JSON.stringify` would write it", async () => {
  for (const value of [
    null,
    true,
    0,
    -0,
    -1.5,
    1e21,
    2 ** 53,
    5e-324,
    'é漢😀\u{0}\u{7f}\n"\\',
    [],
    [1, [2, [3]]],
    [undefined, , null],
    { a: undefined, b: { c: [] } },
    Object.assign(Object.create(null), { own: 1 }),
    JSON.parse('{"__proto__":{"x":1},"constructor":2}'),
  ]) {
    assert.deepEqual(await arrived(value), JSON.parse(JSON.stringify(value)), JSON.stringify(value));
  }
  assert.deepEqual({}.x, undefined);
  class Mine {
    #hidden = 1;
    own = 2;
    get inherited() {
      return this.#hidden;
    }
  }
  assert.deepEqual(await arrived(new Mine()), { own: 2 });
});

test("what is no data is refused by its name, and nothing is sent", async () => {
  const cyclic = { name: "Bot" };
  cyclic.self = [cyclic];
  let deep = {};
  for (let level = 0; level < 40; level++) deep = { deep };
  for (const [document, name] of [
    [cyclic, "self"],
    [{ name: "Bot", deep }, "deep"],
    [{ name: "Bot", work: () => 1 }, "work"],
    [{ name: "Bot", list: [1, () => 1] }, "list"],
    [{ name: "Bot", mark: Symbol("x") }, "mark"],
    [{ name: "Bot", big: 1n }, "big"],
    [{ name: "Bot", number: NaN }, "number"],
    [{ name: "Bot", number: -Infinity }, "number"],
    [{ name: "Bot", when: new Date(NaN) }, "when"],
    [{ name: "\ud800" }, "name"],
    [{ name: "Bot", list: ["a", "\udc00"] }, "list"],
    [{ name: "Bot", inner: { "\ud800": 1 } }, "inner"],
    [() => 1, "document"],
    [1n, "document"],
    ["\ud800", "document"],
  ]) {
    const error = await failure(here.apps.register(document), "invalid_configuration", "configure");
    assert.match(error.hint, new RegExp(`^\`${name}\``));
  }
  await failure(here.apps.get(Symbol("me")), "invalid_configuration", "configure");
  await failure(here.apps.get("id:\ud800"), "invalid_configuration", "configure");
  await failure(here.apps.rights("me", { project: () => "A" }), "invalid_configuration", "configure");
  const many = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`m${index}`, index]));
  const secret = { name: "Bot", clientSecret: "sentinel", ...many };
  await failure(here.apps.register(secret), "invalid_configuration", "configure");
  assert.equal(here.seen.length, 0);
});

test("what the caller's own objects throw is the caller's", async () => {
  const own = new RangeError("of the app");
  const fails = () => {
    throw own;
  };
  for (const value of [
    Object.defineProperty({}, "name", { get: fails, enumerable: true }),
    new Proxy({}, { ownKeys: fails }),
    { name: "Bot", list: [Object.defineProperty({}, "x", { get: fails, enumerable: true })] },
  ]) {
    await assert.rejects(here.apps.register(value), own);
    await assert.rejects(here.apps.list({ name: value }).next(), own);
    await assert.rejects(verifyRequest({ headers: {}, body: "" }, { signingKey: value }), own);
  }
  await assert.rejects(here.apps.get("me", Object.defineProperty({}, "fields", { get: fails })), own);
  assert.equal(here.seen.length, 0);
});

test("G07: what hangs on every object is nobody's argument", async () => {
  const members = {
    ...{ fields: "sentinel", comment: "sentinel", signal: AbortSignal.abort(), skip: "5", pageSize: 7 },
    ...{
      name: "sentinel",
      context: "sentinel",
      clientSecret: "sentinel",
      endpointUri: "https://evil.example/",
    },
    ...{ withArchived: true, expires: "sentinel", user: "id:sentinel", application: "id:sentinel" },
    ...{
      referrer: "about:client",
      keepalive: true,
      integrity: "sha256-x",
      credentials: "sentinel",
      mode: "navigate",
    },
  };
  here.answer = ({ method, path }) => {
    if (path.endsWith("/paged")) return { data: [] };
    if (path.includes("oauth-consents") || (method === "GET" && /rights$/.test(path))) return [];
    return APPLICATION;
  };
  const calls = () => [
    here.apps.get("id:1"),
    here.apps.update("id:1", { pkceRequired: true }),
    here.apps.requestRights("id:1", ["A"]),
    here.apps.rights("id:1"),
    all(here.apps.list()),
    here.apps.consents(),
  ];
  const sent = async (work) => {
    here.seen.length = 0;
    await Promise.all(work());
    return here.seen.map(({ method, path, query, body }) => `${method} ${path}?${query} ${body}`).sort();
  };
  const expected = await sent(calls);
  for (const [name, value] of Object.entries(members)) {
    assert.deepEqual(
      await sent(() => polluted({ [name]: value }, calls)),
      expected,
      `${name} while the calls are made`,
    );
  }
  assert.ok(!expected.join().includes("sentinel"));
  const link = installUrl({ name: "Bot" });
  assert.equal(
    polluted(members, () => installUrl({ name: "Bot" })),
    link,
  );
});

test("G07: what hangs on every object is in no request to `fetch`", async () => {
  let init;
  here.apps = (await import("../../dist/apps.js")).applications({
    server: { apiBase: `${here.url}/api/http/` },
    fetch: async (url, given) => {
      init = given;
      return Response.json(APPLICATION);
    },
  });
  await here.apps.register({ name: "Bot" });
  assert.equal(Object.getPrototypeOf(init), null);
  assert.equal(Object.getPrototypeOf(init.headers), null);
  assert.deepEqual(Object.keys(init).sort(), ["body", "cache", "headers", "method", "redirect", "signal"]);
  assert.deepEqual([init.redirect, init.cache, init.method], ["error", "no-store", "POST"]);
});

test("G07: what hangs on every object does not verify a request", async () => {
  const request = {
    headers: { "x-space-timestamp": "5", "x-space-signature": "00" },
    body: '{"verificationToken":"t"}',
  };
  for (const name of ["verificationToken", "publicKeys", "tolerance"]) {
    Object.prototype[name] = "t";
    try {
      assert.equal(await verifyRequest(request, { signingKey: "k" }), null, name);
    } finally {
      delete Object.prototype[name];
    }
  }
});

test("what the caller changes after the call does not matter", async () => {
  here.apps = (await import("../../dist/apps.js")).applications({
    server: { apiBase: `${here.url}/` },
    fetch,
  });
  here.answer = ({ path, query }) => {
    if (path.endsWith("/client-secret")) return "s3cret";
    return path.endsWith("/paged")
      ? { next: query.get("$skip") ? null : "1", data: [APPLICATION] }
      : APPLICATION;
  };
  const document = { name: "Bot", codeFlowRedirectURIs: ["https://a.example/"] };
  const options = { fields: "id" };
  const registering = here.apps.register(document, options);
  document.name = "Other";
  document.codeFlowRedirectURIs.push("https://evil.example/");
  options.fields = "*";
  await registering;
  assert.deepEqual(body(), { name: "Bot", codeFlowRedirectURIs: "https://a.example/" });
  assert.equal(here.seen[0].query.get("$fields"), "id");

  here.seen.length = 0;
  const application = { id: "mine" };
  const renewing = here.apps.regenerateClientSecret(application);
  application.id = "other";
  await renewing;
  assert.deepEqual(
    here.seen.map(({ path }) => path.split("/")[2]),
    ["id:mine", "id:mine"],
  );

  here.seen.length = 0;
  const filter = { pageSize: 1, name: "a", fields: "id" };
  const list = here.apps.list(filter);
  Object.assign(filter, { pageSize: 2, name: "b", fields: "name" });
  await list.next();
  Object.assign(filter, { pageSize: 3, name: "c", fields: "archived" });
  await all(list);
  assert.deepEqual(
    here.seen.map(({ query }) => [query.get("$top"), query.get("name"), query.get("$fields")]),
    Array(2).fill(["1", "a", "next,totalCount,data(id)"]),
  );
});

test("what is verified is what is read afterwards", async () => {
  const text = '{"className":"Good","verificationToken":"t"}';
  const bytes = new TextEncoder().encode(text);
  const evil = new TextEncoder().encode(text.replace("Good", "Evil"));
  for (const body of [bytes.slice(), bytes.slice().buffer, new DataView(bytes.slice().buffer)]) {
    const how = { verificationToken: "t" };
    const verifying = verifyRequest({ headers: {}, body }, how);
    new Uint8Array(body.buffer ?? body).set(evil);
    how.verificationToken = "u";
    assert.equal((await verifying).className, "Good");
  }
});
