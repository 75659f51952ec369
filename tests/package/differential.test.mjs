// The requests of the package and those of an independent implementation, for the same random input.

import assert from "node:assert/strict";
import { test } from "node:test";

import { choice, encoded, fc, of, ownParameters, path, string, text, token } from "./support/generate.mjs";
import {
  answerByPeer,
  authorizationByPeer,
  challengeByPeer,
  tokenRequestByPeer,
  verifierByPeer,
} from "./support/peer.mjs";
import { page, world } from "./support/world.mjs";

const here = world();
const lib = await page();
const { AuthError, buildAuthorizationUrl, parseRedirect } = lib;

const RUNS = { numRuns: Number(process.env.PROPTEST_CASES ?? 10_000) };
const TOKEN_ENDPOINT = "https://as.example/token";

const UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
const verifier = () => of(UNRESERVED, 43, 128);

/** Words of any script; the package joins them with one space, as RFC 6749 section 3.3 writes them. */
const scopes = () =>
  fc.uniqueArray(
    fc.oneof(
      { weight: 3, arbitrary: token(1, 12) },
      { weight: 1, arbitrary: text().map((all) => all.replace(/[ \t\n\f\r]/g, "")) },
      { weight: 1, arbitrary: fc.constantFrom("openid", "**", "a:b", "+", "&", "%20", "a=b", "é") },
    ),
    { minLength: 1, maxLength: 4 },
  );
const wellFormedScope = () => scopes().map((all) => all.filter(Boolean));

const filled = () => text().filter(Boolean);

/** Any redirect URI that the package takes: absolute, without spaces, fragment and parameters of an answer. */
const redirectUri = () =>
  fc
    .tuple(
      fc.constantFrom(
        "https://app.example",
        "https://APP.example:443",
        "http://127.0.0.1:8080",
        "app://host",
      ),
      path(),
      fc.array(fc.tuple(of("abtx~!$'()*,;:@/?[]^|\\éß漢😀%"), of("abz019~!$'()*,;:@/?[]^|\\é😀+=")), {
        maxLength: 3,
      }),
    )
    .map(([origin, path, pairs]) => {
      const query = pairs.map(([name, value]) => `own${name.replaceAll("%", "%25")}=${value}`).join("&");
      return origin + path.replaceAll(" ", "%20") + (query && `?${query}`);
    });

const sorted = (pairs) => pairs.map((pair) => JSON.stringify(pair)).sort();

test("RFC 6749 4.1.1, 4.2.1, B A11 A12: authorization requests are the peer's, parameter by parameter", async () => {
  const inputs = fc.record({
    clientId: filled(),
    redirectUri: redirectUri(),
    scope: wellFormedScope(),
    state: token(),
    nonce: fc.option(filled(), { nil: undefined }),
    flow: fc.constantFrom("code", "code", "implicit"),
    codeVerifier: verifier(),
    // The endpoint's own query and the caller's parameters: no name in both, which the package refuses.
    further: ownParameters(),
    kept: fc.nat({ max: 6 }),
    choice: choice(),
  });
  await fc.assert(
    fc.asyncProperty(inputs, async ({ further, kept, choice, ...given }) => {
      const { clientId, redirectUri, scope, state, nonce, flow, codeVerifier } = given;
      const query = further.slice(0, kept).map((pair) => pair.map((part) => encoded(part, choice)).join("="));
      const endpoint = new URL(`https://as.example/authorize${query.length ? `?${query.join("&")}` : ""}`);
      const parameters = Object.fromEntries(further.slice(kept));
      // A plain object cannot be given `__proto__` by assignment.
      for (const [name, value] of further.slice(kept)) {
        Object.defineProperty(parameters, name, { value, enumerable: true });
      }
      const server = { authorizationEndpoint: endpoint.href, tokenEndpoint: TOKEN_ENDPOINT };
      const request = buildAuthorizationUrl({ ...given, server, parameters });

      const isCode = flow === "code";
      const wants = [
        ["response_type", responseType(flow, scope)],
        ["redirect_uri", redirectUri],
        ["state", state],
        ...(scope.length ? [["scope", scope.join(" ")]] : []),
        // A nonce that nobody gave is random: the package adds one where `openid` is asked for.
        ...(request.nonce === undefined ? [] : [["nonce", nonce ?? request.nonce]]),
        ...(isCode
          ? [
              ["code_challenge", await challengeByPeer(codeVerifier)],
              ["code_challenge_method", "S256"],
            ]
          : []),
        ...further.slice(kept),
      ];
      const sent = new URL(request.url);
      assert.equal(sent.hash, "");
      assert.equal(sent.origin + sent.pathname, endpoint.origin + endpoint.pathname);
      const peers = await authorizationByPeer(clientId, wants);
      assert.deepEqual(sorted([...sent.searchParams]), sorted([...endpoint.searchParams, ...peers]));
      assert.equal(request.nonce === undefined, nonce === undefined && !scope.includes("openid"));
    }),
    RUNS,
  );
});

/** An id_token comes through the fragment only where OpenID is asked for (OpenID Connect Core section 3.2.2.1). */
function responseType(flow, scope) {
  if (flow === "code") return "code";
  return scope.includes("openid") ? "id_token token" : "token";
}

test("RFC 7636 4.2 A05: challenges are the peer's", async () => {
  const options = { server: "https://as.example", clientId: "c", redirectUri: "https://app.example/" };
  const challengeOf = (codeVerifier) =>
    new URL(buildAuthorizationUrl({ ...options, codeVerifier }).url).searchParams.get("code_challenge");
  await fc.assert(
    fc.asyncProperty(verifier(), async (given) => {
      assert.equal(challengeOf(given), await challengeByPeer(given));
    }),
    RUNS,
  );
  for (let count = 0; count < 100; count++) {
    const given = verifierByPeer();
    assert.equal(challengeOf(given), await challengeByPeer(given), "a verifier of the peer's own");
  }
});

/**
 * Our header in the peer's spelling. RFC 6749 appendix B lets `*-._` stand as they are or be escaped; the package
 * leaves them, so that a server that forgets to decode still knows a client whose name is a UUID.
 */
function inPeersSpelling(header) {
  if (header === null) return null;
  assert.match(header, /^Basic [\w+/]+=*$/);
  const pair = Buffer.from(header.slice(6), "base64").toString("latin1");
  const hex = (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
  return `Basic ${Buffer.from(pair.replace(/[*\-._]/g, hex), "latin1").toString("base64")}`;
}

const ANSWER = JSON.stringify({ access_token: "t", token_type: "bearer", expires_in: 3600 });
const JSON_TYPE = { headers: { "content-type": "application/json" } };

/** Sends the request of a grant, and gives what was sent. */
async function sentByUs(client, grant, given) {
  here.sent = [];
  here.answer = () => new Response(ANSWER, JSON_TYPE);
  const { tokenEndpoint, clientId, clientSecret, authentication } = client;
  const server = { tokenEndpoint, clientAuthentication: authentication === "body" ? "body" : "basic" };
  const options = { server, clientId, ...(authentication !== "none" && { clientSecret }), ...given };
  if (grant === "authorization_code") await lib.exchangeCode(options);
  else if (grant === "refresh_token") await lib.refreshTokens(options);
  else {
    // A store of its own for each, so that none is signed in already.
    const stored = new Map();
    const storage = {
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
      removeItem: (key) => void stored.delete(key),
    };
    const start = grant === "password" ? lib.password : lib.clientCredentials;
    await start({ ...options, storage });
  }
  assert.equal(here.sent.length, 1);
  return here.sent[0];
}

const scopeText = () =>
  fc.option(
    wellFormedScope().map((all) => all.join(" ") || undefined),
    { nil: undefined },
  );

const GRANTS = {
  authorization_code: fc.record(
    { code: filled(), redirectUri: redirectUri(), codeVerifier: verifier() },
    { requiredKeys: ["code", "redirectUri"] },
  ),
  refresh_token: fc.record({ refreshToken: filled(), scope: scopeText() }),
  client_credentials: fc.record({ scope: scopeText() }),
  password: fc.record({ username: filled(), password: filled(), scope: scopeText() }),
};

for (const [grant, section] of [
  ["authorization_code", "4.1.3"],
  ["refresh_token", "6"],
  ["client_credentials", "4.4.2"],
  ["password", "4.3.2"],
]) {
  test(`RFC 6749 ${section}, 2.3.1 A12 C07 C08: ${grant} requests are the peer's`, async () => {
    const clients = fc.record({
      tokenEndpoint: fc.constantFrom(TOKEN_ENDPOINT, `${TOKEN_ENDPOINT}?tenant=a%2Bb&x=%20`),
      clientId: filled(),
      clientSecret: filled(),
      // The client credentials grant is for clients with a secret alone (RFC 6749 section 4.4).
      authentication: fc.constantFrom(...(grant === "client_credentials" ? [] : ["none"]), "basic", "body"),
    });
    await fc.assert(
      fc.asyncProperty(clients, GRANTS[grant], async (client, given) => {
        const ours = await sentByUs(client, grant, given);
        const peers = await tokenRequestByPeer(client, grant, given);
        assert.equal(ours.url, peers.url);
        assert.equal(ours.method, peers.method);
        assert.deepEqual(sorted(ours.parameters), sorted(peers.parameters));
        assert.equal(inPeersSpelling(ours.headers.get("authorization")), peers.headers.get("authorization"));
        assert.equal(ours.headers.get("accept"), peers.headers.get("accept"));
        // The peer names a charset, which this media type does not have (RFC 6749 appendix B: it is UTF-8).
        const [type] = peers.headers.get("content-type").split(";");
        assert.equal(ours.headers.get("content-type"), type);
        // Neither follows a redirect; the peer lets the caller see it, the package fails at once.
        assert.deepEqual([ours.init.redirect, peers.init.redirect], ["error", "manual"]);
      }),
      // All grants together make as many as the number says.
      { numRuns: Math.ceil(RUNS.numRuns / Object.keys(GRANTS).length) },
    );
  });
}

const ISSUER = "https://as.example";

/** Answers, right in most of their parts. */
const answers = () => {
  const pair = (name, values) => values.map((value) => [name, value]);
  const state = fc.oneof(
    { weight: 5, arbitrary: fc.constant("state-1") },
    { weight: 1, arbitrary: fc.constantFrom("", "state-2", "STATE-1", "state-1 ", "state-1\0") },
  );
  const iss = fc.oneof(
    { weight: 4, arbitrary: fc.constant(ISSUER) },
    { weight: 1, arbitrary: fc.constantFrom("", `${ISSUER}/`, "https://AS.example", "https://evil.example") },
  );
  const some = (name, value, weights) =>
    fc
      .oneof(...weights.map((weight, length) => ({ weight, arbitrary: fc.constant(length) })))
      .chain((length) => fc.array(value, { minLength: length, maxLength: length }))
      .map((values) => pair(name, values));
  return fc
    .tuple(
      some("code", fc.oneof(token(), token(), filled(), fc.constant("")), [1, 8, 1]),
      some("state", state, [1, 8, 1]),
      some("iss", iss, [4, 4, 1]),
      some("error", fc.constantFrom("access_denied", "server_error", ""), [8, 1, 1]),
      some("id_token", fc.constant("a.b.c"), [16, 1]),
      some("access_token", fc.constant("t"), [16, 1]),
      ownParameters().map((all) => all.filter(([name]) => name !== "response" && name !== "token")),
      choice(),
    )
    .chain(([...parts]) => {
      const bits = parts.pop();
      return fc.shuffledSubarray(parts.flat(), { minLength: parts.flat().length }).map((pairs) => ({
        pairs,
        query: pairs.map((each) => each.map((part) => encoded(part, bits)).join("=")).join("&"),
      }));
    });
};

test("RFC 6749 4.1.2, RFC 9207 2.4 B01 B02 B04: what is accepted is what the peer accepts", () => {
  const seen = { code: 0, error: 0, refused: 0, stricter: 0 };
  fc.assert(
    fc.property(answers(), fc.boolean(), ({ pairs, query }, issParameter) => {
      const server = { issuer: ISSUER, issParameter };
      const url = `https://as.example/authorize?client_id=c`;
      const request = { url, flow: "code", state: "state-1", redirectUri: "https://app.example/", server };
      const ours = answerByUs(() => parseRedirect(`https://app.example/?${query}`, request));
      const peers = answerByPeer(server, query, "state-1");
      const values = (name) => pairs.filter(([given]) => given === name).map(([, value]) => value);
      const kind = Object.keys(peers)[0];
      if (ours.code !== undefined) {
        seen[kind]++;
        assert.deepEqual(ours, peers, "what the package takes, the peer takes, too");
        return;
      }
      if ("refused" in peers) {
        seen[kind]++;
        assert.ok("refused" in ours, `${ours.error}: what the peer refuses is no error of the server`);
        return;
      }
      const isStricter =
        // A parameter that is there but empty names no issuer of ours; to the peer it is not there.
        values("iss").includes("") ||
        // An error without a name is no answer; to the peer it is no error.
        values("error").includes("") ||
        // The peer looks at the code of an error no more, and at a token not at all.
        values("code").length > 1 ||
        values("access_token").length > 0 ||
        // It would stand in no header; a code has VSCHAR only (RFC 6749 appendix A.11).
        !/^[!-~]*$/.test(values("code").join(""));
      if (isStricter) {
        seen.stricter++;
        return;
      }
      seen[kind]++;
      assert.deepEqual(ours, peers);
    }),
    RUNS,
  );
  for (const [kind, count] of Object.entries(seen))
    assert.ok(count > RUNS.numRuns / 100, `${kind}: ${count}`);
});

/** A code, the error of the server, or nothing but that it is refused. */
function answerByUs(work) {
  try {
    const { code } = work();
    return { code };
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    const isOurs = ["state_mismatch", "issuer_mismatch", "invalid_response"].includes(error.code);
    return isOurs ? { refused: error.code } : { error: error.code };
  }
}

test("RFC 6749 B A12: what cannot be encoded is refused by both", async () => {
  const half = string().filter((all) => /\p{Cs}/u.test(all));
  const client = { tokenEndpoint: TOKEN_ENDPOINT, clientId: "c", clientSecret: "s" };
  await fc.assert(
    fc.asyncProperty(half, async (bad) => {
      const refused = (error) => error instanceof AuthError && error.code === "invalid_configuration";
      const basic = { ...client, clientSecret: bad, authentication: "basic" };
      await assert.rejects(sentByUs(basic, "refresh_token", { refreshToken: "r" }), refused);
      await assert.rejects(
        async () => tokenRequestByPeer(basic, "refresh_token", { refreshToken: "r" }),
        URIError,
      );
      // Elsewhere the peer sends U+FFFD in its place, which is another value than the one that was given.
      const body = { ...client, authentication: "body" };
      await assert.rejects(sentByUs(body, "refresh_token", { refreshToken: bad }), refused);
    }),
    { numRuns: Math.ceil(RUNS.numRuns / 10) },
  );
});
