// What is kept, and what happens when it is spoilt or cannot be kept.
import { client, comeBack, expect, record, reply, resume, signIn, stored, test } from "./support/test.mjs";

/** Texts that a record may have turned into. */
function mutations(text) {
  const json = JSON.parse(text);
  const list = [
    "",
    " ",
    "null",
    "true",
    "0",
    "[]",
    "{}",
    '"x"',
    "[object Object]",
    "\u0000",
    "x".repeat(300 << 10),
  ];
  for (let end = 1; end < text.length; end += Math.ceil(text.length / 60)) list.push(text.slice(0, end));
  for (const name of Object.keys(json)) {
    const { [name]: _, ...rest } = json;
    if (!["refreshToken", "expiresAt", "scope", "idToken"].includes(name)) list.push(JSON.stringify(rest));
    for (const odd of [null, {}, [], true, 1.5, "", -1, "\ud800", { a: [1] }]) {
      const keeps = (name === "scope" && odd === "") || odd === json[name];
      if (!keeps) list.push(JSON.stringify({ ...json, [name]: odd }));
    }
  }
  for (const v of [0, 2, 3, 1e9, "1", "2"]) list.push(JSON.stringify({ ...json, v }));
  for (let at = 0; at < text.length; at += Math.ceil(text.length / 40)) {
    list.push(`${text.slice(0, at)}\\${text.slice(at)}`, `${text.slice(0, at)}{${text.slice(at)}`);
  }
  list.push(`${text}${text}`, `${text},`, `[${text}]`, text.replace("{", '{"v":1,'), "[".repeat(100_000));
  list.push(
    text.replace("{", '{"__proto__":{"v":1},"v":2,'),
    JSON.stringify({ ...json, accessToken: "a b" }),
  );
  return list;
}

test("G02 G03: a spoilt record counts as none, is cleared away, and breaks nothing", async ({
  page,
  app,
  as,
}) => {
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const [key, text] = await record(page, "localStorage");
  const spoilt = mutations(text);
  expect(spoilt.length).toBeGreaterThanOrEqual(200);
  await page.reload();
  const requests = as.requests.length;
  const survivors = await page.evaluate(
    async ([key, spoilt, options]) => {
      const { login, AuthError } = await lib();
      const survivors = [];
      for (const text of spoilt) {
        localStorage.setItem(key, text);
        try {
          const session = await login({ ...options, mode: "check" });
          if (session) survivors.push(text);
          else if (localStorage.getItem(key) !== null) survivors.push(`kept: ${text.slice(0, 100)}`);
        } catch (error) {
          survivors.push(`${error instanceof AuthError} ${error}: ${text.slice(0, 100)}`);
        }
        localStorage.removeItem(key);
        // A session that was restored has to be seen to be gone.
        await login({ ...options, mode: "check" });
      }
      return survivors;
    },
    [key, spoilt, options],
  );
  // A one-character change inside a text is another, valid record: then it restores, as it must.
  const { token_endpoint, client_id } = JSON.parse(text);
  for (const survivor of survivors) {
    expect(JSON.parse(survivor)).toMatchObject({
      ...{ v: 1, token_endpoint, client_id },
      access_token: expect.stringMatching(/^at-/),
      generation: expect.any(Number),
      family: expect.any(String),
    });
  }
  expect(as.requests.slice(requests).filter(({ path }) => path === "/token")).toEqual([]);

  await page.evaluate(([key, text]) => localStorage.setItem(key, text), [key, text]);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
});

test("G02: a running session survives, or ends, but does not throw", async ({ page, app, as }) => {
  const options = client(as);
  await signIn(page, app, options);
  const [key, text] = await record(page);
  for (const odd of ["", "x", "{}", text.slice(0, -5)]) {
    await page.evaluate(([key, odd]) => sessionStorage.setItem(key, odd), [key, odd]);
    const failed = await page.evaluate(() => outcome(() => session.fetch("x").then(({ status }) => status)));
    if (failed.value !== 200) expect(failed).toMatchObject({ isAuthError: true, code: "not_signed_in" });
    await page.evaluate(([key, text]) => sessionStorage.setItem(key, text), [key, text]);
    expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
  }
});

for (const storage of ["session", "local"]) {
  test(`G02: storage "${storage}": a record of the largest number keeps nobody out`, async ({
    page,
    app,
    as,
  }) => {
    const options = client(as, { storage });
    await signIn(page, app, options);
    const [key, text] = await record(page, `${storage}Storage`);
    for (const generation of [2 ** 52, Number.MAX_SAFE_INTEGER, 1e300]) {
      for (const hostile of [
        { v: 2, generation, family: "f" },
        { ...JSON.parse(text), generation },
      ]) {
        await page.evaluate(
          ([storage, key, hostile]) => window[`${storage}Storage`].setItem(key, JSON.stringify(hostile)),
          [storage, key, hostile],
        );
        await page.reload();
        expect(await resume(page, options)).toEqual({ value: null });
        await signIn(page, app, options);
      }
    }
  });
}

test("G02: spoilt pending requests are no redirects", async ({ page, app, as }) => {
  const options = client(as);
  await comeBack(page, app, options);
  const url = page.url();
  const [key, text] = await page.evaluate(() =>
    Object.entries(localStorage).find(([key]) => key.includes("pending")),
  );
  for (const odd of ["", "{}", "null", text.slice(0, -9), text.replace('"v":1', '"v":2'), "[".repeat(9999)]) {
    await page.evaluate(([key, odd]) => localStorage.setItem(key, odd), [key, odd]);
    expect(await resume(page, options)).toEqual({ value: null });
  }
  expect(as.at("/token")).toEqual([]);
  await page.evaluate(([key, text]) => localStorage.setItem(key, text), [key, text]);
  expect(page.url()).toBe(url);
  expect((await resume(page, options)).value).toMatchObject({ signedIn: true });
});

test("G03: clients, scopes and servers do not share a record, whatever their names hold", async ({
  page,
  app,
  as,
}) => {
  const clients = ["a", "a:b", "a b", 'a","scope":"', "a%3Ab", "a\\", "ä"];
  for (const clientId of clients) await signIn(page, app, client(as, { clientId, storage: "local" }));
  await signIn(page, app, client(as, { clientId: "a", scope: ":b", storage: "local" }));
  const keys = await page.evaluate(() =>
    Object.keys(localStorage).filter((key) => key.startsWith("space-auth:session:")),
  );
  expect(keys).toHaveLength(clients.length + 1);
  const again = await page.evaluate(
    async (options) => {
      const { login } = await lib();
      return (await login(options)).clientId;
    },
    client(as, { clientId: "a:b", storage: "local" }),
  );
  expect(again).toBe("a:b");
});

const BROKEN = {
  "both getters throw": () => {
    for (const name of ["localStorage", "sessionStorage"]) {
      Object.defineProperty(window, name, {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      });
    }
  },
  "both are null": () => {
    for (const name of ["localStorage", "sessionStorage"])
      Object.defineProperty(window, name, { value: null });
  },
  "writing throws": () => {
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  },
  "every method throws": () => {
    for (const name of ["getItem", "setItem", "removeItem", "key", "clear"]) {
      Storage.prototype[name] = () => {
        throw new Error("patched");
      };
    }
  },
};

for (const [what, breakIt] of Object.entries(BROKEN)) {
  for (const storage of ["session", "local"]) {
    test(`G04: ${what}, storage "${storage}": memory takes over, and it is told once`, async ({
      page,
      app,
      as,
    }) => {
      const options = client(as, { storage });
      await page.addInitScript(`document.addEventListener("break", ${breakIt})`);
      await comeBack(page, app, options);
      // Broken from the exchange on: without any storage there would be no redirect to complete.
      const seen = await page.evaluate(async (options) => {
        const { init, handleRedirect, login } = await lib();
        await init();
        const events = [];
        const real = window.fetch;
        window.fetch = (...args) => {
          document.dispatchEvent(new Event("break"));
          return real(...args);
        };
        const session = await handleRedirect(options);
        session.on("error", ({ error, session: told }) =>
          events.push([error.code, error.phase, told === session]),
        );
        const statuses = [(await session.fetch("x")).status];
        await session.refresh();
        await session.refresh();
        statuses.push((await session.fetch("x")).status);
        const same = await login({ ...options, mode: "check" });
        return { events, statuses, same: (await same.accessToken()) === (await session.accessToken()) };
      }, options);
      expect(seen).toEqual({
        events: [["storage_unavailable", "storage", true]],
        statuses: [200, 200],
        same: true,
      });
      expect(as.refreshes).toBe(2);
    });
  }
}

test("G04: in a sandbox without an origin there is memory, and a typed error instead of a redirect", async ({
  page,
  app,
  as,
}) => {
  await page.goto(app.origin);
  const frame = await page.evaluate(() => {
    const frame = document.createElement("iframe");
    frame.sandbox = "allow-scripts";
    frame.src = "/framed";
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    document.body.append(frame);
    return loaded.then(() => true);
  });
  expect(frame).toBe(true);
  const [, inside] = page.frames();
  const options = client(as, { redirectUri: `${app.origin}/` });
  const [check, leave, exchanged] = await inside.evaluate(async (options) => {
    const { login, exchangeCode } = await lib();
    const code = { ...options, code: "x" };
    return [
      await outcome(() => login({ ...options, mode: "check" })),
      await outcome(() => login(options)),
      await outcome(async () => (await exchangeCode(code)).accessToken),
    ];
  }, options);
  expect(check).toEqual({ value: null });
  expect(leave).toMatchObject({ isAuthError: true, code: "storage_unavailable" });
  expect(exchanged.value).toMatch(/^at-/);
  expect(as.at("/auth")).toEqual([]);
});

test("G05: a rotated token that cannot be stored is not lost", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  await page.evaluate(() => {
    window.events = [];
    session.on("error", ({ error }) => events.push(error.code));
    window.real = Storage.prototype.setItem;
    Storage.prototype.setItem = () => {
      throw new DOMException("full", "QuotaExceededError");
    };
  });
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens({ refresh_token: "rt-unstored" }));
  await page.evaluate(() => session.refresh());
  expect(await page.evaluate(() => [session.signedIn, events])).toEqual([true, ["storage_unavailable"]]);
  // The old one is used up: it must not be found there by anybody.
  expect(await stored(page)).not.toContain("rt-");
  as.routes["/token"] = (request, res) => reply(res, 200, as.tokens({ refresh_token: "rt-stored" }));
  await page.evaluate(() => (Storage.prototype.setItem = real));
  await page.evaluate(() => session.refresh());
  expect(as.grants("refresh_token").at(-1).form.refresh_token).toBe("rt-unstored");
  expect(await stored(page)).toContain("rt-stored");
  expect(await page.evaluate(() => events)).toEqual(["storage_unavailable"]);
});

test("G06: endpoints in the store are not believed", async ({ page, app, as, evil }) => {
  const options = client(as, { storage: "local" });
  await signIn(page, app, options);
  const tamper = () =>
    page.evaluate(
      ([own, evil]) => {
        for (const [key, text] of Object.entries(localStorage))
          localStorage.setItem(key, text.replaceAll(own, evil));
      },
      [as.url, evil.url],
    );
  await tamper();
  await page.reload();
  expect(await resume(page, options)).toEqual({ value: null });
  await comeBack(page, app, options);
  await tamper();
  expect(await resume(page, options)).toEqual({ value: null });
  expect(evil.requests).toEqual([]);
});

test("G08: one record under one key", async ({ page, app, as }) => {
  await signIn(page, app, client(as));
  await page.evaluate(() => session.refresh());
  const [access] = await page.evaluate(async () => [await session.accessToken()]);
  const entries = await page.evaluate(() => [
    ...Object.entries(localStorage),
    ...Object.entries(sessionStorage),
  ]);
  expect(entries).toHaveLength(1);
  expect(entries[0][1]).toContain(access);
  expect(entries[0][1]).toMatch(/rt-\d/);
});
