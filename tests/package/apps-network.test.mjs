// What can happen to a request to Space's API, and to its answer.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { once } from "node:events";
import { test } from "node:test";

import { AuthError, applications } from "../../dist/apps.js";
import { APPLICATION, bareSession, failure, scripted } from "./support/apps.mjs";

const here = scripted();

/** Answers by hand: undefined tells the server that it was done. */
const by = (work) => {
  here.answer = (request, response) => void work(response, request);
};

test("C01: a request says what it wants, and carries a body only where there is one", async () => {
  here.answer = () => APPLICATION;
  await here.apps.get("me");
  await here.apps.register({ name: "Bot" });
  const [read, written] = here.seen;
  assert.deepEqual(
    [read.method, read.path, read.headers.accept, read.headers["content-type"], read.body],
    ["GET", "/api/http/applications/me", "application/json", undefined, ""],
  );
  assert.deepEqual(
    [written.method, written.headers["content-type"], written.body],
    ["POST", "application/json", '{"name":"Bot"}'],
  );
  assert.equal(read.headers.cookie, undefined);
});

test("what is asked stands below the address of the API, however that is written", async () => {
  here.answer = () => APPLICATION;
  for (const base of ["/api/http/", "/api/http", "/api/http?x=1", "/api/http/#top", "/other//"]) {
    await applications(bareSession(here.url + base)).get("me");
  }
  assert.deepEqual(
    here.seen.map(({ path }) => path),
    [...Array(4).fill("/api/http/applications/me"), "/other//applications/me"],
  );
});

test("C03: nothing is sent for a signal that was aborted before", async () => {
  for (const reason of [undefined, new Error("enough"), "enough", null, 0]) {
    const signal = AbortSignal.abort(reason);
    await failure(here.apps.get("me", { signal }), "aborted");
    await failure(here.apps.regenerateClientSecret("me", { signal }), "aborted");
    await failure(here.apps.list({ signal }).next(), "aborted");
  }
  assert.equal(here.seen.length, 0);
});

test("C03: a session whose `fetch` knows no signals is not asked either", async () => {
  let calls = 0;
  const apps = applications(bareSession(here.url, async () => void calls++));
  await failure(apps.get("me", { signal: AbortSignal.abort() }), "aborted");
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(calls, 0);
});

test("C03: a signal ends a request that waits for its answer, or for the rest of it", async () => {
  for (const answer of [() => {}, (response) => response.write('{"id":"1",')]) {
    by(answer);
    const controller = new AbortController();
    const pending = here.apps.get("me", { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    const error = await failure(pending, "aborted");
    assert.equal(error.retryable, false);
  }
});

test("C03: a signal between two requests of one call keeps the second from being sent", async () => {
  const controller = new AbortController();
  by((response) => {
    controller.abort();
    setTimeout(() => response.end(), 20);
  });
  await failure(here.apps.regenerateSigningKey("me", { signal: controller.signal }), "aborted");
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(
    here.seen.map(({ method }) => method),
    ["POST"],
  );
});

test("what has been renewed and could not be read says so, and is not to be renewed again", async () => {
  for (const [renew, read] of [
    ["regenerateClientSecret", "clientSecret"],
    ["regenerateSigningKey", "signingKey"],
    ["regenerateVerificationToken", "verificationToken"],
  ]) {
    for (const [status, code] of [
      [503, "server_error"],
      [429, "rate_limited"],
      [403, "permission-denied"],
      [0, "network"],
    ]) {
      here.seen.length = 0;
      by((response, { method }) => {
        if (method === "POST") return response.end();
        return status === 0 ? response.destroy() : response.writeHead(status).end();
      });
      const error = await failure(here.apps[renew]("me"), code);
      assert.deepEqual([error.retryable, error.status], [false, status || undefined]);
      assert.match(error.hint, new RegExp(`has been renewed.*\`${read}\``));
      assert.ok(error.message.includes(error.hint));
      const methods = here.seen.map(({ method }) => method);
      // A connection that is gone may be tried again below `fetch`, as reading may.
      assert.deepEqual([...new Set(methods)], ["POST", "GET"]);
    }
    by((response) => response.writeHead(503).end());
    const error = await failure(here.apps[renew]("me"), "server_error");
    assert.deepEqual(
      [error.retryable, error.hint.includes("renewed")],
      [true, false],
      "nothing has happened",
    );
  }
});

test("a signal that is none is named", async () => {
  for (const signal of [5, "x", {}, true]) {
    const error = await failure(here.apps.get("me", { signal }), "invalid_configuration", "configure");
    assert.match(error.hint, /`signal`/);
  }
  assert.equal(here.seen.length, 0);
});

test("D10: a network that fails is `network`, and can be tried again", async () => {
  const closed = createServer().listen(0, "127.0.0.1");
  await once(closed, "listening");
  const { port } = closed.address();
  await new Promise((resolve) => closed.close(resolve));
  const unreachable = applications(bareSession(`http://127.0.0.1:${port}/`));
  assert.equal((await failure(unreachable.get("me"), "network")).retryable, true);

  for (const [about, answer] of [
    ["no answer at all", (response) => response.destroy()],
    [
      "half of an answer",
      (response) => {
        response.writeHead(200, { "content-length": 500 });
        response.write("{");
        setTimeout(() => response.destroy(), 20);
      },
    ],
    [
      "half of a chunked answer",
      (response) => {
        response.write('{"id":"1"');
        setTimeout(() => response.destroy(), 20);
      },
    ],
  ]) {
    by(answer);
    const error = await failure(here.apps.get("me"), "network", "request");
    assert.deepEqual([error.retryable, error.status], [true, undefined], about);
  }
});

test("C02: redirects are not followed", async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    by((response) => response.writeHead(status, { location: "/elsewhere" }).end());
    here.seen.length = 0;
    await failure(here.apps.register({ name: "Bot", clientSecret: "s3cret" }), "network");
    assert.equal(here.seen.length, 1, String(status));
  }
});

test("what the session itself refuses is given on", async () => {
  const refusal = new AuthError({ code: "not_signed_in", phase: "request" });
  const apps = applications(bareSession(here.url, () => Promise.reject(refusal)));
  assert.equal(await failure(apps.get("me"), "not_signed_in"), refusal);
  for (const thrown of [new TypeError("failed"), null, undefined, "x", { name: "TypeError" }]) {
    const broken = applications(bareSession(here.url, () => Promise.reject(thrown)));
    await failure(broken.get("me"), "network");
    const late = applications(
      bareSession(here.url, () => {
        throw thrown;
      }),
    );
    await failure(late.get("me"), "network");
  }
});

const STATUSES = [
  [400, "invalid_response", false],
  [401, "authentication-required", false],
  [403, "permission-denied", false],
  [404, "not-found", false],
  [413, "payload-too-large", false],
  [429, "rate_limited", true],
  [500, "server_error", true],
  [502, "server_error", true],
  [503, "server_error", true],
];

for (const [status, code, retryable] of STATUSES) {
  test(`H05: ${status} without a word of JSON is ${code}`, async () => {
    for (const body of ["", "<html>sorry</html>", '"text"', "{", "\u{fffd}", "[1]"]) {
      by((response) => response.writeHead(status, { "content-type": "text/html" }).end(body));
      const error = await failure(here.apps.get("me"), code);
      assert.deepEqual([error.status, error.retryable], [status, retryable]);
      assert.ok(!JSON.stringify(error).includes("sorry"));
    }
  });
}

test("D02: an answer that is none is `invalid_response`, and is not repeated", async () => {
  const whole = JSON.stringify(APPLICATION);
  const deep = "[".repeat(40) + "]".repeat(40);
  for (const [about, body] of [
    ["nothing", ""],
    ["a page", "<html>sentinel</html>"],
    ["half", whole.slice(0, -1)],
    ["two", whole + whole],
    ["something behind it", `${whole} sentinel`],
    ["a mark of byte order", `\u{feff}${whole}`],
    ["a member twice", '{"id":"1","clientId":"c","name":"sentinel","name":"b"}'],
    ["a member twice, deeper", `{"id":"1","clientId":"c","name":"b","x":{"a":1,"a":2}}`],
    ["no UTF-8", Buffer.from([...Buffer.from(whole.slice(0, -2)), 0xff, 0x22, 0x7d])],
    ["a lone surrogate", '{"id":"1","clientId":"c","name":"\\ud800"}'],
    ["too many levels", `{"id":"1","clientId":"c","name":"b","x":${deep}}`],
    ["more than 1 MiB", `{"id":"1","clientId":"c","name":"${"b".repeat(1 << 20)}"}`],
    ["far more than 1 MiB", Buffer.alloc(8 << 20, "[")],
    ["the wrong shape", '{"id":1,"clientId":"c","name":"sentinel"}'],
    ["no object", '["sentinel"]'],
  ]) {
    by((response) => response.writeHead(200, { "content-type": "application/json" }).end(body));
    const error = await failure(here.apps.get("me"), "invalid_response");
    assert.deepEqual([error.status, error.retryable], [200, false], about);
    assert.ok(!`${JSON.stringify(error)}${error.stack}`.includes("sentinel"), about);
  }
});

test("C04: an answer that never ends is not read to its end", async () => {
  let written = 0;
  by((response) => {
    const more = setInterval(() => {
      if (response.destroyed || written > 64 << 20) clearInterval(more);
      else response.write(" ".repeat(1 << 18));
      written += 1 << 18;
    }, 1);
  });
  await failure(here.apps.get("me"), "invalid_response");
  assert.ok(written < 32 << 20, `${written} bytes`);
});

test("a change that is answered by somebody else than Space has not been made", async () => {
  by((response) => response.end("<html>Log in to this network</html>"));
  await failure(here.apps.archive("me"), "invalid_response");
  by((response) => response.end('{"error":"permission-denied"}'));
  await failure(here.apps.setEndpoint("me", null), "invalid_response");
  for (const body of ["", "{}", "null", APPLICATION]) {
    by((response) => response.end(typeof body === "string" ? body : JSON.stringify(body)));
    assert.equal(await here.apps.archive("me"), undefined);
  }
});

test("D03: members of an answer are data, whatever they are called", async () => {
  const text =
    '{"id":"1","clientId":"c","name":"b","__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}},"toString":"x"}';
  by((response) => response.end(text));
  const application = await here.apps.get("me");
  assert.equal(Object.getPrototypeOf(application), Object.prototype);
  assert.equal(application.isAdmin, undefined);
  assert.equal({}.x, undefined);
  assert.equal(application.toString, "x");
  assert.deepEqual(application.constructor, { prototype: { x: 1 } });
});

test("numbers, nested lists and texts of all scripts arrive as they are", async () => {
  const values = {
    big: 2 ** 53 - 1,
    half: -0.5,
    huge: 1e300,
    list: [[], [null, true]],
    text: "é漢😀\u{0}\n",
  };
  here.answer = () => ({ ...APPLICATION, values });
  const first = await here.apps.get("me");
  assert.deepEqual(first.values, values);
  by((response) =>
    response.end('{"id":"1","clientId":"c","name":"b","far":12345678901234567890,"e":1e999,"z":-0}'),
  );
  const { far, e } = await here.apps.get("me");
  assert.deepEqual([far, e], [12345678901234567890, Infinity]);
});

test("H01: an error never says a secret that was sent", async () => {
  for (const [document, secret] of [
    [{ clientSecret: "sentinel" }, "sentinel"],
    [{ bearerAuthToken: "sentinel" }, "sentinel"],
    [{ appLevelAuth: { className: "Basic", username: "u", password: "sentinel" } }, "sentinel"],
    [{ clientSecret: 'sen"tin\\el é' }, 'sen"tin\\el é'],
  ]) {
    for (const answer of [
      { error: "validation-error", error_description: `The value ${secret} is too short` },
      { error: "validation-error", error_description: `${"x".repeat(506)}${secret}` },
      { error: secret, error_description: "bad" },
    ]) {
      here.answer = (_, response) => {
        response.statusCode = 400;
        return answer;
      };
      const thrown = await here.apps.update("me", document).catch((error) => error);
      assert.ok(thrown instanceof AuthError);
      const { description = "", hint, message, stack } = thrown;
      for (const text of [description, hint, message, stack, JSON.stringify(thrown)]) {
        assert.ok(!text.includes(secret.slice(0, 3)), text);
      }
    }
  }
});
