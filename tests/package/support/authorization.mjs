// What the tests of the authorization request share: the package, servers, and how a request is looked at.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";

import { page, query as queryOf } from "./world.mjs";

export const { AuthError, buildAuthorizationUrl, rememberRequest } = await page();

const SPACE = "https://acme.jetbrains.space";
export const STRICT = {
  issuer: "https://as.example",
  authorizationEndpoint: "https://as.example/authorize?tenant=a%2Bb",
  tokenEndpoint: "https://as.example/token",
};
export const OPTIONS = { server: SPACE, clientId: "client", redirectUri: "https://app.example/cb" };
export const strict = (more) => ({ ...OPTIONS, server: STRICT, ...more });

export const challengeOf = (verifier) => createHash("sha256").update(verifier).digest("base64url");

/** What is sent, each parameter once. */
export const query = ({ url }) => queryOf(url);

export const refusalOf = (option) => (error) =>
  error instanceof AuthError &&
  error.code === "invalid_configuration" &&
  error.phase === "configure" &&
  error.hint.includes(`\`${option}\``);

/** The request, or undefined when an option is refused; anything else that is thrown is a failure. */
export function built(options) {
  try {
    return buildAuthorizationUrl(options);
  } catch (error) {
    assert.ok(error instanceof AuthError, String(error));
    assert.equal(error.code, "invalid_configuration");
  }
}
