// The URL of an authorization request: its endpoint, and parameters that arrive as they were given, each once.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  OPTIONS,
  STRICT,
  buildAuthorizationUrl,
  built,
  challengeOf,
  query,
  refusalOf,
  strict,
} from "./support/authorization.mjs";
import {
  PROTOCOL,
  choice,
  encoded,
  fc,
  ownName,
  ownParameters,
  path,
  text,
  token,
} from "./support/generate.mjs";

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

const PLAIN = { ...STRICT, authorizationEndpoint: "https://as.example/authorize" };

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
