// The issuer in the answer: RFC 9207, with its examples.

import assert from "node:assert/strict";
import { test } from "node:test";

import { page, refusal, world } from "./support/world.mjs";

const here = world();
const { AuthError, buildAuthorizationUrl, handleRedirect, parseRedirect, rememberRequest } = await page();

const ISSUER = "https://honest.as.example";
const SERVER = {
  issuer: ISSUER,
  authorizationEndpoint: `${ISSUER}/authorize`,
  tokenEndpoint: `${ISSUER}/token`,
};
const PROMISED = { ...SERVER, issParameter: true };
const STATE = "ZWVlNDBlYzA1NjdkMDNhYjg3ZjUxZjAyNGQzMTM2NzI";
const REDIRECT = "https://client.example/cb";
const CODE = "x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58";
const ISS = "&iss=https%3A%2F%2Fhonest.as.example";
const GRANTED = `${REDIRECT}?code=${CODE}&state=${STATE}`;
const DENIED = `${REDIRECT}?error=access_denied&state=${STATE}`;

const options = (server) => ({ server, clientId: "c", redirectUri: REDIRECT });
const requestTo = (server, flow) => buildAuthorizationUrl({ ...options(server), flow, state: STATE });
const parsed = (back, server, flow) => parseRedirect(back, { ...requestTo(server, flow), server });

function codeOf(work) {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    return error.code;
  }
  return "accepted";
}

/** All that is no issuer of ours, however like it looks. */
const WRONG = [
  ...[
    "https%3A%2F%2Fattacker.example",
    "https%3A%2F%2Fhonest.as.example%2F",
    "https%3A%2F%2FHonest.as.example",
  ],
  ...[
    "HTTPS%3A%2F%2Fhonest.as.example",
    "http%3A%2F%2Fhonest.as.example",
    "https%3A%2F%2Fhonest.as.example%3A443",
  ],
  ...[
    "https%253A%252F%252Fhonest.as.example",
    "https%3A%2F%2Fhonest.as.example+",
    "https%3A%2F%2Fhonest.as.example%00",
  ],
  ...[
    "https%3A%2F%2Fhonest.as.example%23",
    "https%3A%2F%2Fhonest.as.example.",
    "honest.as.example",
    "",
    "null",
  ],
];

test("RFC 9207 2.1 B02: the right issuer is accepted, promised or not", () => {
  for (const server of [SERVER, PROMISED]) assert.equal(parsed(GRANTED + ISS, server).code, CODE);
  const plain = "&iss=https://honest.as.example";
  assert.equal(parsed(GRANTED + plain, PROMISED).code, CODE, "however it is encoded");
});

test("RFC 9207 2.4 B02: a wrong issuer is refused, byte by byte, promised or not", () => {
  for (const server of [SERVER, PROMISED]) {
    for (const iss of WRONG) {
      assert.equal(
        codeOf(() => parsed(`${GRANTED}&iss=${iss}`, server)),
        "issuer_mismatch",
        iss,
      );
    }
  }
});

test("RFC 9207 2.4 B02: the configured issuer is not normalised either", () => {
  const slash = { ...PROMISED, issuer: `${ISSUER}/` };
  assert.equal(
    codeOf(() => parsed(GRANTED + ISS, slash)),
    "issuer_mismatch",
  );
  assert.equal(parsed(`${GRANTED + ISS}%2F`, slash).code, CODE);
  const path = { ...PROMISED, issuer: `${ISSUER}/a/../b` };
  assert.equal(parsed(`${GRANTED + ISS}%2Fa%2F..%2Fb`, path).code, CODE);
  assert.equal(
    codeOf(() => parsed(`${GRANTED + ISS}%2Fb`, path)),
    "issuer_mismatch",
  );
});

test("RFC 9207 2.4 B02: an issuer that was promised must be there", () => {
  assert.equal(
    codeOf(() => parsed(GRANTED, PROMISED)),
    "issuer_mismatch",
  );
  assert.equal(parsed(GRANTED, SERVER).code, CODE);
  assert.equal(parsed(GRANTED, { ...SERVER, issParameter: false }).code, CODE);
});

test("RFC 9207 2.4 B02: in an error, too, and in the fragment", () => {
  const token = `${REDIRECT}#access_token=t&token_type=bearer&state=${STATE}`;
  assert.equal(parsed(token + ISS, PROMISED, "implicit").accessToken, "t");
  for (const [back, flow, right] of [
    [DENIED, "code", "access_denied"],
    [DENIED.replace("?", "#"), "implicit", "access_denied"],
    [token, "implicit", "accepted"],
  ]) {
    assert.equal(
      codeOf(() => parsed(back + ISS, PROMISED, flow)),
      right,
      back,
    );
    assert.equal(
      codeOf(() => parsed(back, SERVER, flow)),
      right,
      back,
    );
    assert.equal(
      codeOf(() => parsed(back, PROMISED, flow)),
      "issuer_mismatch",
      back,
    );
    for (const iss of WRONG) {
      assert.equal(
        codeOf(() => parsed(`${back}&iss=${iss}`, SERVER, flow)),
        "issuer_mismatch",
        back + iss,
      );
    }
  }
});

test("RFC 9207 2.4 B04: two issuers are none", () => {
  for (const back of [GRANTED, DENIED]) {
    for (const second of [ISS, "&iss=https%3A%2F%2Fattacker.example"]) {
      assert.equal(
        codeOf(() => parsed(back + ISS + second, PROMISED)),
        "invalid_response",
        back,
      );
    }
  }
});

test("RFC 9207 4 B02: in a mix-up no code reaches the attacker", async () => {
  // The attacker's server sent the user on to the honest one, whose answer names itself.
  const attacker = {
    issuer: "https://attacker.example",
    authorizationEndpoint: "https://attacker.example/authorize",
    tokenEndpoint: "https://attacker.example/token",
  };
  for (const server of [attacker, { ...attacker, issParameter: true }]) {
    rememberRequest(requestTo(server));
    await refusal(AuthError, handleRedirect(options(server), GRANTED + ISS), "issuer_mismatch");
    assert.equal(here.waiting.items.size, 0, "the request is used up");
  }
  assert.equal(here.sent.length, 0);
  assert.equal(here.kept.items.size, 0);
});

test("RFC 9207 4 B02: the right issuer's code is exchanged", async () => {
  here.answer = () => Response.json({ access_token: "t", token_type: "bearer" });
  rememberRequest(requestTo(PROMISED));
  const session = await handleRedirect(options(PROMISED), GRANTED + ISS);
  assert.equal(await session.accessToken(), "t");
  assert.equal(here.sent.length, 1);
  assert.equal(here.sent[0].url, PROMISED.tokenEndpoint);
});
