// Whatever is wrong with an argument is told before anything is sent, and without repeating a secret.

import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { inspect } from "node:util";

import { init, installUrl, marketplaceUrl, sshKeyFingerprint } from "../../dist/apps.js";
import { failure, scripted } from "./support/apps.mjs";

const here = scripted();
await init();

const SECRET = "c2VudGluZWw";
const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CU";
const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = (type) => privateKey.export({ type, format: "pem" });
const openssh = `-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA${SECRET}\n-----END OPENSSH PRIVATE KEY-----\n`;
const putty = `PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n${SECRET}\n`;

const call = (name, ...values) => [
  `${name}(${values.map((value) => inspect(value).slice(0, 60)).join(", ")})`,
  () => here.apps[name](...values),
];

const MALFORMED = [
  "",
  "callback",
  "/callback",
  "//app.example/callback",
  "https:app.example",
  "https:///app.example",
  "https://",
  "https://app.example/#",
  "https://app.example/cb#top",
  "https://user@app.example/",
  `https://user:${SECRET}@app.example/`,
  "http://app.example/",
  "http://localhost.evil.example/",
  "http://[::2]/",
  "ftp://localhost/",
  "myapp://callback",
  "javascript:alert(1)",
  "data:text/html,x",
  " https://app.example/",
  "https://app.example/\nhttps://evil.example/",
  "https://app.exa\tmple/",
  "https://app.example\\callback",
  "https://bücher.example/",
  "https://app.example/\u{202e}",
  "https://app.example/%zz",
  "https://app.example:99999/",
  "https://256.256.256.256/",
  "https://app.example/\ud800",
];

const NO_URIS = [5, null, "https://app.example/", {}, [5], [null], [["https://app.example/"]]];

/** What is called, and the argument that the hint has to name. */
const ROWS = [
  // Redirect URIs and endpoints.
  ...MALFORMED.map((uri) => [
    "codeFlowRedirectURIs",
    ...call("register", { name: "Bot", codeFlowRedirectURIs: ["https://app.example/", uri] }),
  ]),
  ...MALFORMED.map((uri) => [
    "implicitFlowRedirectURIs",
    ...call("update", "id:1", { implicitFlowRedirectURIs: [uri] }),
  ]),
  ...MALFORMED.map((uri) => ["uri", ...call("setEndpoint", "id:1", { uri })]),
  ...MALFORMED.map((endpointUri) => [
    "endpointUri",
    `installUrl({ endpointUri: ${inspect(endpointUri)} })`,
    () => installUrl({ name: "Bot", endpointUri }),
  ]),
  ...NO_URIS.filter((uris) => uris !== null).map((codeFlowRedirectURIs) => [
    "codeFlowRedirectURIs",
    `installUrl({ codeFlowRedirectURIs: ${inspect(codeFlowRedirectURIs)} })`,
    () => installUrl({ name: "Bot", codeFlowEnabled: true, codeFlowRedirectURIs }),
  ]),
  ...NO_URIS.map((codeFlowRedirectURIs) => [
    "codeFlowRedirectURIs",
    ...call("register", { name: "Bot", codeFlowRedirectURIs }),
  ]),
  ["endpointUri", ...call("register", { name: "Bot", endpointUri: new URL("ftp://a.example") })],
  ["uri", ...call("setEndpoint", "id:1", {})],
  ["uri", ...call("setEndpoint", "id:1", { uri: null })],
  ["endpoint", ...call("setEndpoint", "id:1", undefined)],
  ["url", ...call("setEndpoint", "id:1", { uri: "https://a.example/", url: "https://b.example/" })],
  ["sslVerification", ...call("setEndpoint", "id:1", { uri: "https://a.example/", sslVerification: "no" })],
  // Links.
  ["options", "installUrl()", () => installUrl()],
  ["options", "installUrl(Symbol())", () => installUrl(Symbol("x"))],
  ["name", "installUrl({})", () => installUrl({})],
  ["name", "installUrl({ name: 5 })", () => installUrl({ name: 5 })],
  ["server", "installUrl({ server })", () => installUrl({ name: "Bot", server: "acme" })],
  ["server", "installUrl({ server? })", () => installUrl({ name: "Bot", server: "https://acme.example/?x" })],
  ["state", "installUrl({ state })", () => installUrl({ name: "Bot", state: 5 })],
  ["pkceRequired", "installUrl({ pkceRequired })", () => installUrl({ name: "Bot", pkceRequired: "yes" })],
  [
    "codeFlowEnabled",
    "installUrl({ codeFlowRedirectURIs })",
    () => installUrl({ name: "Bot", codeFlowRedirectURIs: ["https://a.example/"] }),
  ],
  [
    "codeFlowRedirectURIs",
    "installUrl({ codeFlowEnabled })",
    () => installUrl({ name: "Bot", codeFlowEnabled: true }),
  ],
  ["marketplaceApp", "marketplaceUrl({})", () => marketplaceUrl({ name: "Bot" })],
  ["name", "marketplaceUrl({ marketplaceApp })", () => marketplaceUrl({ marketplaceApp: "x" })],
  // Settings.
  ["application", ...call("register", undefined)],
  ["application", ...call("register", [])],
  ["name", ...call("register", {})],
  ["name", ...call("register", { name: " " })],
  ["clientSecret", ...call("register", { name: "Bot", clientSecret: [SECRET] })],
  ["clientId", ...call("register", { name: "Bot", clientId: "a b" })],
  ["codeFlowEnabled", ...call("register", { name: "Bot", codeFlowEnabled: "yes" })],
  ["changes", ...call("update", "id:1", {})],
  ["changes", ...call("update", "id:1", null)],
  ["description", ...call("update", "id:1", { description: 5, clientSecret: SECRET })],
  // Keys.
  ...[
    undefined,
    null,
    5,
    "",
    "hello",
    "ssh-ed25519",
    `ssh-rsa ${ED25519.split(" ")[1]}`,
    ED25519.slice(0, -4),
    `${ED25519}AAAA`,
    ED25519.replace("ssh-ed25519", "ssh-dss"),
    `${ED25519}\n${ED25519}`,
    openssh,
    `${ED25519}\n${openssh}`,
    openssh.replaceAll("\n", " "),
    pem("pkcs1"),
    pem("pkcs8"),
    putty,
    `ssh-ed25519 ${SECRET}`,
  ].flatMap((key) => [
    ["publicKey", ...call("addSshKey", "id:1", key)],
    ["publicKey", `sshKeyFingerprint(${inspect(key)?.slice(0, 40)})`, () => sshKeyFingerprint(key)],
  ]),
  ["comment", ...call("addSshKey", "id:1", ED25519, { comment: 5 })],
  ...[undefined, null, "", "..", "a b", {}, { id: "x" }, 5].map((key) => [
    "key",
    ...call("removeSshKey", "id:1", key),
  ]),
  // Rights.
  ...[
    undefined,
    null,
    [],
    "Project.View",
    [5],
    [""],
    ["Project."],
    ["Project..View"],
    ["View issues"],
    ["global:Project.View"],
    ["Project.View\n"],
    ["Project.View", "Project.View"],
    [["Project.View"]],
  ].flatMap((rights) => [
    ["rights", ...call("requestRights", "id:1", rights)],
    ["rights", ...call("authorizeRights", "id:1", rights, "global")],
    ["rights", ...call("rejectRights", "id:1", rights, "global")],
  ]),
  ["rights", ...call("requireRights", "id:1", {})],
  ["rights", ...call("requireRights", "id:1", undefined)],
  ["add", ...call("requireRights", "id:1", { add: "Project.View" })],
  ["remove", ...call("requireRights", "id:1", { add: ["Project.View"], remove: ["?"] })],
  [
    "requestInAuthorizedContexts",
    ...call("requireRights", "id:1", { add: ["A"], requestInAuthorizedContexts: 1 }),
  ],
  ["comment", ...call("requestRights", "id:1", ["A"], "global", { comment: {} })],
  // Contexts.
  ...[
    5,
    "",
    "Global",
    "ORBIT",
    "project:ORBIT",
    "project:key:",
    {},
    [],
    { project: "" },
    { project: "a b" },
    { project: {} },
    { project: "A", channel: "b" },
    { className: "ProjectPermissionContext" },
  ].flatMap((context) => [
    ["context", ...call("rights", "id:1", context)],
    ["context", ...call("requestRights", "id:1", ["A"], context)],
    ["context", ...call("removeAuthorization", "id:1", context)],
  ]),
  ["context", ...call("removeAuthorization", "id:1")],
  // Names of applications and users.
  ...[
    undefined,
    null,
    5,
    "",
    "Bot",
    "id:",
    "id:a b",
    "id:..",
    "Me",
    "name:x",
    {},
    [],
    { name: "x" },
    { id: 5 },
    `id:${"x".repeat(257)}`,
  ].map((application) => ["application", ...call("get", application)]),
  ...[
    "archive",
    "restore",
    "clientSecret",
    "regenerateClientSecret",
    "signingKey",
    "regenerateSigningKey",
    "verificationToken",
    "regenerateVerificationToken",
    "publicKeys",
    "requiredRights",
    "authorizedContexts",
    "sshKeys",
    "revokeConsent",
  ].map((name) => ["application", ...call(name, "../../oauth")]),
  ...["bob", "", "id:", 5, {}].map((user) => ["user", ...call("consents", user)]),
  ["user", ...call("revokeConsent", "id:1", "bob")],
  // Tokens.
  ["token", ...call("createPermanentToken", "id:1", null)],
  ["name", ...call("createPermanentToken", "id:1", { scope: "**" })],
  ["scope", ...call("createPermanentToken", "id:1", { name: "CI" })],
  ["expire", ...call("createPermanentToken", "id:1", { name: "CI", scope: "**", expire: new Date() })],
  ["scope", ...call("createPermanentToken", "id:1", { name: "CI", scope: [] })],
  ["expires", ...call("createPermanentToken", "id:1", { name: "CI", scope: "**", expires: "soon" })],
  ["expires", ...call("createPermanentToken", "id:1", { name: "CI", scope: "**", expires: 1e12 })],
  ["expires", ...call("createPermanentToken", "id:1", { name: "CI", scope: "**", expires: new Date(NaN) })],
  ...[undefined, "", "..", "a/b ", "Current", SECRET, { id: "" }, {}, { name: "x" }].map((token) => [
    "token",
    ...call("revokePermanentToken", "id:1", token),
  ]),
  // Pages and fields.
  ...[0, -1, 1001, 1.5, "10", true, {}, 1e21].map((pageSize) => [
    "pageSize",
    `list({ pageSize: ${inspect(pageSize)} })`,
    () => here.apps.list({ pageSize }).next(),
  ]),
  ["pageSize", "list({ pageSize: NaN })", () => here.apps.list({ pageSize: NaN }).next()],
  ["pageSize", "permanentTokens", () => here.apps.permanentTokens("id:1", { fields: "" }).next()].with(
    0,
    "fields",
  ),
  ["name", "list({ name })", () => here.apps.list({ name: 5 }).next()],
  ["withArchived", "list({ withArchived })", () => here.apps.list({ withArchived: "yes" }).next()],
  ["fields", ...call("get", "id:1", { fields: "" })],
  ["fields", ...call("get", "id:1", { fields: ["id"] })],
  ["options", ...call("get", "id:1", 5)],
  ["signal", ...call("get", "id:1", { signal: 5 })],
];

const PRIVATE = [SECRET, "PRIVATE KEY-----\n", pem("pkcs8").split("\n")[3], pem("pkcs1").split("\n")[3]];

test(`bad input of ${ROWS.length} kinds gives a typed error, and sends nothing`, async () => {
  const failures = [];
  for (const [argument, title, work] of ROWS) {
    try {
      const error = await failure(work, "invalid_configuration", "configure");
      assert.equal(error.retryable, false);
      assert.match(error.hint, new RegExp(`\\b${argument}\\b`));
      const { message, stack } = error;
      for (const text of [message, stack, error.hint, String(error), JSON.stringify(error)]) {
        for (const secret of PRIVATE) assert.ok(!text.includes(secret), "a secret is repeated");
      }
    } catch (error) {
      failures.push(`${title}: ${error.message.split("\n").slice(0, 12).join(" ")}`);
    }
  }
  assert.deepEqual(failures, []);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(here.seen, []);
});
