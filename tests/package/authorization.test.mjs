// The authorization request: what each flow asks for, and what is remembered of it.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AuthError,
  OPTIONS,
  STRICT,
  buildAuthorizationUrl,
  challengeOf,
  query,
  refusalOf,
  rememberRequest,
  strict,
} from "./support/authorization.mjs";
import { having, storage } from "./support/browser.mjs";
import { fc, of } from "./support/generate.mjs";

test("A05: a code request for Space has every parameter of the document", () => {
  const request = buildAuthorizationUrl({ ...OPTIONS, requestCredentials: "default" });
  assert.ok(request.url.startsWith("https://acme.jetbrains.space/oauth/auth?"));
  assert.deepEqual(query(request), {
    response_type: "code",
    client_id: "client",
    redirect_uri: "https://app.example/cb",
    scope: "**",
    state: request.state,
    code_challenge: challengeOf(request.codeVerifier),
    code_challenge_method: "S256",
    access_type: "offline",
    request_credentials: "default",
  });
  assert.ok(!request.url.includes(request.codeVerifier), "the verifier stays here");
  assert.deepEqual(Object.keys(request).sort(), ["codeVerifier", "flow", "redirectUri", "state", "url"]);
});

test("A05: the challenge is the SHA-256 of any verifier that the grammar allows, and of no other", () => {
  const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  const check = (codeVerifier) => {
    const sent = query(buildAuthorizationUrl({ ...OPTIONS, codeVerifier }));
    assert.equal(sent.code_challenge, challengeOf(codeVerifier));
    assert.equal(sent.code_challenge_method, "S256");
  };
  // The padding of the hash differs by the length.
  for (let length = 43; length <= 128; length++) check("~".repeat(length));
  fc.assert(fc.property(of(unreserved, 43, 128), check));
  fc.assert(
    fc.property(
      fc.oneof(of(unreserved, 0, 42), of(unreserved, 129, 140), of(`${unreserved}+/= é`, 43, 128)),
      (bad) => {
        if (/^[\w.~-]{43,128}$/.test(bad)) return;
        assert.throws(
          () => buildAuthorizationUrl({ ...OPTIONS, codeVerifier: bad }),
          refusalOf("codeVerifier"),
          bad,
        );
      },
    ),
  );
});

test("A06: PKCE is left out only for a server that is known to reject it", () => {
  const request = buildAuthorizationUrl(strict({ server: { ...STRICT, pkce: false } }));
  assert.equal(request.codeVerifier, undefined);
  assert.deepEqual(
    Object.keys(query(request)).filter((name) => name.startsWith("code_")),
    [],
  );
  for (const server of [STRICT, { ...STRICT, pkce: true }, { ...STRICT, pkce: undefined }]) {
    assert.equal(query(buildAuthorizationUrl(strict({ server }))).code_challenge_method, "S256");
  }
});

test("the implicit flow asks for a token, and neither PKCE nor a refresh token", () => {
  const request = buildAuthorizationUrl({ ...OPTIONS, flow: "implicit", accessType: "offline" });
  const { state, ...sent } = query(request);
  assert.deepEqual(sent, {
    response_type: "token",
    client_id: "client",
    redirect_uri: "https://app.example/cb",
    scope: "**",
  });
  assert.deepEqual(
    { ...request, url: "" },
    { url: "", flow: "implicit", state, redirectUri: OPTIONS.redirectUri },
  );
});

test("A08: OpenID gets a nonce, and offline_access where that is how a refresh token is asked for", () => {
  const server = { ...STRICT, offline: "offline_access" };
  const request = buildAuthorizationUrl(strict({ server, scope: "openid" }));
  assert.match(request.nonce, /^[\w-]{43}$/);
  assert.equal(query(request).nonce, request.nonce);
  assert.equal(query(request).scope, "openid offline_access");
  assert.notEqual(request.nonce, request.state);

  const scopeOf = (more) => query(buildAuthorizationUrl(strict({ server, ...more }))).scope;
  assert.equal(scopeOf({ scope: "offline_access a" }), "offline_access a", "not twice");
  assert.equal(scopeOf({ scope: "a", accessType: "online" }), "a");
  assert.equal(scopeOf({ scope: ["a", "b a"] }), "a b offline_access");
  for (const scope of ["OPENID", "openidx", "xopenid", "a:openid"]) {
    const { nonce, url } = buildAuthorizationUrl(strict({ scope }));
    assert.equal(nonce, undefined, scope);
    assert.equal(new URL(url).searchParams.has("nonce"), false, scope);
  }
  assert.equal(query(buildAuthorizationUrl(strict({ nonce: "mine" }))).nonce, "mine");
});

test("access_type is for the servers that know it", () => {
  const typeOf = (offline, accessType) =>
    query(buildAuthorizationUrl(strict({ server: { ...STRICT, offline }, accessType }))).access_type;
  assert.equal(typeOf("access_type", undefined), "offline");
  assert.equal(typeOf("access_type", "offline"), "offline");
  assert.equal(typeOf("access_type", "online"), undefined);
  for (const offline of ["offline_access", "always", "never", undefined]) {
    assert.equal(typeOf(offline, "offline"), undefined, offline);
  }
});

test("A01 A05: values that are given are checked", () => {
  for (const codeVerifier of ["", "short", "has space has space has space has space has", "é".repeat(43)]) {
    assert.throws(
      () => buildAuthorizationUrl(strict({ codeVerifier })),
      refusalOf("codeVerifier"),
      codeVerifier,
    );
  }
  for (const state of ["", "a b", "é", "a\n", "\0"]) {
    assert.throws(() => buildAuthorizationUrl(strict({ state })), refusalOf("state"), state);
  }
  assert.throws(() => buildAuthorizationUrl(strict({ nonce: "" })), refusalOf("nonce"));
});

test("A02: a request that is remembered waits under its state, with what its URL says", () => {
  const { store, items } = storage();
  having({ localStorage: { value: store } }, () => {
    const options = { scope: "x y", clientId: "a&b+c", appState: { to: "/1?a#b" }, parameters: { own: "1" } };
    for (const more of [{}, { flow: "implicit" }, { scope: "openid" }]) {
      items.clear();
      const request = buildAuthorizationUrl(strict({ ...options, ...more }));
      const before = Date.now();
      rememberRequest(request);
      assert.deepEqual([...items.keys()], [`space-auth:pending:${request.state}`]);
      const { createdAt, ...stored } = JSON.parse([...items.values()][0]);
      assert.ok(createdAt >= before && createdAt <= Date.now());
      const { url, appState, ...kept } = request;
      assert.deepEqual(stored, {
        ...kept,
        v: 1,
        endpoint: "https://as.example/authorize",
        clientId: "a&b+c",
        scope: more.scope ?? "x y",
        appState: '{"to":"/1?a#b"}',
      });
    }
  });
});

test("A13: the app's own state is no part of the URL", () => {
  const appState = { secret: "app-state-of-mine" };
  const request = buildAuthorizationUrl(strict({ appState }));
  assert.ok(!decodeURIComponent(request.url).includes("app-state-of-mine"));
  const { state, codeVerifier } = request;
  assert.equal(buildAuthorizationUrl(strict({ state, codeVerifier })).url, request.url);
});

test("G04: a request that cannot be stored says so", () => {
  const full = () => ({ value: storage({ isFull: true }).store });
  for (const globals of [{}, { localStorage: full() }, { localStorage: full(), sessionStorage: full() }]) {
    having(globals, () => {
      assert.throws(
        () => rememberRequest(buildAuthorizationUrl(strict())),
        (error) =>
          error instanceof AuthError && error.code === "storage_unavailable" && error.phase === "storage",
      );
    });
  }
});
