// OpenID Connect Core 1.0: the examples of its appendix A, and what an id_token must agree with.

import assert from "node:assert/strict";
import { before, test } from "node:test";

import { halfHash, newKey, segment, signed, signedBySecret } from "./support/jwt.mjs";
import { forEach, page, query, refusal, world } from "./support/world.mjs";

const here = world();

const REDIRECT = "https://client.example.org/cb";
const JWKS_URI = "https://server.example.com/jwks";
const SERVER = {
  issuer: "http://server.example.com",
  authorizationEndpoint: "https://server.example.com/authorize",
  tokenEndpoint: "https://server.example.com/token",
  jwksUri: JWKS_URI,
};
const STATE = "af0ifjsldkj";
const NONCE = "n-0S6_WzA2Mj";
const CODE = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
const ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
const CLIENT_ID = "s6BhdRkqt3";

const options = (more) => ({
  server: SERVER,
  clientId: CLIENT_ID,
  redirectUri: REDIRECT,
  scope: "openid profile email",
  ...more,
});
const IMPLICIT = { flow: "implicit" };

// ---- Appendix A -----------------------------------------------------------------------------------------------

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

const plain = (value) => JSON.parse(JSON.stringify(value));

/** The network: keys at their address, and an answer at the token endpoint. */
function serve({ keys = [], tokens = {} }) {
  here.answer = ({ url }) => {
    if (url === JWKS_URI) return Response.json({ keys });
    assert.equal(url, SERVER.tokenEndpoint);
    return Response.json({ access_token: ACCESS_TOKEN, token_type: "Bearer", expires_in: 3600, ...tokens });
  };
}

/** Leaves for the server and comes back with an answer, on a page that was just loaded. */
async function comeBack(answer, more) {
  here.sent = [];
  here.kept.items.clear();
  here.waiting.items.clear();
  const lib = await page();
  const { flow } = more ?? {};
  lib.rememberRequest(lib.buildAuthorizationUrl({ ...options(more), state: STATE, nonce: NONCE }));
  const mark = flow === "implicit" ? "#" : "?";
  const text = new URLSearchParams({ ...answer, state: STATE });
  return { lib, session: lib.handleRedirect(options(more), `${REDIRECT}${mark}${text}`) };
}

/** An id_token from the token endpoint, or one in the fragment. */
async function arrive(channel, idToken, { keys = [], more } = {}) {
  serve({ keys, tokens: { id_token: idToken } });
  const inFragment = { access_token: ACCESS_TOKEN, token_type: "Bearer", id_token: idToken };
  return channel === "front"
    ? comeBack(inFragment, { ...IMPLICIT, ...more })
    : comeBack({ code: CODE }, more);
}

/** It is refused, with one of the codes, and nothing of it is left. */
async function isRefused(channel, idToken, about, { keys, more } = {}) {
  const { lib, session } = await arrive(channel, idToken, { keys, more });
  await refusal(lib.AuthError, session, "id_token_invalid", `${channel}: ${about}`);
  assert.equal(here.kept.items.size, 0, `${about}: nothing is stored`);
  assert.equal(here.waiting.items.size, 0, `${about}: the request is used up`);
}

async function isAccepted(channel, idToken, claims, about, { keys, more } = {}) {
  const { session } = await arrive(channel, idToken, { keys, more });
  const signedIn = await session.catch((error) => assert.fail(`${channel}: ${about}: ${error}`));
  assert.deepEqual(plain(signedIn.claims), claims, about);
  assert.equal(await signedIn.accessToken(), ACCESS_TOKEN);
  return signedIn;
}

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

// ---- What an id_token must agree with -------------------------------------------------------------------------

let rsa, ec, other;
before(async () => {
  [rsa, ec, other] = await Promise.all([newKey("RS256", "r1"), newKey("ES256", "e1"), newKey("RS256", "r2")]);
});
const keys = () => [other.jwk, ec.jwk, rsa.jwk];

const NOW = 1_800_000_000;

/** Claims that are right for both channels. */
const right = (more) => {
  const claims = {
    iss: SERVER.issuer,
    sub: "248289761001",
    aud: CLIENT_ID,
    exp: NOW + 600,
    iat: NOW,
    nonce: NONCE,
    at_hash: halfHash(ACCESS_TOKEN),
    ...more,
  };
  // `undefined` is how a test says that one is missing.
  return plain(claims);
};

test("OpenID Core 3.1.3.7, 3.2.2.11 K05: a right id_token is accepted, and its claims are those of the session", async () => {
  here.at(NOW);
  for (const more of [
    {},
    { aud: [CLIENT_ID] },
    { azp: CLIENT_ID },
    { aud: [CLIENT_ID], azp: CLIENT_ID },
    { name: "Jané Døe 😀", address: { locality: "Å", list: [1, null, true, 1.5] }, roles: [] },
    { auth_time: NOW - 5, acr: "0", amr: ["pwd"], __own: 1 },
    { exp: NOW + 1 },
    { iat: NOW - 3_000 },
  ]) {
    const claims = right(more);
    const about = JSON.stringify(more);
    for (const key of [rsa, ec]) {
      const token = await signed(key, claims);
      await isAccepted("front", token, claims, `${key.alg} ${about}`, { keys: keys() });
      await isAccepted("back", token, claims, `${key.alg} ${about}`);
    }
  }
});

test("OpenID Core 3.1.3.7: at the token endpoint at_hash may be missing, and no key is asked for", async () => {
  here.at(NOW);
  const claims = right({ at_hash: undefined });
  await isAccepted("back", await signed(rsa, claims), claims, "no at_hash");
  // TLS has told who the server is; the key may be one that nobody publishes.
  await isAccepted("back", await signed(other, right()), right(), "no key", {
    more: { server: { ...SERVER, jwksUri: undefined } },
  });
  assert.equal(here.sent.length, 1);
});

test("RFC 7519 2: a time may have a fraction", async () => {
  here.at(NOW);
  const claims = right({ exp: NOW + 600.5, iat: NOW - 0.25 });
  await isAccepted("back", await signed(rsa, claims), claims, "a fraction");
});

test("OpenID Core 3.1.3.6: at_hash is by the hash of the token's own algorithm", async () => {
  here.at(NOW);
  const key = await newKey("RS512", "r512");
  const claims = right({ at_hash: halfHash(ACCESS_TOKEN, "sha512") });
  await isAccepted("back", await signed(key, claims), claims, "RS512");
});

/** What each claim must not be. */
const WRONG = {
  iss: [
    ...[
      "https://evil.example",
      "http://server.example.com/",
      "http://Server.example.com",
      "https://server.example.com",
    ],
    ...["", undefined, null, 1, ["http://server.example.com"]],
  ],
  aud: [
    ...["other", "S6BhdRkqt3", "s6BhdRkqt3 ", "", undefined, null, 1, [], ["other"], {}],
    ...[["other", "another"], [[CLIENT_ID]], { [CLIENT_ID]: true }],
    // Others may use it, too, and nobody says that it was made for us.
    ...[[CLIENT_ID, "other"]],
  ],
  azp: ["other", "", "S6BhdRkqt3", 1, [CLIENT_ID]],
  exp: [NOW - 301, NOW - 86_400, 0, -1, undefined, null, `${NOW + 600}`, true, [NOW + 600], {}],
  iat: [NOW + 301, NOW + 86_400, undefined, null, `${NOW}`, true, [NOW]],
  nonce: ["other", "N-0S6_WzA2Mj", `${NONCE} `, "", undefined, null, 1, [NONCE], {}],
  at_hash: [
    ...[halfHash("other"), halfHash(ACCESS_TOKEN).toLowerCase(), "", 1, [halfHash(ACCESS_TOKEN)]],
    ...[halfHash(ACCESS_TOKEN, "sha512"), `${halfHash(ACCESS_TOKEN)}==`],
  ],
  sub: [undefined, null, "", 1, ["248289761001"]],
};

for (const channel of ["back", "front"]) {
  for (const [claim, values] of Object.entries(WRONG)) {
    const id = { nonce: "K06", at_hash: "K07", exp: "K05 K10", iat: "K05 K10" }[claim] ?? "K05";
    const where = channel === "front" ? "3.2.2.11" : "3.1.3.7";
    test(`OpenID Core ${where} ${id} D11: a wrong ${claim} is refused`, async () => {
      here.at(NOW);
      await forEach(values, async (value) => {
        const token = await signed(rsa, right({ [claim]: value }));
        await isRefused(channel, token, `${claim}: ${JSON.stringify(value)}`, { keys: keys() });
      });
    });
  }

  test(`OpenID Core 3.1.3.7 K05 D11: two audiences for another party are refused (${channel} channel)`, async () => {
    here.at(NOW);
    const token = await signed(rsa, right({ aud: [CLIENT_ID, "other"], azp: "other" }));
    await isRefused(channel, token, "azp", { keys: keys() });
  });

  test(`OpenID Core 3.1.3.7 K10: clocks may be 59 seconds apart (${channel} channel)`, async () => {
    here.at(NOW);
    for (const more of [{ exp: NOW - 59, iat: NOW - 600 }, { iat: NOW + 59 }]) {
      const about = JSON.stringify(more);
      await isAccepted(channel, await signed(rsa, right(more)), right(more), about, { keys: keys() });
    }
  });

  test(`RFC 7519 7.2 K05 D11: what is no token is refused (${channel} channel)`, async () => {
    here.at(NOW);
    const good = await signed(rsa, right());
    const [head, payload, signature] = good.split(".");
    const latin = Buffer.from(JSON.stringify(right({ name: "\xff" })), "latin1").toString("base64url");
    const base64 = Buffer.from(JSON.stringify(right({ name: "ÿÿÿ~~~???" }))).toString("base64");
    const cases = [
      ["no token", "x"],
      ["no dots", head],
      ["two parts", `${head}.${payload}`],
      ["four parts", `${good}.x`],
      ["five parts", `${good}.x.y`],
      ["empty parts", ".."],
      ["no header", `.${payload}.${signature}`],
      ["no payload", `${head}..${signature}`],
      ["no JSON", `${head}.${segment("{")}.${signature}`],
      ["a list", await signed(rsa, [right()])],
      ["null", await signed(rsa, "null")],
      ["a text", await signed(rsa, '"x"')],
      ["two subjects", await signed(rsa, JSON.stringify(right()).replace("{", '{"sub":"first",'))],
      ["no UTF-8", `${head}.${latin}.${signature}`],
      ["no base64", `${head}.${payload.slice(0, -1)}!.${signature}`],
      ["the other base64", `${head}.${base64}.${signature}`],
      ["a header that is no object", `${segment('"RS256"')}.${payload}.${signature}`],
    ];
    await forEach(cases, ([about, token]) => isRefused(channel, token, about, { keys: keys() }));
  });

  test(`OpenID Core 2 K05: a token that nobody signed is refused (${channel} channel)`, async () => {
    here.at(NOW);
    const claims = segment(right());
    const [, , signature] = (await signed(rsa, right())).split(".");
    for (const alg of ["none", "None", "NONE", "nOnE", "", undefined, null, ["RS256"]]) {
      for (const end of ["", signature]) {
        // At the token endpoint any name of an algorithm will do: its signature need not be checked.
        if (channel === "back" && alg !== "none") continue;
        const token = `${segment({ alg, kid: "r1" })}.${claims}.${end}`;
        await isRefused(channel, token, `alg ${JSON.stringify(alg)} ${end && "signed"}`, { keys: keys() });
      }
    }
  });
}

test("OpenID Core 3.2.2.5 K05: where an id_token was asked for it must come", async () => {
  here.at(NOW);
  serve({ keys: keys() });
  const { lib, session } = await comeBack({ access_token: ACCESS_TOKEN, token_type: "Bearer" }, IMPLICIT);
  await refusal(lib.AuthError, session, "id_token_invalid");
  assert.equal(here.kept.items.size, 0);
});

test("OpenID Core 3.2.2.10 K07: in the fragment at_hash must be there", async () => {
  here.at(NOW);
  for (const at_hash of [undefined, null]) {
    await isRefused("front", await signed(rsa, right({ at_hash })), `at_hash ${at_hash}`, { keys: keys() });
  }
});

test("OpenID Core 3.2.2.11 K05: a signature by the public key as a secret is refused", async () => {
  here.at(NOW);
  const base64 = rsa.spki.toString("base64");
  const pem = `-----BEGIN PUBLIC KEY-----\n${base64.match(/.{1,64}/g).join("\n")}\n-----END PUBLIC KEY-----`;
  const secrets = [rsa.spki, base64, pem, `${pem}\n`, JSON.stringify(rsa.jwk), rsa.jwk.n, ""];
  const oct = { kty: "oct", kid: "o1", k: segment("secret"), alg: "HS256" };
  for (const kid of ["r1", undefined]) {
    for (const secret of [...secrets, Buffer.from(rsa.jwk.n, "base64url")]) {
      const token = signedBySecret(secret, right(), { kid });
      await isRefused("front", token, `${kid} ${String(secret).slice(0, 40)}`, { keys: keys() });
    }
  }
  const token = signedBySecret("secret", right(), { kid: "o1" });
  await isRefused("front", token, "a secret that is published", { keys: [...keys(), oct] });
});

test("OpenID Core 3.2.2.11 K05: a wrong signature is refused", async () => {
  here.at(NOW);
  const [head, payload, signature] = (await signed(rsa, right())).split(".");
  const bytes = Buffer.from(signature, "base64url");
  const changed = (index) => {
    const copy = Buffer.from(bytes);
    copy[index] ^= 1;
    return copy.toString("base64url");
  };
  const attacker = await newKey("RS256", "r1");
  const elliptic = await signed(ec, right());
  const cases = [
    ["the first bit", `${head}.${payload}.${changed(0)}`],
    ["the last bit", `${head}.${payload}.${changed(255)}`],
    ["none at all", `${head}.${payload}.`],
    ["cut short", `${head}.${payload}.${bytes.subarray(1).toString("base64url")}`],
    ["zeros", `${head}.${payload}.${segment("\0".repeat(256))}`],
    ["of other claims", `${head}.${segment(right({ sub: "other" }))}.${signature}`],
    ["of another header", `${segment({ alg: "RS256", kid: "r1", typ: "JWT" })}.${payload}.${signature}`],
    ["of another key of the server", await signed({ ...other, kid: "r1" }, right())],
    ["of the attacker's key", await signed(attacker, right())],
    ["of the attacker's key, which it brings along", await signed(attacker, right(), { jwk: attacker.jwk })],
    ["by another kind of key", `${segment({ alg: "ES256", kid: "r1" })}.${payload}.${signature}`],
    ["by zeros of a curve", `${elliptic.split(".").slice(0, 2).join(".")}.${segment("\0".repeat(64))}`],
  ];
  await forEach(cases, ([about, token]) => isRefused("front", token, about, { keys: keys() }));
});

test("OpenID Core 10.1 K05 K12: a key of an unknown name is refused, and asked for twice at most", async () => {
  here.at(NOW);
  for (const kid of ["unknown", "", "R1", "__proto__", 1, null]) {
    serve({ keys: keys() });
    const token = await signed(rsa, right(), { kid });
    const { lib, session } = await arrive("front", token, { keys: keys() });
    await refusal(lib.AuthError, session, "id_token_invalid", `kid ${kid}`);
    assert.equal(here.kept.items.size, 0);
    assert.ok(here.sent.length <= 2, `${here.sent.length} requests for kid ${kid}`);
  }
});

test("OpenID Core 10.1: a token need not name its key where there is one alone", async () => {
  here.at(NOW);
  const token = await signed({ ...rsa, kid: undefined }, right());
  await isAccepted("front", token, right(), "no kid", { keys: [{ ...rsa.jwk, kid: undefined }] });
});

test("OpenID Core 3.2.2.11 K05: no address that the token names is asked for a key", async () => {
  here.at(NOW);
  const attacker = await newKey("RS256", "r1");
  const header = { jku: "https://evil.example/jwks", x5u: "https://evil.example/x5u" };
  // `serve` fails for every address but that of the server.
  await isRefused("front", await signed(attacker, right(), header), "jku", { keys: keys() });
  assert.ok(here.sent.every(({ url }) => url === JWKS_URI));
});

test("RFC 7515 4.1.11 K05: a header that must be understood, and is not, is refused", async () => {
  here.at(NOW);
  const headers = [
    { crit: ["exp"], exp: NOW },
    { crit: ["b64"], b64: true },
    { crit: [] },
    { crit: ["https://a.example"] },
  ];
  await forEach(headers, async (header) => {
    await isRefused("front", await signed(rsa, right(), header), JSON.stringify(header), { keys: keys() });
  });
});

test("RFC 7517 4.2 K05: a key for encryption signs nothing", async () => {
  here.at(NOW);
  await isRefused("front", await signed(rsa, right()), "use", { keys: [{ ...rsa.jwk, use: "enc" }] });
});

test("OpenID Core 3.2.2.11 K12: without the keys nobody is signed in", async () => {
  here.at(NOW);
  const token = await signed(rsa, right());
  const big = " ".repeat(1 << 21);
  for (const [about, jwks] of [
    ["offline", () => Promise.reject(new TypeError("offline"))],
    ["an error", () => new Response("down", { status: 503 })],
    ["an error with keys", () => Response.json({ keys: keys() }, { status: 500 })],
    ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["no keys", () => Response.json({})],
    ["a list", () => Response.json(keys())],
    ["null", () => Response.json(null)],
    ["odd keys", () => Response.json({ keys: [null, 1, "x", [], {}, { kty: "RSA", kid: "r1" }] })],
    ["2 MiB", () => new Response(big + JSON.stringify({ keys: keys() }))],
  ]) {
    here.answer = jwks;
    const answer = { access_token: ACCESS_TOKEN, token_type: "Bearer", id_token: token };
    const { lib, session } = await comeBack(answer, IMPLICIT);
    await assert.rejects(session, (error) => error instanceof lib.AuthError, about);
    assert.equal(here.kept.items.size, 0, about);
  }
  const noAddress = { ...SERVER, jwksUri: undefined };
  const { lib, session } = await arrive("front", token, { more: { server: noAddress } });
  await assert.rejects(session, (error) => error instanceof lib.AuthError);
  assert.equal(here.kept.items.size, 0);
});

// ---- After signing in -----------------------------------------------------------------------------------------

test("OpenID Core 2: a later page has the same claims", async () => {
  here.at(NOW);
  const claims = right({ name: "Jané" });
  const { session } = await arrive("back", await signed(rsa, claims));
  await session;
  here.define("location", { href: REDIRECT, origin: "https://client.example.org", protocol: "https:" });
  const restored = await (await page()).login(options({ mode: "check" }));
  assert.deepEqual(plain(restored.claims), claims);
});

test("OpenID Core 2: without an id_token there are no claims", async () => {
  here.at(NOW);
  const { session } = await arrive("back", undefined, { more: { scope: "a" } });
  assert.equal((await session).claims, null);
});

/** Signs in, then refreshes with an answer that holds other claims. */
async function refreshedWith(claims) {
  here.at(NOW);
  serve({ tokens: { id_token: await signed(rsa, right()), refresh_token: "r1" } });
  const { lib, session } = await comeBack({ code: CODE });
  const signedIn = await session;
  const id_token = claims && (await signed(rsa, claims));
  serve({ tokens: { access_token: "second", id_token } });
  return { lib, session: signedIn, refreshed: signedIn.refresh() };
}

test("OpenID Core 12.2 E16: a refresh without an id_token, or with the user's own, keeps the user", async () => {
  // "It need not have a nonce"; its at_hash, where there is one, is that of the new access token.
  const again = right({ nonce: undefined, at_hash: undefined, iat: NOW + 5 });
  for (const claims of [undefined, again, { ...again, at_hash: halfHash("second") }]) {
    const { session, refreshed } = await refreshedWith(claims);
    await refreshed;
    assert.equal(session.claims.sub, "248289761001");
    assert.equal(await session.accessToken(), "second");
  }
});

test("OpenID Core 12.2 E16: a refresh for somebody else is refused", async () => {
  const wrongs = [
    ...[{ sub: "other" }, { iss: "https://evil.example" }, { aud: "other" }, { nonce: "other" }],
    ...[{ at_hash: halfHash(ACCESS_TOKEN) }, { exp: NOW - 301 }],
  ];
  await forEach(wrongs, async (wrong) => {
    const about = JSON.stringify(wrong);
    const claims = right({ at_hash: undefined, ...wrong });
    const { lib, session, refreshed } = await refreshedWith(claims);
    await refusal(lib.AuthError, refreshed, "id_token_invalid", about);
    const { sub = "248289761001" } = session.claims ?? {};
    assert.equal(sub, "248289761001", about);
    assert.ok(!JSON.stringify([...here.kept.items]).includes("second"), `${about}: nothing is stored`);
  });
});
