// The answers to a revocation (RFC 7009 section 2.2), in plain Node with a stand-in for fetch.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { revokeToken } from "../../dist/index.js";

const real = globalThis.fetch;
afterEach(() => (globalThis.fetch = real));

const options = {
  server: { tokenEndpoint: "https://as.example/token", revocationEndpoint: "https://as.example/revoke" },
  clientId: "spa",
  token: "token-sentinel",
};

/** Revokes, with this answer; gives what was sent. */
async function revoking(status, body, type = "application/json") {
  const sent = [];
  globalThis.fetch = async (url, init) => {
    sent.push({ url, ...init });
    return new Response(body, { status, headers: { "content-type": type } });
  };
  await revokeToken({ ...options, kind: "refresh_token" });
  return sent;
}

test("RFC 7009 2.2: any 2xx is success, whatever its body", async () => {
  for (const [status, body] of [
    [200, ""],
    [200, '{"error":"invalid_grant"}'],
    [200, "<html>"],
    [201, "{}"],
    [204, null],
    [299, "not JSON"],
  ]) {
    const [request, ...others] = await revoking(status, body);
    assert.deepEqual(others, []);
    assert.equal(request.url, "https://as.example/revoke");
    assert.equal(request.body, "token=token-sentinel&token_type_hint=refresh_token&client_id=spa");
    assert.deepEqual([request.method, request.keepalive, request.redirect], ["POST", true, "error"]);
  }
});

test("RFC 7009 2.2.1 D09 H01: everything else is an error that does not repeat the token", async () => {
  for (const [status, body, code, retryable] of [
    [400, '{"error":"unsupported_token_type"}', "unsupported_token_type", false],
    [400, '{"error":"x","error_description":"no token-sentinel here"}', "x", false],
    [400, "", "invalid_response", false],
    [503, "", "server_error", true],
    [400, '{"access_token":"a","token_type":"Bearer"}', "invalid_response", false],
  ]) {
    await assert.rejects(revoking(status, body), (error) => {
      assert.deepEqual(
        [error.code, error.phase, error.status, error.retryable],
        [code, "token", status, retryable],
      );
      assert.doesNotMatch(`${error} ${JSON.stringify({ ...error })}`, /sentinel/);
      return true;
    });
  }
});

test("C01: a server without a revocation endpoint is a wrong configuration", async () => {
  const server = { tokenEndpoint: "https://as.example/token" };
  await assert.rejects(revokeToken({ ...options, server }), { code: "invalid_configuration" });
});
