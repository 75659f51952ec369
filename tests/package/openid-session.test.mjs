// OpenID Connect Core 1.0: the claims of a session after signing in.

import assert from "node:assert/strict";
import { test } from "node:test";

import { NOW, right, rsa } from "./support/id-tokens.mjs";
import { halfHash, signed } from "./support/jwt.mjs";
import {
  ACCESS_TOKEN,
  CODE,
  REDIRECT,
  arrive,
  comeBack,
  here,
  options,
  plain,
  serve,
} from "./support/openid.mjs";
import { forEach, page, refusal } from "./support/world.mjs";

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
