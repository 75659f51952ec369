// Lists that come page by page: how many requests are made, and when there are no more.

import assert from "node:assert/strict";
import { test } from "node:test";

import { all, APPLICATION, failure, scripted } from "./support/apps.mjs";

const here = scripted();

/** Pages like Space's: there is always a next one. */
function serve(count, { withTotal = true } = {}) {
  const items = Array.from({ length: count }, (_, index) => ({ ...APPLICATION, id: String(index) }));
  here.answer = ({ query }) => {
    const skip = Number(query.get("$skip") ?? 0);
    const data = items.slice(skip, skip + Number(query.get("$top") ?? 100));
    return { next: String(skip + data.length), data, ...(withTotal && { totalCount: count }) };
  };
  return items.map(({ id }) => id);
}

const ids = async (list) => (await all(list)).map(({ id }) => id);
const queries = () => here.seen.map(({ query }) => Object.fromEntries(query));

for (const [pageSize, requests] of [
  [1, 5],
  [2, 3],
  [5, 1],
  [100, 1],
]) {
  test(`a list of 5 is asked for ${pageSize} at a time`, async () => {
    const expected = serve(5);
    assert.deepEqual(await ids(here.apps.list({ pageSize })), expected);
    assert.equal(here.seen.length, requests);
    for (const [index, query] of queries().entries()) {
      const skip = index === 0 ? {} : { $skip: String(index * pageSize) };
      assert.deepEqual(query, {
        $fields: "next,totalCount,data(*,settings(*))",
        $top: String(pageSize),
        ...skip,
      });
    }
  });
}

for (const [pageSize, requests] of [
  [1, 6],
  [2, 4],
  [100, 2],
]) {
  test(`without a total, a list of 5 ends with the first page that is empty: ${pageSize} at a time`, async () => {
    const expected = serve(5, { withTotal: false });
    assert.deepEqual(await ids(here.apps.list({ pageSize })), expected);
    assert.equal(here.seen.length, requests);
  });
}

test("filters and fields go along with every page", async () => {
  serve(3);
  await all(here.apps.list({ pageSize: 2, name: "ro ver&", withArchived: true, fields: "id,name" }));
  assert.equal(here.seen.length, 2);
  for (const { $skip, ...query } of queries()) {
    assert.deepEqual(query, {
      ...{ $fields: "next,totalCount,data(id,name)", $top: "2", name: "ro ver&", withArchived: "true" },
    });
  }
  here.seen.length = 0;
  serve(2);
  await all(here.apps.permanentTokens("id:1", { fields: "id" }));
  assert.equal(here.seen[0].path, "/api/http/applications/id:1/permanent-tokens");
});

test("nothing is asked for before the first item is, and nothing after the last one is taken", async () => {
  serve(10);
  const list = here.apps.list({ pageSize: 2 });
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(here.seen.length, 0);
  for await (const { id } of list) if (id === "2") break;
  assert.equal(here.seen.length, 2);
  assert.deepEqual(await list.next(), { value: undefined, done: true });

  const other = here.apps.list({ pageSize: 2 });
  await other.next();
  await other.return();
  await assert.rejects(here.apps.list({ pageSize: 2 }).throw(new Error("enough")), /enough/);
  assert.equal(here.seen.length, 3);
});

test("a server that tells of no end is not asked for ever", async () => {
  for (const [about, answer, requests, items] of [
    ["the same `next` for ever", () => ({ next: "1", data: [APPLICATION] }), 2, 2],
    ["empty pages", ({ query }) => ({ next: `${query.get("$skip")}0`, data: [] }), 1, 0],
    ["empty pages, with a total", () => ({ next: "1", totalCount: 5, data: [] }), 1, 0],
    ["no `next`", () => ({ totalCount: 5, data: [APPLICATION] }), 1, 1],
    ["an empty `next`", () => ({ next: "", totalCount: 5, data: [APPLICATION] }), 1, 1],
    ["`null`", () => ({ next: null, totalCount: null, data: [APPLICATION] }), 1, 1],
    ["a total of nothing", () => ({ next: "1", totalCount: 0, data: [APPLICATION] }), 1, 1],
  ]) {
    here.seen.length = 0;
    here.answer = answer;
    assert.equal((await all(here.apps.list())).length, items, about);
    assert.equal(here.seen.length, requests, about);
  }
});

test("a `next` is sent as it was told, whatever it looks like", async () => {
  const strange = ["a&$top=1", "é #?/%2", "__proto__", " "];
  here.answer = () => ({ next: strange[here.seen.length - 1], data: [APPLICATION] });
  await all(here.apps.list());
  assert.deepEqual(
    queries().map(({ $skip }) => $skip),
    [undefined, ...strange],
  );
});

test("D02: a page that is none, or an item that is none, ends it with an error", async () => {
  for (const page of [
    [],
    {},
    { data: {} },
    { data: [{}] },
    { data: [], next: 5 },
    { data: [], totalCount: "many" },
  ]) {
    here.answer = () => page;
    await failure(all(here.apps.list()), "invalid_response");
  }
  here.answer = ({ query }) => (query.has("$skip") ? {} : { next: "1", data: [APPLICATION] });
  const list = here.apps.list();
  assert.equal((await list.next()).value.id, "1", "what has come, has come");
  await failure(list.next(), "invalid_response");
  assert.deepEqual(await list.next(), { value: undefined, done: true });
});

test("a signal ends it between pages and within one", async () => {
  serve(10);
  const controller = new AbortController();
  const list = here.apps.list({ pageSize: 1, signal: controller.signal });
  await list.next();
  controller.abort();
  await failure(list.next(), "aborted");
  assert.equal(here.seen.length, 1);

  const within = new AbortController();
  here.answer = () => new Promise(() => {});
  const pending = here.apps.list({ signal: within.signal }).next();
  setTimeout(() => within.abort(), 20);
  await failure(pending, "aborted");
});

test("H06: a list with arguments that are none says so when it is asked, and bothers nobody before", async () => {
  const rejections = [];
  const note = (reason) => rejections.push(reason);
  process.on("unhandledRejection", note);
  const list = here.apps.list({ name: Symbol("x") });
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  assert.deepEqual(rejections, []);
  await failure(list.next(), "invalid_configuration", "configure");
  assert.equal(here.seen.length, 0);
});
