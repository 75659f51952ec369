// OpenID Connect Core 1.0: by which keys an id_token in the fragment is signed, and where they come from.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW, ec, keys, other, right, rsa } from "./support/id-tokens.mjs";
import { newKey, segment, signed, signedBySecret } from "./support/jwt.mjs";
import {
  ACCESS_TOKEN,
  IMPLICIT,
  JWKS_URI,
  SERVER,
  arrive,
  comeBack,
  here,
  isAccepted,
  isRefused,
  serve,
} from "./support/openid.mjs";
import { forEach, refusal } from "./support/world.mjs";

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
