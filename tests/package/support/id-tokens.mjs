// Id_tokens to be accepted, and the keys of the server that signs them.

import { halfHash, newKey } from "./jwt.mjs";
import { ACCESS_TOKEN, CLIENT_ID, NONCE, plain, SERVER } from "./openid.mjs";

export const [rsa, ec, other] = await Promise.all([
  newKey("RS256", "r1"),
  newKey("ES256", "e1"),
  newKey("RS256", "r2"),
]);
export const keys = () => [other.jwk, ec.jwk, rsa.jwk];

export const NOW = 1_800_000_000;

/** Claims that are right for both channels. */
export const right = (more) => {
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
