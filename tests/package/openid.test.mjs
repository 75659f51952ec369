// OpenID Connect Core 1.0: what the claims of an id_token must agree with.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW, ec, keys, other, right, rsa } from "./support/id-tokens.mjs";
import { halfHash, newKey, segment, signed } from "./support/jwt.mjs";
import {
  ACCESS_TOKEN,
  CLIENT_ID,
  IMPLICIT,
  NONCE,
  SERVER,
  comeBack,
  here,
  isAccepted,
  isRefused,
  serve,
} from "./support/openid.mjs";
import { forEach, refusal } from "./support/world.mjs";

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
