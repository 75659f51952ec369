import assert from "node:assert/strict";
import { createHash, generateKeyPairSync } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, it } from "node:test";
import { basic, postForm } from "../agent.mjs";
import { ADMIN, call, grant, ok, pathOf, refused, register, secretOf, tokenOf } from "./applications.mjs";
import { at, server } from "./support.mjs";

describe("Space applications: secrets", () => {
  it("renew the client secret, and the old one is of no use any more", async () => {
    const application = await register();
    const old = await secretOf(application);
    assert.equal(await ok(ADMIN, "POST", pathOf(application, "/client-secret/regenerate")), undefined);
    const renewed = await secretOf(application);
    assert.notEqual(renewed, old);
    const ask = async (secret) => {
      const fields = { grant_type: "client_credentials" };
      return (await postForm(at("/oauth/token"), fields, basic(application.clientId, secret))).status;
    };
    assert.equal(await ask(old), 401);
    assert.equal(await ask(renewed), 200);
  });

  for (const [name, member] of [
    ["signing-key", "hasSigningKey"],
    ["verification-token", "hasVerificationToken"],
  ]) {
    it(`make a ${name} when it is switched on or asked for`, async () => {
      const application = await register();
      const path = pathOf(application, `/${name}`);
      await refused("not-found", ADMIN, "GET", path);
      assert.equal((await ok(ADMIN, "PATCH", pathOf(application), { [member]: true }))[member], true);
      const key = await ok(ADMIN, "GET", path);
      assert.match(key, /^[0-9a-f]{64}$/);
      await ok(ADMIN, "PATCH", pathOf(application), { [member]: true, description: "Drives" });
      assert.equal(await ok(ADMIN, "GET", path), key);
      assert.equal(await ok(ADMIN, "POST", `${path}/regenerate`), undefined);
      assert.notEqual(await ok(ADMIN, "GET", path), key);

      assert.equal((await ok(ADMIN, "PATCH", pathOf(application), { [member]: false }))[member], false);
      await refused("not-found", ADMIN, "GET", path);
      await ok(ADMIN, "POST", `${path}/regenerate`);
      assert.equal((await ok(ADMIN, "GET", pathOf(application)))[member], true);
    });
  }

  it("give the public keys as a text of JSON, to the application too", async () => {
    const application = await register();
    const text = await ok(await tokenOf(application), "GET", "/applications/me/public-keys");
    assert.equal(typeof text, "string");
    const { keys } = JSON.parse(text);
    assert.equal(keys.length, 2);
    for (const key of keys) {
      assert.deepEqual([key.kty, key.alg, key.use, key.d], ["RSA", "RS512", "sig", undefined]);
      assert.equal(Buffer.from(key.n, "base64url").length, 256);
    }
    assert.equal(await ok(ADMIN, "GET", pathOf(application, "/public-keys")), text);
  });
});

const sshString = (bytes) => {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

function ed25519() {
  const { publicKey } = generateKeyPairSync("ed25519");
  const point = Buffer.from(publicKey.export({ format: "jwk" }).x, "base64url");
  return Buffer.concat([sshString(Buffer.from("ssh-ed25519")), sshString(point)]);
}

describe("Space applications: SSH keys", () => {
  it("are added, listed and removed", async () => {
    const application = await register();
    const path = pathOf(application, "/ssh-keys");
    const blob = ed25519();
    const publicKey = `ssh-ed25519 ${blob.toString("base64")}`;
    assert.equal(
      await ok(ADMIN, "POST", path, { publicKey: `${publicKey} rover@moon\n`, comment: "CI" }),
      undefined,
    );
    const [key, ...others] = await ok(ADMIN, "GET", path);
    assert.deepEqual(others, []);
    const hash = (name) => createHash(name).update(blob);
    assert.equal(key.fingerprint.replaceAll(":", ""), hash("md5").digest("hex"));
    assert.match(key.fingerprint, /^[0-9a-f]{2}(:[0-9a-f]{2}){15}$/);
    assert.equal(key.sha256fingerprint, `SHA256:${hash("sha256").digest("base64").slice(0, 43)}`);
    assert.equal(key.publicKey, publicKey);
    assert.equal(key.comment, "CI");
    assert.ok(key.createdAt.timestamp <= Date.now());

    await refused("not-found", ADMIN, "DELETE", `${path}/00:11`);
    await ok(ADMIN, "DELETE", `${path}/${encodeURIComponent(key.fingerprint)}`);
    assert.deepEqual(await ok(ADMIN, "GET", path), []);
  });

  it("belong to one application only", async () => {
    const publicKey = `ssh-ed25519 ${ed25519().toString("base64")}`;
    const [one, two] = [await register({ name: "One" }), await register({ name: "Two" })];
    await ok(ADMIN, "POST", pathOf(one, "/ssh-keys"), { publicKey });
    for (const application of [one, two]) {
      const path = pathOf(application, "/ssh-keys");
      await refused("duplicated-entity", ADMIN, "POST", path, { publicKey: `${publicKey} again` });
    }
  });

  it("are refused when they are none", async () => {
    const application = await register();
    const blob = ed25519();
    const private_ = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----";
    for (const publicKey of [
      undefined,
      "",
      "nonsense",
      private_,
      `ssh-rsa ${blob.toString("base64")}`,
      `ssh-ed25519 ${blob.subarray(0, -1).toString("base64")}`,
      `ssh-dss ${blob.toString("base64")}`,
    ]) {
      await refused("validation-error", ADMIN, "POST", pathOf(application, "/ssh-keys"), { publicKey });
    }
  });
});

describe("Space applications: permanent tokens", () => {
  const TOKENS = "/permanent-tokens";
  const create = (application, more) =>
    ok(ADMIN, "POST", pathOf(application, TOKENS), { name: "CI", scope: "**", ...more });
  const me = async (token) => (await call(token, "GET", "/applications/me")).status;

  it("act as the application, with its rights and no others", async () => {
    const application = await register();
    const { first, second: value } = await create(application);
    assert.deepEqual([first.name, first.scope, first.expires], ["CI", "**", null]);
    assert.ok(first.created.timestamp <= Date.now());
    assert.ok(!JSON.stringify(first).includes(value));
    assert.equal((await ok(value, "GET", "/applications/me")).id, application.id);
    await refused("permission-denied", value, "GET", "/team-directory/profiles");
    await grant(application, ["Profile.View"]);
    await ok(value, "GET", "/team-directory/profiles");
    server.expireAccessTokens();
    assert.equal(await me(value), 200);
  });

  it("are listed page by page, and revoked one by one", async () => {
    const application = await register();
    for (const name of ["One", "Two", "Three"]) await create(application, { name });
    const path = pathOf(application, TOKENS);
    const { data, next, totalCount } = await ok(ADMIN, "GET", `${path}?$top=2`);
    assert.deepEqual([data.map(({ name }) => name), totalCount], [["One", "Two"], 3]);
    const rest = await ok(ADMIN, "GET", `${path}?$top=2&$skip=${next}`);
    assert.deepEqual(
      rest.data.map(({ name }) => name),
      ["Three"],
    );

    const { first, second: value } = await create(application, { name: "Four" });
    assert.equal(await me(value), 200);
    await ok(ADMIN, "DELETE", `${path}/${first.id}`);
    assert.equal(await me(value), 401);
    assert.equal((await ok(ADMIN, "GET", path)).totalCount, 3);
    await refused("not-found", ADMIN, "DELETE", `${path}/${first.id}`);
  });

  it("give themselves up under either name of the application, and only its own", async () => {
    const [one, two] = [await register({ name: "One" }), await register({ name: "Two" })];
    for (const path of ["/applications/me", pathOf(one)]) {
      const { second: value } = await create(one);
      await refused("not-found", value, "DELETE", pathOf(two, `${TOKENS}/current`));
      await ok(value, "DELETE", `${path}${TOKENS}/current`);
      assert.equal(await me(value), 401);
    }
    await refused("not-found", await tokenOf(one), "DELETE", pathOf(one, `${TOKENS}/current`));
  });

  it("end when they expire, and with the application", async () => {
    const application = await register();
    const { first, second: brief } = await create(application, {
      expires: new Date(Date.now() + 2_000).toISOString(),
    });
    const { second: lasting } = await create(application, {
      expires: { iso: new Date(Date.now() + 3_600_000).toISOString() },
    });
    assert.ok(first.expires.timestamp > Date.now() - 1000);
    await sleep(2_050);
    assert.equal(await me(brief), 401);
    assert.equal(await me(lasting), 200);
    await ok(ADMIN, "DELETE", pathOf(application));
    assert.equal(await me(lasting), 401);
  });

  it("are refused without a name or a scope, or when they have expired", async () => {
    const application = await register();
    for (const wrong of [
      { name: "" },
      { scope: " " },
      { expires: "soon" },
      { expires: "2001-01-01T00:00:00Z" },
    ]) {
      const body = { name: "CI", scope: "**", ...wrong };
      await refused("validation-error", ADMIN, "POST", pathOf(application, TOKENS), body);
    }
  });
});
