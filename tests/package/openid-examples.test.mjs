// OpenID Connect Core 1.0: the examples of its appendix A.

import assert from "node:assert/strict";
import { test } from "node:test";

import { newKey } from "./support/jwt.mjs";
import {
  ACCESS_TOKEN,
  CODE,
  IMPLICIT,
  JWKS_URI,
  NONCE,
  REDIRECT,
  SERVER,
  STATE,
  comeBack,
  here,
  isAccepted,
  isRefused,
  options,
  serve,
} from "./support/openid.mjs";
import { page, query, refusal } from "./support/world.mjs";

const unwrapped = (text) => text.replace(/\s/g, "");

/** What the id_tokens of the appendix have in common: their first members. */
const CLAIMS = {
  iss: "http://server.example.com",
  sub: "248289761001",
  aud: "s6BhdRkqt3",
  nonce: "n-0S6_WzA2Mj",
  exp: 1311281970,
  iat: 1311280970,
};
/** A second of the life of those tokens. */
const THEN = 1311281000;

const A2 = {
  claims: {
    ...CLAIMS,
    name: "Jane Doe",
    given_name: "Jane",
    family_name: "Doe",
    gender: "female",
    birthdate: "0000-10-31",
    email: "janedoe@example.com",
    picture: "http://example.com/janedoe/me.jpg",
  },
  token: unwrapped(`eyJraWQiOiIxZTlnZGs3IiwiYWxnIjoiUlMyNTYifQ.ewogImlz
    cyI6ICJodHRwOi8vc2VydmVyLmV4YW1wbGUuY29tIiwKICJzdWIiOiAiMjQ4
    Mjg5NzYxMDAxIiwKICJhdWQiOiAiczZCaGRSa3F0MyIsCiAibm9uY2UiOiAi
    bi0wUzZfV3pBMk1qIiwKICJleHAiOiAxMzExMjgxOTcwLAogImlhdCI6IDEz
    MTEyODA5NzAsCiAibmFtZSI6ICJKYW5lIERvZSIsCiAiZ2l2ZW5fbmFtZSI6
    ICJKYW5lIiwKICJmYW1pbHlfbmFtZSI6ICJEb2UiLAogImdlbmRlciI6ICJm
    ZW1hbGUiLAogImJpcnRoZGF0ZSI6ICIwMDAwLTEwLTMxIiwKICJlbWFpbCI6
    ICJqYW5lZG9lQGV4YW1wbGUuY29tIiwKICJwaWN0dXJlIjogImh0dHA6Ly9l
    eGFtcGxlLmNvbS9qYW5lZG9lL21lLmpwZyIKfQ.rHQjEmBqn9Jre0OLykYNn
    spA10Qql2rvx4FsD00jwlB0Sym4NzpgvPKsDjn_wMkHxcp6CilPcoKrWHcip
    R2iAjzLvDNAReF97zoJqq880ZD1bwY82JDauCXELVR9O6_B0w3K-E7yM2mac
    AAgNCUwtik6SjoSUZRcf-O5lygIyLENx882p6MtmwaL1hd6qn5RZOQ0TLrOY
    u0532g9Exxcm-ChymrB4xLykpDj3lUivJt63eEGGN6DH5K6o33TcxkIjNrCD
    4XB1CKKumZvCedgHHF3IAK4dVEDSUoGlH9z4pP_eWYNXvqQOjGs-rDaQzUHl
    6cQQWNiDpWOl_lxXjQEvQ`),
};

const A3 = {
  claims: { ...CLAIMS, at_hash: "77QmUPtjPfzWtF2AnpK9RQ" },
  token: unwrapped(`eyJraWQiOiIxZTlnZGs3IiwiYWxnIjoiUlMyNTYifQ.ewogIml
    zcyI6ICJodHRwOi8vc2VydmVyLmV4YW1wbGUuY29tIiwKICJzdWIiOiAiMjQ
    4Mjg5NzYxMDAxIiwKICJhdWQiOiAiczZCaGRSa3F0MyIsCiAibm9uY2UiOiA
    ibi0wUzZfV3pBMk1qIiwKICJleHAiOiAxMzExMjgxOTcwLAogImlhdCI6IDE
    zMTEyODA5NzAsCiAiYXRfaGFzaCI6ICI3N1FtVVB0alBmeld0RjJBbnBLOVJ
    RIgp9.F9gRev0Dt2tKcrBkHy72cmRqnLdzw9FLCCSebV7mWs7o_sv2O5s6zM
    ky2kmhHTVx9HmdvNnx9GaZ8XMYRFeYk8L5NZ7aYlA5W56nsG1iWOou_-gji0
    ibWIuuf4Owaho3YSoi7EvsTuLFz6tq-dLyz0dKABMDsiCmJ5wqkPUDTE3QTX
    jzbUmOzUDli-gCh5QPuZAq0cNW3pf_2n4zpvTYtbmj12cVcxGIMZby7TMWES
    RjQ9_o3jvhVNcCGcE0KAQXejhA1ocJhNEvQNqMFGlBb6_0RxxKjDZ-Oa329e
    GDidOvvp0h5hoES4a8IuGKS7NOcpp-aFwp0qVMDLI-Xnm-Pg`),
};

/** Appendix A.4 and A.6 print the same token. */
const A4 = {
  token: unwrapped(`eyJraWQiOiIxZTlnZGs3IiwiYWxnIjoiUlMyNTYifQ.ewogIml
    zcyI6ICJodHRwOi8vc2VydmVyLmV4YW1wbGUuY29tIiwKICJzdWIiOiAiMjQ
    4Mjg5NzYxMDAxIiwKICJhdWQiOiAiczZCaGRSa3F0MyIsCiAibm9uY2UiOiA
    ibi0wUzZfV3pBMk1qIiwKICJleHAiOiAxMzExMjgxOTcwLAogImlhdCI6IDE
    zMTEyODA5NzAsCiAiY19oYXNoIjogIkxEa3RLZG9RYWszUGswY25YeENsdEE
    iCn0.XW6uhdrkBgcGx6zVIrCiROpWURs-4goO1sKA4m9jhJIImiGg5muPUcN
    egx6sSv43c5DSn37sxCRrDZZm4ZPBKKgtYASMcE20SDgvYJdJS0cyuFw7Ijp
    _7WnIjcrl6B5cmoM6ylCvsLMwkoQAxVublMwH10oAxjzD6NEFsu9nipkszWh
    sPePf_rM4eMpkmCbTzume-fzZIi5VjdWGGEmzTg32h3jiex-r5WTHbj-u5HL
    7u_KP3rmbdYNzlzd1xWRYTUs4E8nOTgzAUwvwXkIQhOh5TPcSMBYy6X3E7-_
    gr9Ue6n4ND7hTFhtjYs3cjNKIA08qm5cpVYFMFMG6PkhzLQ`),
};

const A7 = {
  kty: "RSA",
  kid: "1e9gdk7",
  n: unwrapped(`w7Zdfmece8iaB0kiTY8pCtiBtzbptJmP28nSWwtdjRu0f2GFpajvWE4VhfJA
    jEsOcwYzay7XGN0b-X84BfC8hmCTOj2b2eHT7NsZegFPKRUQzJ9wW8ipn_aD
    JWMGDuB1XyqT1E7DYqjUCEOD1b4FLpy_xPn6oV_TYOfQ9fZdbE5HGxJUzeku
    GcOKqOQ8M7wfYHhHHLxGpQVgL0apWuP2gDDOdTtpuld4D2LK1MZK99s9gaSj
    RHE8JDb1Z4IGhEcEyzkxswVdPndUWzfvWBBWXWxtSUvQGBRkuy1BHOa4sP6F
    KjWEeeF7gm7UMs2Nm2QUgNZw6xvEDGaLk4KASdIxRQ`),
  e: "AQAB",
};

const example = (responseType) =>
  `https://server.example.com/authorize?response_type=${responseType}&client_id=s6BhdRkqt3` +
  "&redirect_uri=https%3A%2F%2Fclient.example.org%2Fcb&scope=openid%20profile%20email" +
  "&nonce=n-0S6_WzA2Mj&state=af0ifjsldkj";

test("OpenID Core A.1: the request and the answer of the code example", async () => {
  const { buildAuthorizationUrl, parseRedirect } = await page();
  const given = options({ state: STATE, nonce: NONCE });
  const { url } = buildAuthorizationUrl({ ...given, server: { ...SERVER, pkce: false } });
  assert.deepEqual(query(url), query(example("code")));

  // RFC 7636 came later, and adds two parameters to the same request.
  const request = buildAuthorizationUrl(given);
  const { code_challenge, code_challenge_method, ...rest } = query(request.url);
  assert.ok(code_challenge && code_challenge_method);
  assert.deepEqual(rest, query(example("code")));
  assert.equal(request.nonce, NONCE);
  assert.equal(parseRedirect(`${REDIRECT}?code=${CODE}&state=${STATE}`, request).code, CODE);
});

test("OpenID Core 3.1.3.3, A.2 D11: the id_token of the example from the token endpoint", async () => {
  here.at(THEN);
  // Appendix A.2 shows a flow without an access token, which is none of ours; its token fits the code flow.
  await isAccepted("back", A2.token, A2.claims, "A.2");
  assert.deepEqual(
    here.sent.map(({ url }) => url),
    [SERVER.tokenEndpoint],
  );
});

test("OpenID Core A.2, A.4, A.5, A.6 B09: the answers of flows that are none of ours are refused", async () => {
  here.at(THEN);
  const { AuthError, buildAuthorizationUrl, parseRedirect } = await page();
  const id = { id_token: A4.token };
  const token = { access_token: ACCESS_TOKEN, token_type: "Bearer" };
  for (const [flow, mark, answer] of [
    ["code", "?", { code: CODE, ...id }],
    ["code", "?", { code: CODE, ...token }],
    ["code", "?", { code: CODE, ...token, ...id }],
    ["code", "#", { code: CODE, ...id }],
    ["code", "#", { code: CODE, ...token, ...id }],
    ["implicit", "#", { code: CODE, ...id }],
    ["implicit", "#", { code: CODE, ...token }],
    ["implicit", "#", { code: CODE, ...token, ...id }],
    ["implicit", "#", { id_token: A2.token }],
  ]) {
    const request = buildAuthorizationUrl({ ...options({ flow }), state: STATE, nonce: NONCE });
    const back = `${REDIRECT}${mark}${new URLSearchParams({ ...answer, state: STATE })}`;
    assert.throws(
      () => parseRedirect(back, { ...request, server: SERVER }),
      (error) => error instanceof AuthError && /^(invalid_response|state_mismatch)$/.test(error.code),
      `${flow} ${mark} ${Object.keys(answer)}`,
    );
  }
});

test("OpenID Core A.3: the request of the id_token token example", async () => {
  const { buildAuthorizationUrl } = await page();
  const request = buildAuthorizationUrl({ ...options(IMPLICIT), state: STATE, nonce: NONCE });
  assert.deepEqual(query(request.url), query(example("id_token%20token")));
});

test("OpenID Core 3.2.2.1: without `openid` there is no id_token to ask for", async () => {
  const { buildAuthorizationUrl } = await page();
  for (const more of [{}, { nonce: NONCE }]) {
    const { url } = buildAuthorizationUrl({ ...options(IMPLICIT), scope: "profile", ...more });
    assert.equal(query(url).response_type, "token", JSON.stringify(more));
  }
});

test("OpenID Core A.3, A.7 K05 K07: the answer of the id_token token example, by the key of the example", async () => {
  here.at(THEN);
  await isAccepted("front", A3.token, A3.claims, "A.3", { keys: [A7] });
  assert.equal(here.sent.length, 1);
  const [{ url, method, init }] = here.sent;
  assert.equal(url, JWKS_URI);
  assert.equal(method, "GET");
  assert.equal(init.credentials, "omit");
  assert.equal(init.redirect, "error");
  assert.equal(new Headers(init.headers).get("authorization"), null);
});

test("OpenID Core A.3 K07: the example with another access token is refused", async () => {
  here.at(THEN);
  serve({ keys: [A7] });
  const answer = { access_token: `${ACCESS_TOKEN}x`, token_type: "Bearer", id_token: A3.token };
  const { lib, session } = await comeBack(answer, IMPLICIT);
  await refusal(lib.AuthError, session, "id_token_invalid");
  assert.equal(here.kept.items.size, 0);
});

test("OpenID Core A.2, A.3 K06 K07: the pieces look at the claims of the examples, too", async () => {
  here.at(THEN);
  const { AuthError, buildAuthorizationUrl, exchangeCode, parseRedirect } = await page();
  const isInvalid = (error) => error instanceof AuthError && error.code === "id_token_invalid";
  const given = { ...options(IMPLICIT), state: STATE };
  const request = { ...buildAuthorizationUrl({ ...given, nonce: NONCE }), server: SERVER };
  const back = (access_token) =>
    `${REDIRECT}#${new URLSearchParams({ access_token, token_type: "Bearer", id_token: A3.token, state: STATE })}`;
  const tokens = parseRedirect(back(ACCESS_TOKEN), request);
  assert.deepEqual([tokens.accessToken, tokens.idToken], [ACCESS_TOKEN, A3.token]);
  assert.throws(() => parseRedirect(back("other"), request), isInvalid);
  const another = { ...buildAuthorizationUrl({ ...given, nonce: "other" }), server: SERVER };
  assert.throws(() => parseRedirect(back(ACCESS_TOKEN), another), isInvalid);

  serve({ tokens: { id_token: A2.token } });
  const exchange = (more) => exchangeCode({ ...options(more), code: CODE });
  assert.equal((await exchange()).idToken, A2.token);
  await refusal(AuthError, exchange({ clientId: "other" }), "id_token_invalid");
});

test("OpenID Core A.7: another key than that of the example is refused", async () => {
  here.at(THEN);
  const other = await newKey("RS256", "1e9gdk7");
  await isRefused("front", A3.token, "another key", { keys: [other.jwk] });
  await isRefused("front", A3.token, "another name", { keys: [{ ...A7, kid: "1e9gdk8" }] });
  await isRefused("front", A3.token, "no key", { keys: [] });
  const { token } = A2;
  await isRefused("front", token, "A.2 has no at_hash, and is for no access token", { keys: [A7] });
});

test("OpenID Core A.2, 3.1.3.7 K10: the example is refused before and after its time", async () => {
  for (const seconds of [CLAIMS.exp + 301, Math.floor(Date.now() / 1_000), CLAIMS.iat - 86_400]) {
    here.at(seconds);
    await isRefused("back", A2.token, `at ${seconds}`);
    await isRefused("front", A3.token, `at ${seconds}`, { keys: [A7] });
  }
});
