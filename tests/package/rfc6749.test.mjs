// The examples of RFC 6749, under the numbers of its sections.

import assert from "node:assert/strict";
import { test } from "node:test";

import { page, query, refusal, world } from "./support/world.mjs";

const here = world();
const { AuthError, buildAuthorizationUrl, clientCredentials, exchangeCode, parseRedirect, password, ...lib } =
  await page();

const SERVER = {
  authorizationEndpoint: "https://server.example.com/authorize",
  tokenEndpoint: "https://server.example.com/token",
};
const REDIRECT = "https://client.example.com/cb";
const CLIENT = { server: SERVER, clientId: "s6BhdRkqt3" };
const SECRET = "gX1fBat3bV";
const BASIC = "Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW";

/** Section 4.1.4, but for `token_type`: the "example" type of the RFC is one that no client knows. */
const ANSWER = {
  access_token: "2YotnFZFEjr1zCsicMWpAA",
  token_type: "bearer",
  expires_in: 3600,
  refresh_token: "tGzv3JOkF0XG5Qx2TlKWIA",
  example_parameter: "example_value",
};
const HEADERS = {
  "content-type": "application/json;charset=UTF-8",
  "cache-control": "no-store",
  pragma: "no-cache",
};
const answers = (answer, status = 200, more = {}) =>
  (here.answer = () => new Response(JSON.stringify(answer), { status, headers: { ...HEADERS, ...more } }));

const authorization = (more) =>
  buildAuthorizationUrl({ ...CLIENT, redirectUri: REDIRECT, state: "xyz", ...more });
const exchange = (more) =>
  exchangeCode({ ...CLIENT, code: "SplxlOBeZQQYbYS6WxSbIA", redirectUri: REDIRECT, ...more });
const refresh = (more) => lib.refreshTokens({ ...CLIENT, refreshToken: "tGzv3JOkF0XG5Qx2TlKWIA", ...more });

/** The one request that was sent, with what is the same for all of them checked. */
function sentOnce() {
  assert.equal(here.sent.length, 1);
  const [{ url, method, headers, body, parameters }] = here.sent.splice(0);
  assert.equal(method, "POST");
  assert.equal(url, SERVER.tokenEndpoint, "nothing stands in the URL");
  assert.equal(headers.get("content-type"), "application/x-www-form-urlencoded");
  const form = Object.fromEntries(parameters);
  assert.equal(Object.keys(form).length, parameters.length, "every parameter stands once");
  return { authorization: headers.get("authorization"), form, body };
}

function thrown(work) {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    return error;
  }
  assert.fail("it was accepted");
}

test("RFC 6749 4.1.1: the authorization request of the example", () => {
  const example = new URL(
    "https://server.example.com/authorize?response_type=code&client_id=s6BhdRkqt3&state=xyz" +
      "&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb",
  );
  const { url } = authorization({ server: { ...SERVER, pkce: false } });
  assert.deepEqual(query(url), query(example));
  assert.equal(new URL(url).origin + new URL(url).pathname, example.origin + example.pathname);

  // RFC 7636 came later, and adds two parameters to the same request.
  const { code_challenge, code_challenge_method, ...rest } = query(authorization().url);
  assert.match(code_challenge, /^[\w-]{43}$/);
  assert.equal(code_challenge_method, "S256");
  assert.deepEqual(rest, query(example));

  const { scope, ...others } = query(
    authorization({ server: { ...SERVER, pkce: false }, scope: ["a", "b"] }).url,
  );
  assert.equal(scope, "a b");
  assert.deepEqual(others, query(example), "a scope is asked for beside the rest, not in its place");
});

test("RFC 6749 4.1.2: the answer of the example gives its code", () => {
  const back = `${REDIRECT}?code=SplxlOBeZQQYbYS6WxSbIA&state=xyz`;
  assert.deepEqual({ ...parseRedirect(back, authorization()) }, { code: "SplxlOBeZQQYbYS6WxSbIA" });
  // "The client MUST ignore unrecognized response parameters."
  assert.equal(
    parseRedirect(`${back}&example_parameter=a&example_parameter=b`, authorization()).code.length,
    22,
  );
});

test("RFC 6749 4.1.2 B01: the state of the example is compared exactly", () => {
  for (const state of ["", "&state=", "&state=XYZ", "&state=xyz%20", "&state=xy", "&state=xyz%00"]) {
    const back = `${REDIRECT}?code=SplxlOBeZQQYbYS6WxSbIA${state}`;
    assert.equal(thrown(() => parseRedirect(back, authorization())).code, "state_mismatch", state);
  }
});

test("RFC 6749 4.1.2.1 B12: the error of the example, and every other error of the section", () => {
  const codes = [
    ...["invalid_request", "unauthorized_client", "access_denied", "unsupported_response_type"],
    ...["invalid_scope", "server_error", "temporarily_unavailable"],
  ];
  for (const code of codes) {
    const error = thrown(() => parseRedirect(`${REDIRECT}?error=${code}&state=xyz`, authorization()));
    assert.equal(error.code, code);
    assert.equal(error.phase, "redirect");
    assert.equal(error.description, undefined);
  }
  const told =
    "error=access_denied&error_description=The+user+said+%22no%22&error_uri=https%3A%2F%2Fserver.example.com%2Fe";
  const error = thrown(() => parseRedirect(`${REDIRECT}?${told}&state=xyz`, authorization()));
  assert.equal(error.description, 'The user said "no"');
  assert.equal(error.uri, "https://server.example.com/e");
});

test("RFC 6749 4.1.2.1 B01: an error without the right state is nobody's", () => {
  for (const state of ["", "&state=", "&state=zyx"]) {
    const back = `${REDIRECT}?error=access_denied${state}`;
    assert.equal(thrown(() => parseRedirect(back, authorization())).code, "state_mismatch", state);
  }
});

test("RFC 6749 4.1.3: the token request of the example", async () => {
  answers(ANSWER);
  await exchange({ clientSecret: SECRET });
  const { authorization, form } = sentOnce();
  assert.equal(authorization, BASIC);
  const example =
    "grant_type=authorization_code&code=SplxlOBeZQQYbYS6WxSbIA&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb";
  assert.deepEqual(form, Object.fromEntries(new URLSearchParams(example)));

  // RFC 7636 adds one parameter.
  const codeVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  await exchange({ clientSecret: SECRET, codeVerifier });
  const { code_verifier, ...rest } = sentOnce().form;
  assert.equal(code_verifier, codeVerifier);
  assert.deepEqual(rest, form);
});

test("RFC 6749 4.1.3 C06: a client that does not authenticate names itself in the body", async () => {
  answers(ANSWER);
  await exchange();
  const { authorization, form } = sentOnce();
  assert.equal(authorization, null);
  assert.deepEqual(form, {
    grant_type: "authorization_code",
    code: "SplxlOBeZQQYbYS6WxSbIA",
    redirect_uri: REDIRECT,
    client_id: "s6BhdRkqt3",
  });
});

test("RFC 6749 4.1.4, 5.1: the answer of the example, whose further member is ignored", async () => {
  here.at(1_000_000);
  for (const token_type of ["bearer", "Bearer", "BEARER"]) {
    answers({ ...ANSWER, token_type });
    const tokens = await exchange({ scope: "a" });
    assert.deepEqual(
      { ...tokens, tokenType: tokens.tokenType.toLowerCase() },
      {
        accessToken: "2YotnFZFEjr1zCsicMWpAA",
        tokenType: "bearer",
        expiresAt: new Date(1_003_600_000),
        refreshToken: "tGzv3JOkF0XG5Qx2TlKWIA",
        // "OPTIONAL, if identical to the scope requested by the client".
        scopes: ["a"],
      },
    );
  }
  answers({ ...ANSWER, scope: "b c" });
  assert.deepEqual([...(await exchange({ scope: "a" })).scopes], ["b", "c"]);
});

test("RFC 6749 7.1 D04: a token of the type `example` is one that a client must not use", async () => {
  answers({ ...ANSWER, token_type: "example" });
  const error = await refusal(AuthError, exchange(), "invalid_response");
  assert.equal(error.phase, "token");
  assert.equal(error.retryable, false);
});

test("RFC 6749 5.2 D09: the error of the example, and every other error of the section", async () => {
  const codes = [
    ...["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"],
    ...["unsupported_grant_type", "invalid_scope"],
  ];
  for (const code of codes) {
    answers({ error: code }, 400);
    for (const asks of [exchange, refresh]) {
      const error = await refusal(AuthError, asks(), code);
      assert.equal(error.status, 400);
      assert.equal(error.retryable, false);
    }
  }
  // A client that came with an Authorization header is answered with 401 and a challenge.
  answers({ error: "invalid_client", error_description: "Unknown" }, 401, { "www-authenticate": "Basic" });
  const error = await refusal(AuthError, exchange({ clientSecret: SECRET }), "invalid_client");
  assert.equal(error.status, 401);
  assert.equal(error.description, "Unknown");
});

test("RFC 6749 4.2.1: the implicit request of the example", () => {
  const example =
    "https://server.example.com/authorize?response_type=token&client_id=s6BhdRkqt3&state=xyz" +
    "&redirect_uri=https%3A%2F%2Fclient%2Eexample%2Ecom%2Fcb";
  assert.deepEqual(query(authorization({ flow: "implicit" }).url), query(example));
});

test("RFC 6749 4.2.2 B11: the implicit answer of the example", () => {
  here.at(1_000_000);
  // The RFC comes back to another host than the one it asked for; where it comes back to is not in the answer.
  const back = (type) =>
    `http://example.com/cb#access_token=2YotnFZFEjr1zCsicMWpAA&state=xyz&token_type=${type}&expires_in=3600`;
  const request = authorization({ flow: "implicit", scope: "a b" });
  const tokens = parseRedirect(back("bearer"), request);
  assert.equal(tokens.accessToken, "2YotnFZFEjr1zCsicMWpAA");
  assert.deepEqual(tokens.expiresAt, new Date(1_003_600_000));
  assert.equal(tokens.refreshToken, undefined);
  assert.deepEqual([...tokens.scopes], ["a", "b"]);
  for (const wrong of ["example", "", "bearer&token_type=bearer"]) {
    assert.equal(thrown(() => parseRedirect(back(wrong), request)).code, "invalid_response", wrong);
  }
  // "The authorization server MUST NOT issue a refresh token."
  assert.equal(parseRedirect(`${back("bearer")}&refresh_token=r`, request).refreshToken, undefined);
});

test("RFC 6749 4.2.2.1 B12: the implicit error of the example", () => {
  const request = authorization({ flow: "implicit" });
  const back = `${REDIRECT}#error=access_denied&state=xyz`;
  assert.equal(thrown(() => parseRedirect(back, request)).code, "access_denied");
  assert.equal(
    thrown(() => parseRedirect(`${REDIRECT}#error=access_denied&state=zyx`, request)).code,
    "state_mismatch",
  );
});

test("RFC 6749 4.3.2: the password request of the example", async () => {
  answers(ANSWER);
  const session = await password({
    ...CLIENT,
    clientSecret: SECRET,
    username: "johndoe",
    password: "A3ddj3w",
    storage: here.kept.store,
  });
  const { authorization, form } = sentOnce();
  assert.equal(authorization, BASIC);
  assert.deepEqual(form, { grant_type: "password", username: "johndoe", password: "A3ddj3w" });
  assert.equal(session.grant, "password");
  assert.equal(session.subject, "user");
  assert.equal(await session.accessToken(), "2YotnFZFEjr1zCsicMWpAA");

  // Section 4.3.3: the answer has a refresh token, which is used without the password.
  answers({ ...ANSWER, access_token: "second" });
  await session.refresh();
  const refreshed = sentOnce();
  assert.equal(refreshed.authorization, BASIC);
  assert.equal(refreshed.form.grant_type, "refresh_token");
  assert.equal(refreshed.form.refresh_token, "tGzv3JOkF0XG5Qx2TlKWIA");
  assert.equal(await session.accessToken(), "second");
});

test("RFC 6749 4.3.1 C09: the password is neither stored nor told in an error", async () => {
  const storage = here.kept.store;
  const given = { ...CLIENT, username: "johndoe", password: "A3ddj3w", storage };
  answers({ error: "invalid_grant", error_description: "no user johndoe with A3ddj3w" }, 400);
  const error = await refusal(AuthError, password(given), "invalid_grant");
  const told = [error.message, error.hint, error.description, error.stack, JSON.stringify(error)].join("\n");
  assert.ok(!told.includes("A3ddj3w"), told);
  assert.equal(here.kept.items.size, 0);
  assert.equal(here.sent.length, 1, "it is not tried again");

  answers(ANSWER);
  await password(given);
  assert.ok(here.kept.items.size > 0);
  assert.ok(!JSON.stringify([...here.kept.items]).includes("A3ddj3w"));
});

test("RFC 6749 4.4.2: the client credentials request of the example", async () => {
  const { refresh_token, ...answer } = ANSWER;
  answers(answer);
  const session = await clientCredentials({ ...CLIENT, clientSecret: SECRET, storage: here.kept.store });
  const { authorization, form } = sentOnce();
  assert.equal(authorization, BASIC);
  assert.deepEqual(form, { grant_type: "client_credentials" });
  assert.equal(session.grant, "client_credentials");
  assert.equal(session.subject, "application");
  assert.equal(await session.accessToken(), "2YotnFZFEjr1zCsicMWpAA");
  assert.equal(here.sent.length, 0);
});

test("RFC 6749 4.4.3 C10: a refresh token for client credentials is ignored", async () => {
  answers(ANSWER);
  const storage = here.kept.store;
  const session = await clientCredentials({ ...CLIENT, clientSecret: SECRET, storage });
  assert.equal(await session.accessToken(), "2YotnFZFEjr1zCsicMWpAA");
  assert.ok(!JSON.stringify([...here.kept.items]).includes("tGzv3JOkF0XG5Qx2TlKWIA"));
});

test("RFC 6749 4.4.3 C10: the next token for client credentials is asked for as the first one was", async () => {
  answers(ANSWER);
  const given = { ...CLIENT, clientSecret: SECRET, scope: "a b", storage: here.kept.store };
  const session = await clientCredentials(given);
  const first = sentOnce();
  answers({ ...ANSWER, access_token: "second" });
  await session.refresh();
  assert.deepEqual(sentOnce(), first);
  assert.deepEqual(first.form, { grant_type: "client_credentials", scope: "a b" });
  assert.equal(await session.accessToken(), "second");
});

test("RFC 6749 6: the refresh request of the example", async () => {
  answers(ANSWER);
  await refresh({ clientSecret: SECRET });
  const { authorization, form } = sentOnce();
  assert.equal(authorization, BASIC);
  assert.deepEqual(form, { grant_type: "refresh_token", refresh_token: "tGzv3JOkF0XG5Qx2TlKWIA" });

  await refresh({ clientSecret: SECRET, scope: "a b" });
  const { scope, ...rest } = sentOnce().form;
  assert.equal(scope, "a b");
  assert.deepEqual(rest, form);
});

test("RFC 6749 2.3.1: the two ways of the example", async () => {
  const secret = "7Fjfp0ZBr1KtDRbnfVdmIw";
  answers(ANSWER);
  await refresh({ clientSecret: secret });
  assert.equal(sentOnce().authorization, "Basic czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3");

  await refresh({ clientSecret: secret, server: { ...SERVER, clientAuthentication: "body" } });
  const { authorization, body } = sentOnce();
  assert.equal(authorization, null, "one way in one request");
  assert.equal(
    body,
    "grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA" +
      "&client_id=s6BhdRkqt3&client_secret=7Fjfp0ZBr1KtDRbnfVdmIw",
  );
});

const utf8 = (text) => Buffer.from(text).toString("base64");

test("RFC 6749 2.3.1 C08: name and secret are form-encoded before they are joined", async () => {
  answers(ANSWER);
  for (const [clientId, clientSecret, joined] of [
    ["a:b+c%", "d:e f&g=h", "a%3Ab%2Bc%25:d%3Ae+f%26g%3Dh"],
    ["é", "£€😀", "%C3%A9:%C2%A3%E2%82%AC%F0%9F%98%80"],
    ["https://app.example/", "~!'()", "https%3A%2F%2Fapp.example%2F:%7E%21%27%28%29"],
    ["6b1c-_.*", "\0\u007f", "6b1c-_.*:%00%7F"],
  ]) {
    await refresh({ clientId, clientSecret });
    assert.equal(sentOnce().authorization, `Basic ${utf8(joined)}`, clientId);
  }
});

test("RFC 6749 2.3.1: Space and Hub, which do not decode, get name and secret as they are", async () => {
  answers(ANSWER);
  const byHand = { ...SERVER, offline: "access_type" };
  for (const server of [
    "https://a.example",
    lib.space("https://a.example"),
    lib.hub("https://a.example"),
    byHand,
  ]) {
    for (const [clientId, clientSecret] of [
      ["s6BhdRkqt3", SECRET],
      ["6b1c-_.*", "a+b/c==%41 ~&"],
      ["é", "£€😀:é"],
    ]) {
      await refresh({ server, clientId, clientSecret });
      const [{ headers }] = here.sent.splice(0);
      assert.equal(
        headers.get("authorization"),
        `Basic ${utf8(`${clientId}:${clientSecret}`)}`,
        clientSecret,
      );
    }
  }
});

test("RFC 6749 B A12: the value of the example is written as the appendix has it, and read back", async () => {
  const VALUE = " %&+£€";
  const ENCODED = "+%25%26%2B%C2%A3%E2%82%AC";
  const { url } = authorization({ clientId: VALUE, parameters: { example: VALUE, [VALUE]: "name" } });
  assert.ok(url.includes(`&client_id=${ENCODED}&`), url);
  assert.ok(url.includes(`&example=${ENCODED}`), url);
  assert.ok(url.includes(`&${ENCODED}=name`), url);

  answers(ANSWER);
  await refresh({ refreshToken: VALUE });
  const { body } = sentOnce();
  assert.ok(body.includes(`&refresh_token=${ENCODED}&`), body);
  await exchange({ code: VALUE, clientSecret: VALUE });
  const { authorization: header } = sentOnce();
  assert.equal(header, `Basic ${utf8(`s6BhdRkqt3:${ENCODED}`)}`);

  const back = `${REDIRECT}?error=access_denied&state=xyz&error_description=${ENCODED}`;
  assert.equal(thrown(() => parseRedirect(back, authorization())).description.trim(), VALUE.trim());
});

test("RFC 6749 3.1 A11: the query of the endpoint is kept, and no parameter is sent twice", () => {
  const endpoint = "https://server.example.com/authorize?tenant=a%2Bb&x=%20";
  const { url } = authorization({ server: { ...SERVER, authorizationEndpoint: endpoint } });
  const { tenant, x, response_type } = query(url);
  assert.deepEqual([tenant, x, response_type], ["a+b", " ", "code"]);
});

test("RFC 6749 3.2 C01: the query of the token endpoint is kept, and nothing is added to it", async () => {
  answers(ANSWER);
  const tokenEndpoint = "https://server.example.com/token?tenant=a%2Bb";
  await exchange({ server: { ...SERVER, tokenEndpoint }, clientSecret: SECRET });
  assert.equal(here.sent[0].url, tokenEndpoint);
});
