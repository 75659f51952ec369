// Whether a request is from Space: all checks of `tests/verification`, in every runtime that starts with a file.
import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

import { judge } from "../verification/judge.mjs";
import { programOf, root } from "./support/runtimes.mjs";
import { vectors } from "./support/vectors.mjs";

const { verifyRequest } = await import(new URL("../../dist/apps.js", import.meta.url).href);
const main = path.join(root, "tests/verification/main.mjs");

/** Reading is all that Deno lets it do: what verifies needs neither a network nor an environment. */
const deno = [
  "run",
  "--quiet",
  "--no-prompt",
  "--no-config",
  "--no-lock",
  "--no-remote",
  `--allow-read=${root}`,
];

for (const [name, program, given] of [
  ["Node", process.execPath, []],
  ["Bun", programOf("bun"), []],
  ["Deno", programOf("deno"), deno],
]) {
  test(`verifyRequest in ${name}: requests that OpenSSL signed, and every change of a bit of them`, async (t) => {
    // Bun and Deno keep what they have compiled in a folder of the user's.
    const folder = await mkdtemp(path.join(tmpdir(), "space-auth-runtime-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const env = {
      ...{ ...process.env, HOME: folder, DENO_DIR: folder, DENO_NO_UPDATE_CHECK: "1" },
      BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0",
    };
    const options = { cwd: folder, env, maxBuffer: 1 << 24 };
    const { stdout } = await promisify(execFile)(program, [...given, main], options);
    const { failed, summary } = judge(JSON.parse(stdout));
    t.diagnostic(summary);
    assert.deepEqual(failed, []);
  });
}

const isThere = (command, ...given) => spawnSync(command, given).status === 0;
const skip =
  !(isThere("openssl", "version") && isThere("bash", "--version")) && "OpenSSL's command is not here";

test("verifyRequest takes what OpenSSL signs now, by the system's clock", { skip }, async (t) => {
  const script = path.join(root, "tests/vectors/make.sh");
  const { stdout } = await promisify(execFile)("bash", [script, String(Date.now())]);
  const fresh = JSON.parse(stdout);
  const names = ({ requests, unreadable, wrong, keys }) =>
    [requests, unreadable, wrong.hmac, wrong.rsa, keys].map(Object.keys);
  assert.deepEqual(names(fresh), names(vectors), "the vectors are what the script makes");

  const publicKeys = JSON.stringify({ keys: [fresh.keys.rsa2048b, fresh.keys.rsa2048] });
  const ways = [{ publicKeys }, { signingKey: fresh.signingKey }];
  for (const [name, { body, hmac, rsa }] of Object.entries(fresh.requests)) {
    const request = {
      headers: {
        "x-space-timestamp": fresh.timestamp,
        "x-space-signature": hmac,
        "x-space-public-key-signature": rsa,
      },
      body: Buffer.from(body, "base64"),
    };
    for (const how of ways) {
      const payload = await verifyRequest(request, how);
      assert.equal(payload?.className, JSON.parse(request.body).className, name);
      request.body[0] ^= 1;
      assert.equal(await verifyRequest(request, how), null, name);
      request.body[0] ^= 1;
    }
  }
  t.diagnostic(`${Object.keys(fresh.requests).length} requests`);
});
