// Where a session's `fetch` sends its token.

import assert from "node:assert/strict";
import { test } from "node:test";

import { storage } from "./support/browser.mjs";
import { address, fc, path, soup, string, text } from "./support/generate.mjs";

const entry = new URL("../../dist/index.js", import.meta.url).href;
const { AuthError, buildAuthorizationUrl, handleRedirect, init, rememberRequest } = await import(entry);
await init();

Object.defineProperty(globalThis, "localStorage", { value: storage().store });

/** What has gone out. */
let requests = [];
globalThis.fetch = async (request) => {
  requests.push({ url: request.url, authorization: request.headers.get("authorization") });
  return new Response("ok");
};

/** A session that is signed in, by tokens that came in an address. */
async function signedIn(more) {
  const options = {
    server: { authorizationEndpoint: "https://as.example/auth", tokenEndpoint: "https://as.example/token" },
    ...{ clientId: "spa", flow: "implicit", redirectUri: "https://app.example/", storage: "memory", ...more },
  };
  const request = buildAuthorizationUrl(options);
  rememberRequest(request);
  const answer = `access_token=the-token&token_type=bearer&state=${request.state}`;
  return handleRedirect(options, `https://app.example/#${answer}`);
}

/** What goes out by `session.fetch(input)`, and the error if there is one. */
async function sent(session, input) {
  requests = [];
  const error = await session.fetch(input).then(
    () => undefined,
    (thrown) => thrown,
  );
  return { error, requests };
}

const isRefusal = (error) =>
  error instanceof AuthError && error.code === "origin_not_allowed" && error.phase === "request";

test("F02 F05: addresses resolve against the session's own base; the token goes below `api` only", async () => {
  const session = await signedIn({ baseUrl: "https://api.example/v1", api: ["https://api.example/v1"] });
  for (const [given, href] of [
    ["me", "https://api.example/v1/me"],
    ["", "https://api.example/v1/"],
    ["?q", "https://api.example/v1/?q"],
    ["./a/../b", "https://api.example/v1/b"],
    ["/v1/me", "https://api.example/v1/me"],
    ["//api.example/v1", "https://api.example/v1"],
    ["https:me", "https://api.example/v1/me"],
    [new URL("https://api.example/v1/u"), "https://api.example/v1/u"],
    [new Request("https://api.example/v1/r"), "https://api.example/v1/r"],
    [{ toString: () => "object" }, "https://api.example/v1/object"],
  ]) {
    const { error, requests } = await sent(session, given);
    assert.equal(error, undefined, String(given));
    assert.deepEqual(requests, [{ url: href, authorization: "Bearer the-token" }], String(given));
  }
  for (const bad of [
    "/me",
    "../../me",
    "../v11",
    "//evil.example/v1",
    "/\\evil.example/v1",
    "\\\\evil.example/v1",
    "\t//evil.example/v1",
    "http:evil",
    "https://evil.example/v1",
    "http://api.example/v1",
    "javascript:1",
    "blob:https://api.example/v1",
    "data:,https://api.example/v1",
    "https://u@api.example/v1",
    "//u:p@api.example/v1",
    "https://api.example/v1:x@evil.example/",
    "https://api.example@evil.example/v1",
    "https://",
    new URL("https://u:p@api.example/v1/"),
    new Request("https://api.example/other"),
    { toString: () => "https://evil.example/" },
  ]) {
    const { error, requests } = await sent(session, bad);
    assert.ok(isRefusal(error), `${String(bad)}: ${error}`);
    assert.deepEqual(requests, [], String(bad));
  }
});

test("F01 F05: where there is no page and no base, nothing is relative and nothing is allowed", async () => {
  const session = await signedIn({ clientId: "baseless" });
  for (const bad of ["me", "/me", "https://as.example/", "https://app.example/", "https://api.example/"]) {
    const { error, requests } = await sent(session, bad);
    assert.ok(isRefusal(error), `${bad}: ${error}`);
    assert.deepEqual(requests, []);
  }
});

test("F02 F03: below the allowed addresses a token goes along, and no other request is made at all", async () => {
  const session = await signedIn({ baseUrl: "https://api.example/v1/", api: ["https://api.example/v1"] });
  const near = fc
    .tuple(
      fc.constantFrom(
        "",
        "//",
        "/\\",
        "https:",
        "https://api.example",
        "https://u:p@api.example",
        "../",
        "/v1",
      ),
      fc.oneof(path(), soup(), text()),
    )
    .map(([start, rest]) => start + rest);
  const seen = { sent: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.oneof({ weight: 2, arbitrary: near }, address(), string()), async (given) => {
      const url = URL.canParse(given, "https://api.example/v1/")
        ? new URL(given, "https://api.example/v1/")
        : undefined;
      const isRight =
        url?.protocol === "https:" &&
        url.host === "api.example" &&
        url.username + url.password === "" &&
        url.pathname.split("/")[1] === "v1";
      const { error, requests } = await sent(session, given);
      if (isRight) {
        assert.equal(error, undefined, given);
        assert.deepEqual(requests, [{ url: url.href, authorization: "Bearer the-token" }]);
      } else {
        assert.ok(isRefusal(error), `${given}: ${error}`);
        assert.deepEqual(requests, []);
      }
      seen[isRight ? "sent" : "refused"]++;
    }),
  );
  assert.ok(seen.sent > 0 && seen.refused > 0, JSON.stringify(seen));
});
