// Authorization requests that wait for their redirect.

import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { find, isExpired, put, take } from "../../npm/host/pending.js";
import { having, polluted, storage } from "./support/browser.mjs";
import { fc, ownName, soup, string, text, token } from "./support/generate.mjs";

const PREFIX = "space-auth:pending:";
const TEN_MINUTES = 600_000;

const clock = Date.now;
let now = 0;
beforeEach(() => {
  now = 1_700_000_000_000;
  Date.now = () => now;
});
afterEach(() => {
  Date.now = clock;
});

/** @param {string} state @param {object} [more] */
const pending = (state, more) => ({
  v: 1,
  createdAt: now,
  flow: "code",
  state,
  redirectUri: "https://app.example/cb",
  codeVerifier: "verifier",
  endpoint: "https://as.example/auth",
  clientId: "a&b",
  scope: "x y",
  appState: '{"to":1}',
  ...more,
});

const plain = (found) => found && Object.fromEntries(Object.entries(found));

/** Runs `work` where these are the stores of the browser. */
function withStores(work, local = storage(), session = storage()) {
  const globals = { localStorage: { value: local.store }, sessionStorage: { value: session.store } };
  return having(globals, () => work(local.items, session.items));
}

const forbidden = {
  get() {
    throw new DOMException("site data is blocked", "SecurityError");
  },
};

test("A02: requests wait side by side, and each is found by its state", () => {
  withStores((local, session) => {
    assert.equal(put(pending("s1")), true);
    now += 1;
    assert.equal(put(pending("s2", { nonce: "n", flow: "implicit" })), true);
    assert.deepEqual(plain(find("s2")), pending("s2", { nonce: "n", flow: "implicit" }));
    now -= 1;
    assert.deepEqual(plain(find("s1")), pending("s1"));
    assert.deepEqual(plain(find("s1")), pending("s1"), "to find it does not use it up");
    for (const other of ["S1", "s", "s11", "", "pending:s1", "__proto__"])
      assert.equal(find(other), undefined);
    assert.deepEqual([...local.keys()], [`${PREFIX}s1`, `${PREFIX}s2`]);
    assert.equal(session.size, 0, "where there is the one, the other store is left alone");
  });
});

test("A03: a request is used once", () => {
  withStores((local) => {
    assert.equal(take("s1"), false);
    put(pending("s1"));
    put(pending("s2"));
    assert.equal(take("s1"), true);
    assert.equal(take("s1"), false);
    assert.equal(find("s1"), undefined);
    assert.deepEqual([...local.keys()], [`${PREFIX}s2`]);
  });
});

test("A03: what cannot be removed does not count as used up", () => {
  const local = storage({ refuses: ["removeItem"] });
  withStores(() => {
    assert.equal(put(pending("s1")), true);
    assert.ok(find("s1"));
    assert.equal(take("s1"), false);
  }, local);
});

test("A04: requests expire after ten minutes", () => {
  const request = pending("s1");
  for (const [wait, expected] of [
    [0, false],
    [TEN_MINUTES, false],
    [TEN_MINUTES + 1, true],
    [-TEN_MINUTES, false],
    [-TEN_MINUTES - 1, true],
    [10 * TEN_MINUTES, true],
  ]) {
    now = request.createdAt + wait;
    assert.equal(isExpired(request), expected, String(wait));
  }
});

test("A04: expired requests make room, also those that the clock has left in the future", () => {
  withStores((local) => {
    put(pending("old"));
    put(pending("future", { createdAt: now + 2 * TEN_MINUTES + 2 }));
    assert.ok(find("future"), "it is kept until the next one comes");
    now += TEN_MINUTES;
    put(pending("s1"));
    assert.deepEqual([...local.keys()], [`${PREFIX}old`, `${PREFIX}s1`]);
    now += 1;
    put(pending("s2"));
    assert.deepEqual([...local.keys()], [`${PREFIX}s1`, `${PREFIX}s2`]);
  });
});

test("A04: ten thousand abandoned requests leave sixteen, the newest", () => {
  withStores((local) => {
    local.set("app:own", "untouched");
    for (let number = 0; number < 10_000; number++, now++) assert.equal(put(pending(`s${number}`)), true);
    const newest = Array.from({ length: 16 }, (_, index) => `${PREFIX}s${9_984 + index}`);
    assert.deepEqual([...local.keys()], ["app:own", ...newest]);
    assert.equal(local.get("app:own"), "untouched");
    const size = [...local].reduce((sum, [key, item]) => sum + key.length + item.length, 0);
    assert.ok(size < 64 << 10, String(size));
  });
});

test("A04: never more than sixteen wait, and the newest stays", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -TEN_MINUTES / 4, max: TEN_MINUTES / 2 }), { minLength: 1, maxLength: 60 }),
      (steps) =>
        withStores((local) => {
          steps.forEach((step, number) => {
            now += Math.round(step / (1 + (number % 12)));
            const before = [...local.values()].map((item) => JSON.parse(item));
            assert.equal(put(pending(`s${number}`)), true);
            assert.equal(isExpired(find(`s${number}`)), false);
            // All that have not expired, as far as there is room for them.
            const good = before.filter(({ createdAt }) => Math.abs(now - createdAt) <= TEN_MINUTES);
            const kept = [...local.values()]
              .map((item) => JSON.parse(item))
              .filter(({ state }) => state !== `s${number}`);
            assert.equal(kept.length, Math.min(good.length, 15));
            const oldest = Math.min(...kept.map(({ createdAt }) => createdAt));
            const gone = good.filter(({ state }) => !kept.some((other) => other.state === state));
            assert.ok(
              gone.every(({ createdAt }) => createdAt <= oldest),
              "the oldest went",
            );
          });
        }),
    ),
  );
});

test("A02: requests that wait are found by their state alone", () => {
  const request = fc.record(
    {
      redirectUri: text(),
      codeVerifier: text(),
      nonce: text(),
      appState: text(),
      flow: fc.constantFrom("code", "implicit"),
      clientId: text(),
      scope: text(),
      endpoint: text(),
    },
    { requiredKeys: ["redirectUri", "flow", "clientId", "scope", "endpoint"] },
  );
  const states = fc.uniqueArray(fc.tuple(fc.oneof(token(), string()), request), {
    ...{ minLength: 1, maxLength: 6, selector: ([state]) => state },
  });
  fc.assert(
    fc.property(states, string(), (all, elsewhere) =>
      withStores((local) => {
        for (const [state, members] of all)
          assert.equal(put({ v: 1, createdAt: now, state, ...members }), true);
        for (const [state, members] of all) {
          assert.deepEqual(plain(find(state)), { v: 1, createdAt: now, state, ...members });
        }
        const isThere = all.some(([state]) => state === elsewhere);
        assert.equal(find(elsewhere) !== undefined, isThere);
        for (const [state] of all) {
          assert.equal(take(state), true);
          assert.equal(take(state), false, "once");
        }
        assert.equal(local.size, 0);
      }),
    ),
  );
});

test("G02: unreadable requests are no requests, and are cleared away; foreign keys are not", () => {
  withStores((local) => {
    const foreign = [
      "other",
      "space-auth:session:x",
      "space-auth:pending",
      "Space-auth:pending:x",
      "x space-auth:pending:",
    ];
    for (const key of foreign) local.set(key, "{");
    for (const [index, item] of [
      ...["", "{", "null", "1", '"text"', "[]", "{}", '{"v":2}', '{"v":1}', "\0"],
      JSON.stringify(pending("x", { v: 2 })),
      JSON.stringify(pending("x", { v: "1" })),
      JSON.stringify(pending("x")).slice(0, -1),
    ].entries()) {
      local.set(`${PREFIX}${index}`, item);
      assert.equal(find(String(index)), undefined, item);
    }
    assert.equal(put(pending("s1")), true);
    assert.deepEqual([...local.keys()], [...foreign, `${PREFIX}s1`]);
    assert.ok(foreign.every((key) => local.get(key) === "{"));
  });
});

test("G02: each member must be of its kind", () => {
  withStores((local) => {
    const whole = pending("s1", { nonce: "n" });
    const texts = ["flow", "state", "redirectUri", "endpoint", "clientId", "scope"];
    const optional = ["codeVerifier", "nonce", "appState"];
    const with_ = (more) => {
      local.set(`${PREFIX}s1`, JSON.stringify({ ...whole, ...more }));
      return find("s1");
    };
    assert.ok(with_({}));
    assert.ok(with_({ unknown: [1] }), "a member that is not known is passed over");
    for (const name of [...texts, ...optional]) {
      for (const bad of [1, true, null, [], {}, ["code"]])
        assert.equal(with_({ [name]: bad }), undefined, name);
    }
    for (const name of texts) assert.equal(with_({ [name]: undefined }), undefined, name);
    for (const name of optional) assert.ok(with_({ [name]: undefined }), name);
    for (const bad of [undefined, null, "1", 1.5, 1e300, -Infinity, true]) {
      assert.equal(with_({ createdAt: bad }), undefined, String(bad));
    }
  });
});

test("G02: no text in the store breaks anything; what is found is whole, and the rest is cleared away", () => {
  const whole = JSON.stringify(pending("s1", { nonce: "n", createdAt: 1_700_000_000_000 }));
  const tampered = fc
    .array(fc.tuple(fc.nat(whole.length), fc.nat(3), fc.oneof(fc.constantFrom(...'"{}[],:\\019'), text())), {
      ...{ minLength: 1, maxLength: 4 },
    })
    .map((changes) =>
      changes.reduce(
        (item, [at, length, with_]) => item.slice(0, at) + with_ + item.slice(at + length),
        whole,
      ),
    );
  const swapped = fc
    .tuple(fc.constantFrom(...Object.keys(JSON.parse(whole))), fc.jsonValue())
    .map(([name, value]) => JSON.stringify({ ...JSON.parse(whole), [name]: value }));
  const item = fc.oneof(tampered, swapped, fc.json(), soup(), text(), string());
  const seen = { found: 0, cleared: 0 };
  fc.assert(
    fc.property(item, fc.oneof(token(), ownName()), (given, state) =>
      withStores((local) => {
        local.set(PREFIX + state, given);
        const found = find(state);
        if (found) {
          const { v, createdAt, codeVerifier = "", nonce = "", appState = "" } = found;
          assert.equal(v, 1);
          assert.ok(Number.isSafeInteger(createdAt));
          const { flow, redirectUri, endpoint, clientId, scope } = found;
          for (const member of [flow, found.state, redirectUri, endpoint, clientId, scope]) {
            assert.equal(typeof member, "string");
          }
          for (const member of [codeVerifier, nonce, appState]) assert.equal(typeof member, "string");
        }
        assert.equal(put(pending("fresh and new")), true);
        const isKept = found !== undefined && !isExpired(found);
        seen[isKept ? "found" : "cleared"]++;
        assert.deepEqual([...local.keys()], [...(isKept ? [PREFIX + state] : []), `${PREFIX}fresh and new`]);
      }),
    ),
  );
  assert.ok(seen.found > 0 && seen.cleared > 0, JSON.stringify(seen));
});

test("G04: where localStorage is forbidden, full or missing, sessionStorage is used", () => {
  for (const [name, local] of [
    ["forbidden", forbidden],
    ["missing", { value: undefined }],
    ["null", { value: null }],
    ["full", { value: storage({ isFull: true }).store }],
    ["deaf", { value: storage({ refuses: ["setItem"] }).store }],
    ["broken", { value: storage({ refuses: ["getItem", "setItem", "removeItem"] }).store }],
  ]) {
    const session = storage();
    having({ localStorage: local, sessionStorage: { value: session.store } }, () => {
      assert.equal(put(pending("s1")), true, name);
      assert.deepEqual([...session.items.keys()], [`${PREFIX}s1`], name);
      assert.deepEqual(plain(find("s1")), pending("s1"), name);
      assert.equal(take("s1"), true, name);
      assert.equal(take("s1"), false, name);
      assert.equal(session.items.size, 0, name);
    });
  }
});

test("G04: where nothing can be stored, that is said, and nothing is found", () => {
  const broken = () => ({ value: storage({ refuses: ["getItem", "setItem", "removeItem"] }).store });
  for (const how of [
    () => forbidden,
    () => ({ value: undefined }),
    () => ({ value: storage({ isFull: true }).store }),
    broken,
  ]) {
    having({ localStorage: how(), sessionStorage: how() }, () => {
      assert.equal(put(pending("s1")), false);
      assert.equal(find("s1"), undefined);
      assert.equal(take("s1"), false);
    });
  }
});

test("G04: a request of this tab is found though another store holds an unreadable one", () => {
  withStores((local, session) => {
    local.set(`${PREFIX}s1`, "{");
    session.set(`${PREFIX}s1`, JSON.stringify(pending("s1")));
    assert.deepEqual(plain(find("s1")), pending("s1"));
  });
});

test("G07: what hangs on Object.prototype is no part of a request", () => {
  withStores((local) => {
    const evil = {
      ...{ v: 1, createdAt: now, flow: "implicit", state: "evil", redirectUri: "https://evil.example" },
      ...{
        codeVerifier: "evil",
        nonce: "evil",
        endpoint: "evil",
        clientId: "evil",
        scope: "evil",
        appState: "evil",
      },
      ...{ value: "evil", key: "evil", localStorage: "evil" },
    };
    const bare = pending("s1", { codeVerifier: undefined, appState: undefined });
    put(bare);
    const before = local.get(`${PREFIX}s1`);
    local.clear();
    local.set(`${PREFIX}empty`, "{}");
    local.set(`${PREFIX}partly`, JSON.stringify({ v: 1, state: "partly" }));
    polluted(evil, () => {
      for (const state of ["empty", "partly", "none"]) assert.ok(find(state) === undefined, state);
      assert.ok(put(bare));
      assert.ok(local.get(`${PREFIX}s1`) === before);
      assert.ok(local.size === 1, "what is not whole by itself was cleared away");
      const { codeVerifier, nonce, appState, flow } = find("s1");
      assert.ok(
        codeVerifier === undefined && nonce === undefined && appState === undefined && flow === "code",
      );
      assert.ok(take("s1") && !take("s1"));
    });
  });
});

test("G07: a stored __proto__ is a name like others", () => {
  withStores((local) => {
    const inherited = `{"__proto__":${JSON.stringify(pending("s1"))}}`;
    local.set(`${PREFIX}s1`, inherited);
    assert.equal(find("s1"), undefined);
    local.set(
      `${PREFIX}s1`,
      JSON.stringify(pending("s1", { codeVerifier: undefined })).replace(
        "{",
        '{"__proto__":{"codeVerifier":"evil"},',
      ),
    );
    const found = find("s1");
    assert.ok(found);
    assert.equal(found.codeVerifier, undefined);
    assert.equal({}.codeVerifier, undefined);
  });
});
