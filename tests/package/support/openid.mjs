// An OpenID provider and its client, by the names of the examples in OpenID Connect Core 1.0, and sign-ins with the
// id_tokens of a test.

import assert from "node:assert/strict";

import { page, refusal, world } from "./world.mjs";

export const here = world();

export const REDIRECT = "https://client.example.org/cb";
export const JWKS_URI = "https://server.example.com/jwks";
export const SERVER = {
  issuer: "http://server.example.com",
  authorizationEndpoint: "https://server.example.com/authorize",
  tokenEndpoint: "https://server.example.com/token",
  jwksUri: JWKS_URI,
};
export const STATE = "af0ifjsldkj";
export const NONCE = "n-0S6_WzA2Mj";
export const CODE = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk";
export const ACCESS_TOKEN = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
export const CLIENT_ID = "s6BhdRkqt3";

export const options = (more) => ({
  server: SERVER,
  clientId: CLIENT_ID,
  redirectUri: REDIRECT,
  scope: "openid profile email",
  ...more,
});
export const IMPLICIT = { flow: "implicit" };

export const plain = (value) => JSON.parse(JSON.stringify(value));

/** The network: keys at their address, and an answer at the token endpoint. */
export function serve({ keys = [], tokens = {} }) {
  here.answer = ({ url }) => {
    if (url === JWKS_URI) return Response.json({ keys });
    assert.equal(url, SERVER.tokenEndpoint);
    return Response.json({ access_token: ACCESS_TOKEN, token_type: "Bearer", expires_in: 3600, ...tokens });
  };
}

/** Leaves for the server and comes back with an answer, on a page that was just loaded. */
export async function comeBack(answer, more) {
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
export async function arrive(channel, idToken, { keys = [], more } = {}) {
  serve({ keys, tokens: { id_token: idToken } });
  const inFragment = { access_token: ACCESS_TOKEN, token_type: "Bearer", id_token: idToken };
  return channel === "front"
    ? comeBack(inFragment, { ...IMPLICIT, ...more })
    : comeBack({ code: CODE }, more);
}

/** It is refused, with one of the codes, and nothing of it is left. */
export async function isRefused(channel, idToken, about, { keys, more } = {}) {
  const { lib, session } = await arrive(channel, idToken, { keys, more });
  await refusal(lib.AuthError, session, "id_token_invalid", `${channel}: ${about}`);
  assert.equal(here.kept.items.size, 0, `${about}: nothing is stored`);
  assert.equal(here.waiting.items.size, 0, `${about}: the request is used up`);
}

export async function isAccepted(channel, idToken, claims, about, { keys, more } = {}) {
  const { session } = await arrive(channel, idToken, { keys, more });
  const signedIn = await session.catch((error) => assert.fail(`${channel}: ${about}: ${error}`));
  assert.deepEqual(plain(signedIn.claims), claims, about);
  assert.equal(await signedIn.accessToken(), ACCESS_TOKEN);
  return signedIn;
}
