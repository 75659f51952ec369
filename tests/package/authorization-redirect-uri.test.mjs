// The redirect URI of an authorization request: which are refused, and that the others arrive as they are.

import assert from "node:assert/strict";
import { test } from "node:test";

import { OPTIONS, buildAuthorizationUrl, built, query, refusalOf, strict } from "./support/authorization.mjs";
import { having } from "./support/browser.mjs";
import { ANSWER, address, fc, ownParameters, path, soup, string, text } from "./support/generate.mjs";

test("A09: the redirect URI arrives byte for byte", () => {
  for (const redirectUri of [
    "https://app.example/cb?tenant=a%2Bb",
    "https://APP.example",
    "https://app.example/a/../b",
    "https://app.example/é?ü=%C3%BC",
    "http://intranet/x?",
    "http://127.0.0.1:8080",
    "capacitor://localhost/cb",
  ]) {
    const request = buildAuthorizationUrl(strict({ redirectUri }));
    assert.equal(query(request).redirect_uri, redirectUri);
    assert.equal(request.redirectUri, redirectUri);
  }
});

test("A09: malformed redirect URIs are named", () => {
  for (const redirectUri of [
    "",
    "/cb",
    "cb",
    "//app.example/cb",
    "https://",
    "https://a/#frag",
    "https://a/#",
    "https://a/?x#",
    "javascript:alert(1)",
    "data:,x",
    "about:blank",
    "file:///cb",
    "com.example.app:/cb",
    "https://u:p@a/",
    "https://u@a/",
    "https://:p@a/",
    "https://a/?code=1",
    "https://a/?state",
    "https://a/?x&st%61te=1",
    "https://a/?%zz",
    "https://a/?%ff=1",
    "https://a/ b",
    " https://a/",
    "https://a/\n",
    "https://a/\tb",
    "https://a/\0",
    "https://a/\u007f",
    "https://a/\ud800",
    ...ANSWER.map((name) => `https://a/?x=1&${name}=1`),
  ]) {
    assert.throws(
      () => buildAuthorizationUrl(strict({ redirectUri })),
      refusalOf("redirectUri"),
      redirectUri,
    );
  }
});

test("A09: a redirect URI is refused or sent as it is", () => {
  const seen = { sent: 0, refused: 0 };
  fc.assert(
    fc.property(
      fc.oneof(
        text(),
        string(),
        soup(),
        address(),
        soup().map((end) => `https://app.example/${end}`),
      ),
      (redirectUri) => {
        const request = built({ ...OPTIONS, redirectUri });
        seen[request ? "sent" : "refused"]++;
        if (!request) return;
        assert.equal(new URL(request.url).searchParams.get("redirect_uri"), redirectUri);
        assert.equal(request.redirectUri, redirectUri);
        const own = new URL(redirectUri);
        assert.notEqual(own.hostname, "");
        assert.equal(own.username + own.password, "");
        assert.ok(!redirectUri.includes("#") && !/[\0-\x20\x7f]/.test(redirectUri), redirectUri);
        for (const [name] of own.searchParams) assert.ok(!ANSWER.includes(name), redirectUri);
      },
    ),
  );
  assert.ok(seen.sent > 0 && seen.refused > 0, JSON.stringify(seen));
});

test("A09: a well-formed redirect URI is sent as it is", () => {
  const own = ownParameters().map((pairs) => (pairs.length > 0 ? `?${new URLSearchParams(pairs)}` : ""));
  fc.assert(
    fc.property(
      fc.constantFrom(
        "https://app.example",
        "http://app.example:8080",
        "capacitor://localhost",
        "https://[::1]",
      ),
      path(),
      own,
      (origin, where, parameters) => {
        const redirectUri = origin + where.replaceAll(" ", "+") + parameters;
        const request = buildAuthorizationUrl({ ...OPTIONS, redirectUri });
        assert.equal(query(request).redirect_uri, redirectUri);
        assert.equal(request.redirectUri, redirectUri);
      },
    ),
  );
});

test("A09: without a redirect URI it is the page without query and fragment", () => {
  const { redirectUri, ...options } = OPTIONS;
  for (const [href, expected] of [
    ["https://app.example/p?q=1#f", "https://app.example/p"],
    ["https://app.example/p#f?q", "https://app.example/p"],
    ["https://app.example/", "https://app.example/"],
  ]) {
    const request = having({ location: { value: { href } } }, () => buildAuthorizationUrl(options));
    assert.equal(request.redirectUri, expected);
    assert.equal(query(request).redirect_uri, expected);
  }
  assert.throws(() => buildAuthorizationUrl(options), refusalOf("redirectUri"), "where there is no page");
});
