// The example of RFC 7636, appendix B.

import assert from "node:assert/strict";
import { test } from "node:test";

import { page, query, world } from "./support/world.mjs";

const here = world();
const { buildAuthorizationUrl, exchangeCode, handleRedirect, rememberRequest } = await page();

const OCTETS = [
  ...[116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186],
  ...[22, 212, 37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121],
];
const VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const OPTIONS = {
  server: {
    authorizationEndpoint: "https://server.example.com/authorize",
    tokenEndpoint: "https://server.example.com/token",
  },
  clientId: "s6BhdRkqt3",
  redirectUri: "https://client.example.com/cb",
};

test("RFC 7636 B A05: the octets of the example become its verifier", () => {
  here.define("crypto", { getRandomValues: (bytes) => (bytes.set(OCTETS), bytes) });
  const { codeVerifier, url } = buildAuthorizationUrl({ ...OPTIONS, state: "xyz" });
  assert.equal(codeVerifier, VERIFIER);
  assert.equal(query(url).code_challenge, CHALLENGE);
});

test("RFC 7636 B, 4.3 A05: the verifier of the example becomes its challenge, by S256", () => {
  const { url } = buildAuthorizationUrl({ ...OPTIONS, codeVerifier: VERIFIER });
  const { code_challenge, code_challenge_method } = query(url);
  assert.equal(code_challenge, CHALLENGE);
  assert.equal(code_challenge_method, "S256");
  assert.ok(!url.includes(VERIFIER));
});

test("RFC 7636 7.2 A06: without WebCrypto's hash it is S256 all the same", () => {
  const { crypto } = globalThis;
  here.define("crypto", { getRandomValues: (bytes) => crypto.getRandomValues(bytes) });
  assert.equal(
    query(buildAuthorizationUrl({ ...OPTIONS, codeVerifier: VERIFIER }).url).code_challenge,
    CHALLENGE,
  );
});

test("RFC 7636 4.5: the token request holds the verifier, and the challenge no more", async () => {
  here.answer = () => Response.json({ access_token: "t", token_type: "bearer" });
  await exchangeCode({ ...OPTIONS, code: "c", codeVerifier: VERIFIER });
  const request = buildAuthorizationUrl({ ...OPTIONS, codeVerifier: VERIFIER });
  rememberRequest(request);
  await handleRedirect(OPTIONS, `${OPTIONS.redirectUri}?code=c&state=${request.state}`);
  assert.equal(here.sent.length, 2);
  for (const { parameters } of here.sent) {
    const { code_verifier, code_challenge } = Object.fromEntries(parameters);
    assert.equal(code_verifier, VERIFIER);
    assert.equal(code_challenge, undefined);
  }
});
