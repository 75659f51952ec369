import assert from "node:assert/strict";
import { test } from "node:test";

import { bodySaysInvalidToken, headerSaysInvalidToken } from "../../npm/challenge.js";

test("E11: only a Bearer challenge with invalid_token counts", () => {
  for (const header of [
    'Bearer error="invalid_token"',
    'bearer realm="a", error="invalid_token", error_description="expired"',
    'Basic realm="x", Bearer realm="a,b\\"", error=invalid_token',
    'Bearer realm="a" , ERROR = "invalid_token"',
  ]) {
    assert.equal(headerSaysInvalidToken(header), true, header);
  }
  for (const header of [
    "",
    "Bearer",
    'Bearer error="insufficient_scope"',
    'Basic error="invalid_token"',
    'Bearer realm="x", Digest error="invalid_token"',
    'Bearer error_description="error=\\"invalid_token\\""',
    'Bearer realm="error=invalid_token"',
    'Bearer realm=", error="invalid_token',
    '""""====,,,',
    `Bearer ${'a="'.repeat(20_000)}`,
  ]) {
    assert.equal(headerSaysInvalidToken(header), false, header.slice(0, 80));
  }
});

test("E11: the body of a 401 counts where the header cannot be seen", () => {
  assert.equal(bodySaysInvalidToken('{"error":"invalid_token"}'), true);
  assert.equal(
    bodySaysInvalidToken(
      '{"error":"authentication-required","error_description":"Access token has expired"}',
    ),
    true,
  );
  for (const body of ['{"error":{"code":401,"message":"Unauthorized"}}', '{"message":"Unauthenticated."}']) {
    assert.equal(bodySaysInvalidToken(body), true, body);
  }
  for (const body of [
    "",
    "null",
    "<html>",
    '{"error":{"code":403}}',
    '{"error":null}',
    '{"error":"insufficient_scope"}',
  ]) {
    assert.equal(bodySaysInvalidToken(body), false, body);
  }
});
