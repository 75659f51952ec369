// Somebody who looks after applications: sessions, and a server that answers whatever a test wants.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, beforeEach } from "node:test";

import { AuthError, applications } from "../../../dist/apps.js";
import { permanentToken, space } from "../../../dist/index.js";

/** The application as Space would answer with it, in as few words as possible. */
export const APPLICATION = { id: "1", clientId: "c", name: "Bot" };

/** A session of a user whose permanent token the embedded server knows. */
export const sessionOf = (url, user, kind = "personal") =>
  permanentToken({ server: space(url), token: `space-${kind}-${user}`, storage: "memory" });

/** A session that is nothing but an address and a `fetch`. */
export const bareSession = (apiBase, fetch = globalThis.fetch) => ({ server: { apiBase }, fetch });

/**
 * A server that notes what it is asked, and answers by `here.answer`: with what `Response.json` would take, or by hand.
 * All of it is set up for the tests of one file.
 */
export function scripted() {
  const here = {
    /** @type {{ method: string, path: string, query: URLSearchParams, headers: object, body: string }[]} */
    seen: [],
    /** @type {(request: any, response: import("node:http").ServerResponse) => unknown} */
    answer: () => ({}),
    url: "",
    /** @type {ReturnType<typeof applications>} */
    apps: undefined,
  };
  const listener = createServer(async (request, response) => {
    try {
      const body = Buffer.concat(await request.toArray()).toString();
      const { pathname: path, searchParams: query } = new URL(request.url, "http://a");
      const { method, headers } = request;
      here.seen.push({ method, path, query, headers, body });
      const value = await here.answer(here.seen.at(-1), response);
      if (value !== undefined)
        response.setHeader("content-type", "application/json").end(JSON.stringify(value));
    } catch {
      // The client went away.
    }
  });
  before(async () => {
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    here.url = `http://127.0.0.1:${listener.address().port}`;
    here.apps = applications(bareSession(`${here.url}/api/http/`));
  });
  after(() => {
    listener.close();
    listener.closeAllConnections();
  });
  beforeEach(() => {
    here.seen.length = 0;
    here.answer = () => ({});
  });
  return here;
}

/** The error of a call that has to fail with this code; it has a phase, and is an `AuthError`. */
export async function failure(work, code, phase = "request") {
  let error;
  try {
    const value = await (typeof work === "function" ? work() : work);
    assert.fail(`${JSON.stringify(value)} instead of ${code}`);
  } catch (thrown) {
    if (thrown instanceof assert.AssertionError) throw thrown;
    error = thrown;
  }
  assert.ok(error instanceof AuthError, String(error?.stack ?? error));
  assert.deepEqual([error.code, error.phase], [code, phase], error.hint);
  return error;
}

/** @param {AsyncIterable<any>} items */
export async function all(items) {
  const list = [];
  for await (const item of items) list.push(item);
  return list;
}
