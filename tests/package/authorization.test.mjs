// The authorization request, from options to a URL.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";

import { having, storage } from "./support/browser.mjs";
import {
  ANSWER,
  PROTOCOL,
  address,
  choice,
  encoded,
  fc,
  of,
  ownName,
  ownParameters,
  path,
  soup,
  string,
  text,
  token,
} from "./support/generate.mjs";

const entry = new URL("../../dist/index.js", import.meta.url).href;
const { AuthError, buildAuthorizationUrl, init, rememberRequest } = await import(entry);
await init();

const SPACE = "https://acme.jetbrains.space";
const STRICT = {
  issuer: "https://as.example",
  authorizationEndpoint: "https://as.example/authorize?tenant=a%2Bb",
  tokenEndpoint: "https://as.example/token",
};
const PLAIN = { ...STRICT, authorizationEndpoint: "https://as.example/authorize" };
const OPTIONS = { server: SPACE, clientId: "client", redirectUri: "https://app.example/cb" };
const strict = (more) => ({ ...OPTIONS, server: STRICT, ...more });

const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");

/** What is sent, each parameter once. */
function query({ url }) {
  const pairs = [...new URL(url).searchParams];
  const parameters = new Map(pairs);
  assert.equal(parameters.size, pairs.length, "every parameter stands once");
  return Object.fromEntries(parameters);
}

const refusalOf = (option) => (error) =>
  error instanceof AuthError &&
  error.code === "invalid_configuration" &&
  error.phase === "configure" &&
  error.hint.includes(`\`${option}\``);

/** The request, or undefined when an option is refused; anything else that is thrown is a failure. */
function built(options) {
  try {
    return buildAuthorizationUrl(options);
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    assert.equal(error.code, "invalid_configuration");
  }
}

const bitsOf = (value) =>
  [...Buffer.from(value, "base64url")].flatMap((byte) => [...byte.toString(2).padStart(8, "0")].map(Number));

test("A01: state, nonce and verifier are 256 bits each, all different, without a bias", () => {
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const values = [];
  for (let count = 0; count < 1_000; count++) {
    const { state, nonce, codeVerifier } = buildAuthorizationUrl({ ...OPTIONS, scope: "openid" });
    values.push(state, nonce, codeVerifier);
  }
  assert.equal(new Set(values).size, 3_000);
  const letters = new Map([...ALPHABET].map((letter) => [letter, 0]));
  const ones = new Array(256).fill(0);
  for (const value of values) {
    assert.match(value, /^[\w-]{43}$/);
    // The last character holds four bits only.
    for (const letter of value.slice(0, 42)) letters.set(letter, letters.get(letter) + 1);
    const bits = bitsOf(value);
    assert.equal(bits.length, 256);
    bits.forEach((bit, index) => (ones[index] += bit));
  }
  // Chi squared of 63 degrees of freedom: above 160 once in a thousand million runs.
  const expected = (3_000 * 42) / 64;
  const squared = [...letters.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  assert.ok(squared < 160, `chi squared is ${squared}`);
  // Seven standard deviations.
  for (const [index, count] of ones.entries()) {
    assert.ok(Math.abs(count - 1_500) < 192, `bit ${index} is set ${count} times of 3 000`);
  }
});

test("A01: all 256 bits come from crypto.getRandomValues, and every value draws its own", () => {
  const drawn = [];
  const crypto = {
    getRandomValues(bytes) {
      bytes.set(Buffer.from(bytes).map((_, index) => (37 * drawn.length + 255 - index) & 255));
      drawn.push(Buffer.from(bytes).toString("base64url"));
      return bytes;
    },
  };
  having({ crypto: { value: crypto } }, () => {
    const { state, nonce, codeVerifier } = buildAuthorizationUrl({ ...OPTIONS, scope: "openid" });
    assert.deepEqual([state, nonce, codeVerifier].sort(), [...drawn].sort());
    assert.equal(drawn.length, 3);
    drawn.length = 0;
    const given = { state: "s", nonce: "n", codeVerifier: "v".repeat(43) };
    buildAuthorizationUrl({ ...OPTIONS, ...given });
    assert.equal(drawn.length, 0, "what is given is not drawn");
  });
});

test("A01: whatever bytes are drawn, they are written in the alphabet of URLs", () => {
  for (const byte of [0, 255, 0xfb, 0xff, 0x3e]) {
    const crypto = { getRandomValues: (bytes) => bytes.fill(byte) };
    const { state } = having({ crypto: { value: crypto } }, () => buildAuthorizationUrl(OPTIONS));
    assert.equal(state, Buffer.alloc(32, byte).toString("base64url"));
  }
});

test("A01: without randomness there is no request, and no other source is used", () => {
  const refuses = () => {
    throw new DOMException("no entropy", "OperationError");
  };
  for (const crypto of [
    undefined,
    null,
    {},
    { getRandomValues: refuses },
    { randomUUID: () => "3f333df6-90a4-4fda-8dd3-9485d27cee36" },
  ]) {
    having({ crypto: { value: crypto } }, () => {
      assert.throws(
        () => buildAuthorizationUrl(OPTIONS),
        (error) =>
          error instanceof AuthError &&
          error.code === "unsupported" &&
          error.phase === "authorize" &&
          !error.retryable &&
          error.hint.includes("crypto.getRandomValues"),
      );
      const given = { state: "s", codeVerifier: "v".repeat(43) };
      assert.equal(buildAuthorizationUrl({ ...OPTIONS, ...given }).state, "s", "where none is needed");
    });
  }
});

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

test("A10: every endpoint of the server is checked and named", () => {
  for (const [bad, option] of [
    [{ tokenEndpoint: "http://as.example/token" }, "tokenEndpoint"],
    [{ tokenEndpoint: "" }, "tokenEndpoint"],
    [{ authorizationEndpoint: "javascript:alert(1)" }, "authorizationEndpoint"],
    [{ revocationEndpoint: "javascript:alert(1)" }, "revocationEndpoint"],
    [{ endSessionEndpoint: "javascript:alert(1)" }, "endSessionEndpoint"],
    [{ authorizationEndpoint: "https://u@as.example/" }, "authorizationEndpoint"],
    [{ authorizationEndpoint: "https://as.example/#" }, "authorizationEndpoint"],
    [{ authorizationEndpoint: undefined }, "authorizationEndpoint"],
  ]) {
    const server = { ...STRICT, ...bad };
    assert.throws(() => buildAuthorizationUrl(strict({ server })), refusalOf(option), JSON.stringify(bad));
  }
  const server = { authorizationEndpoint: "http://as.example/a", tokenEndpoint: "http://as.example/t" };
  assert.throws(() => buildAuthorizationUrl(strict({ server })), /allowHttp/);
  assert.ok(
    buildAuthorizationUrl(strict({ server, allowHttp: true })).url.startsWith("http://as.example/a?"),
  );
});

test("A11: the endpoint's own query stays, and protocol parameters stand once", () => {
  const request = buildAuthorizationUrl(strict());
  assert.ok(
    request.url.startsWith("https://as.example/authorize?tenant=a%2Bb&response_type=code&"),
    request.url,
  );
  assert.equal(query(request).tenant, "a+b");
  for (const end of ["?", "?&", "?a=1&", "?&&a"]) {
    const server = { ...STRICT, authorizationEndpoint: `https://as.example/authorize${end}` };
    const { url } = buildAuthorizationUrl(strict({ server }));
    assert.ok(url.startsWith(server.authorizationEndpoint), url);
    query({ url });
  }
});

test("A11: neither endpoint nor parameters override the protocol", () => {
  for (const name of PROTOCOL) {
    const server = { ...STRICT, authorizationEndpoint: `https://as.example/authorize?${name}=evil` };
    assert.throws(() => buildAuthorizationUrl(strict({ server })), refusalOf("authorizationEndpoint"), name);
    const parameters = { [name]: "evil" };
    assert.throws(
      () => buildAuthorizationUrl(strict({ parameters })),
      (error) => refusalOf("parameters")(error) && error.hint.includes(`\`${name}\``),
      name,
    );
  }
  const parameters = { access_type: "online" };
  assert.throws(
    () => buildAuthorizationUrl({ ...OPTIONS, parameters }),
    refusalOf("parameters"),
    "set already",
  );
  assert.equal(query(buildAuthorizationUrl(strict({ parameters }))).access_type, "online", "free elsewhere");
  const requestCredentials = "skip";
  const twice = { requestCredentials, parameters: { request_credentials: "silent" } };
  assert.throws(() => buildAuthorizationUrl(strict(twice)), refusalOf("parameters"));
  assert.throws(
    () => buildAuthorizationUrl(strict({ parameters: { tenant: "b" } })),
    refusalOf("parameters"),
  );
});

test("A11: protocol parameters cannot be set from outside, however they are written", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...PROTOCOL),
      text(),
      choice(),
      fc.boolean(),
      (name, value, how, atEndpoint) => {
        const pair = `x=1&${encoded(name, how)}=${encoded(value, how)}`;
        const authorizationEndpoint = `https://as.example/authorize?${pair}`;
        const options = atEndpoint
          ? strict({ server: { ...STRICT, authorizationEndpoint } })
          : strict({ parameters: { x: "1", [name]: value } });
        const named = atEndpoint ? "authorizationEndpoint" : "parameters";
        assert.throws(() => buildAuthorizationUrl(options), refusalOf(named), pair);
      },
    ),
  );
});

test("A11: whatever else is given, the protocol's parameters are the library's own", () => {
  const name = fc.oneof(ownName(), fc.constantFrom(...PROTOCOL, "access_type", "request_credentials"));
  const any = fc.uniqueArray(fc.tuple(name, text()), { maxLength: 4, selector: ([given]) => given });
  const seen = { sent: 0, refused: 0 };
  fc.assert(
    fc.property(any, any, fc.boolean(), (atEndpoint, parameters, isSpace) => {
      const own = atEndpoint.length > 0 ? `?${new URLSearchParams(atEndpoint)}` : "";
      const server = {
        ...PLAIN,
        authorizationEndpoint: `https://as.example/authorize${own}`,
        offline: isSpace ? "access_type" : "never",
      };
      const options = strict({
        server,
        scope: "a",
        state: "s1",
        nonce: "n1",
        parameters: Object.fromEntries(parameters),
      });
      const request = built(options);
      seen[request ? "sent" : "refused"]++;
      if (!request) return;
      const expected = new Map([...atEndpoint, ...parameters]);
      const library = {
        response_type: "code",
        client_id: "client",
        redirect_uri: OPTIONS.redirectUri,
        scope: "a",
        state: "s1",
        nonce: "n1",
        code_challenge: challengeOf(request.codeVerifier),
        code_challenge_method: "S256",
        ...(isSpace && { access_type: "offline" }),
      };
      for (const [parameter, value] of Object.entries(library)) expected.set(parameter, value);
      const sent = [...new URL(request.url).searchParams];
      assert.equal(sent.length, expected.size, "each once");
      assert.deepEqual(new Map(sent), expected);
    }),
  );
  assert.ok(seen.sent > 0 && seen.refused > 0, JSON.stringify(seen));
});

test("A11: a parameter of the endpoint is not sent a second time", () => {
  fc.assert(
    fc.property(ownName(), text(), text(), choice(), (name, one, other, how) => {
      const authorizationEndpoint = `https://as.example/authorize?${encoded(name, how)}=${encoded(one, how)}`;
      const options = strict({ server: { ...STRICT, authorizationEndpoint }, parameters: { [name]: other } });
      const request = built(options);
      if (!request) return;
      const sent = new URL(request.url).searchParams.getAll(name);
      assert.equal(sent.length, 1, "RFC 6749 section 3.1");
    }),
  );
});

test("A12: awkward values arrive as they were given", () => {
  const value = 'a b+c&d=e%f#g"é😀\0';
  const sent = query(buildAuthorizationUrl(strict({ clientId: value, parameters: { login_hint: value } })));
  assert.equal(sent.client_id, value);
  assert.equal(sent.login_hint, value);
});

test("A12: every parameter of the request decodes to its value and stands once", () => {
  const scopes = fc.array(fc.oneof(token(1, 12), fc.constantFrom("openid", "offline_access", "**")), {
    maxLength: 5,
  });
  const given = fc.record({
    clientId: text().filter(Boolean),
    scope: scopes,
    state: token(),
    atEndpoint: ownParameters(),
    more: ownParameters(),
    redirectQuery: ownParameters(),
    where: path(),
    flow: fc.constantFrom("code", "implicit"),
    accessType: fc.constantFrom(undefined, "online", "offline"),
    pkce: fc.constantFrom(undefined, true, false),
    nonce: fc.option(text().filter(Boolean), { nil: undefined }),
    offline: fc.constantFrom(undefined, "access_type", "offline_access", "always", "never"),
    requestCredentials: fc.constantFrom(undefined, "default", "required", "skip", "silent"),
  });
  fc.assert(
    fc.property(given, (options) => {
      const { clientId, scope, state, atEndpoint, more, redirectQuery, where, flow, accessType, pkce } =
        options;
      const { nonce, offline, requestCredentials } = options;
      const parameters = more.filter(([name]) => !atEndpoint.some(([other]) => other === name));
      const redirectUri = `https://app.example${where.replaceAll(" ", "+")}?${new URLSearchParams(redirectQuery)}`;
      const authorizationEndpoint = `https://as.example/authorize?${new URLSearchParams(atEndpoint)}`;
      const request = buildAuthorizationUrl({
        ...{ clientId, redirectUri, flow, scope, state, nonce, accessType, requestCredentials },
        parameters: Object.fromEntries(parameters),
        server: { ...STRICT, authorizationEndpoint, pkce, offline },
      });

      const expected = new Map(atEndpoint);
      const expect = (name, value) => {
        assert.ok(!expected.has(name), name);
        expected.set(name, value);
      };
      const wantsOffline = accessType !== "online";
      const extra = offline === "offline_access" && wantsOffline ? ["offline_access"] : [];
      const wanted = [...new Set([...scope, ...extra])];
      const implicit = wanted.includes("openid") ? "id_token token" : "token";
      expect("response_type", flow === "code" ? "code" : implicit);
      expect("client_id", clientId);
      expect("redirect_uri", redirectUri);
      expect("state", state);
      if (wanted.length > 0) expect("scope", wanted.join(" "));
      if (nonce !== undefined) expect("nonce", nonce);
      else if (wanted.includes("openid")) expect("nonce", request.nonce);
      if (flow === "code" && pkce !== false) {
        expect("code_challenge", challengeOf(request.codeVerifier));
        expect("code_challenge_method", "S256");
      }
      if (flow === "code" && offline === "access_type" && wantsOffline) expect("access_type", "offline");
      if (requestCredentials) expect("request_credentials", requestCredentials);
      for (const [name, value] of parameters) expect(name, value);

      const url = new URL(request.url);
      assert.equal(url.href, request.url, "the parser finds nothing to repair");
      const sent = [...url.searchParams];
      assert.equal(sent.length, expected.size, "each once");
      assert.deepEqual(new Map(sent), expected);
      assert.deepEqual([request.flow, request.state, request.redirectUri], [flow, state, redirectUri]);
      assert.equal("nonce" in request, expected.has("nonce"));
      assert.equal("codeVerifier" in request, expected.has("code_challenge"));
      if (request.codeVerifier)
        assert.ok(!request.url.includes(request.codeVerifier), "the verifier stays here");
    }),
  );
});

test("A12: an option with half of a surrogate pair is refused, since it could not arrive", () => {
  for (const wrong of [
    { clientId: "\ud800" },
    { clientId: "a\udc00b" },
    { scope: ["a", "\ud800"] },
    { state: "\ud800" },
    { parameters: { a: "\udc00" } },
    { parameters: { "\udc00": "a" } },
  ]) {
    assert.throws(
      () => buildAuthorizationUrl(strict(wrong)),
      { code: "invalid_configuration" },
      JSON.stringify(wrong),
    );
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
