// Who may do what with the applications of a Space.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { basic, postForm } from "../agent.mjs";
import {
  ADMIN,
  AUTHORIZED,
  call,
  grant,
  MEMBER,
  ok,
  pathOf,
  refused,
  register,
  requestRights,
  requireRights,
  setStatus,
  statuses,
  tokenFor,
  tokenOf,
} from "./applications.mjs";
import { at, CONFIDENTIAL } from "./support.mjs";

const ISSUES = "Project.Issues.View";
const DOCK = "project:key:DOCK";
const ORBIT = "project:key:ORBIT";

const contextQuery = (context) => `?contextIdentifier=${context}`;
const granting = (context, rightCode = ISSUES) => ({
  contextIdentifier: context,
  updates: [{ rightCode, status: "GRANTED" }],
});

// What can be done with an application, and the right that it needs.
const DEEDS = [
  ["Applications.View", "GET", ""],
  ["Applications.Edit", "PATCH", "", { description: "Drives" }],
  ["Applications.ViewSecrets", "GET", "/client-secret"],
  ["Applications.Edit", "POST", "/client-secret/regenerate"],
  ["Applications.Edit", "POST", "/signing-key/regenerate"],
  ["Applications.ViewSecrets", "GET", "/signing-key"],
  ["Applications.View", "GET", "/public-keys"],
  ["Applications.View", "GET", "/ssh-keys"],
  ["Applications.View", "GET", "/authorizations/required-rights"],
  ["Applications.Edit", "PATCH", "/authorizations/required-rights", { rightCodesToAdd: [ISSUES] }],
  ["Applications.View", "GET", `${AUTHORIZED}${contextQuery("global")}`],
  ["Applications.View", "GET", "/authorizations/authorized-contexts"],
  [
    "Applications.Edit",
    "PATCH",
    `${AUTHORIZED}/request-rights`,
    { contextIdentifier: "global", rightCodes: [ISSUES] },
  ],
  ["Applications.Edit", "POST", "/permanent-tokens", { name: "CI", scope: "**" }],
  ["Applications.ViewSecrets", "GET", "/permanent-tokens"],
  ["Applications.Delete", "DELETE", ""],
  ["Applications.Edit", "POST", "/restore"],
];

describe("Space applications: what a member may do", () => {
  it("is everything with the member's own, but for authorizing them globally", async () => {
    const application = await register({}, MEMBER);
    assert.equal(application.owner.username, "bob");
    for (const [, method, rest, body] of DEEDS) await ok(MEMBER, method, pathOf(application, rest), body);
    const path = pathOf(application, AUTHORIZED);
    const refusal = await refused("permission-denied", MEMBER, "PATCH", path, granting("global"));
    assert.match(refusal, /Applications\.DelegateGlobalPermissions in the organisation/);
    await ok(MEMBER, "DELETE", `${path}${contextQuery("global")}`);
  });

  it("is nothing with those of others", async () => {
    const application = await register({ hasSigningKey: true });
    for (const [right, method, rest, body] of DEEDS) {
      const refusal = await refused("permission-denied", MEMBER, method, pathOf(application, rest), body);
      assert.equal(refusal, `The right ${right} in the organisation is missing`, `${method} ${rest}`);
    }
    const list = `/applications/authorizations/authorized-applications${contextQuery("global")}`;
    await refused("permission-denied", MEMBER, "GET", list);
  });

  it("includes authorizing applications of anybody in the project that the member administers", async () => {
    const application = await register();
    await requireRights(application, [ISSUES]);
    for (const context of [DOCK, ORBIT]) await requestRights(application, [ISSUES], context);
    assert.deepEqual(await statuses(application, DOCK, MEMBER), { [ISSUES]: "REQUESTED" });
    const list = await ok(
      MEMBER,
      "GET",
      `/applications/authorizations/authorized-applications${contextQuery(DOCK)}`,
    );
    assert.deepEqual(
      list.map(({ id }) => id),
      [application.id],
    );

    await setStatus(application, "GRANTED", [ISSUES], DOCK, MEMBER);
    const token = await tokenOf(application);
    await ok(token, "GET", "/projects/key:DOCK/planning/issues");
    const path = pathOf(application, AUTHORIZED);
    const refusal = await refused("permission-denied", MEMBER, "PATCH", path, granting(ORBIT));
    assert.equal(refusal, "The right Project.Admin in the project ORBIT is missing");
    await refused("permission-denied", MEMBER, "GET", `${path}${contextQuery(ORBIT)}`);
    await refused("permission-denied", MEMBER, "DELETE", `${path}${contextQuery(ORBIT)}`);
    await ok(MEMBER, "DELETE", `${path}${contextQuery(DOCK)}`);
    await refused("permission-denied", token, "GET", "/projects/key:DOCK/planning/issues");
  });

  it("includes seeing projects and people", async () => {
    assert.equal((await ok(MEMBER, "GET", "/projects")).totalCount, 2);
    await ok(MEMBER, "GET", "/projects/key:ORBIT/planning/issues");
    await ok(MEMBER, "GET", "/team-directory/profiles");
  });
});

describe("Space applications: what an application may do", () => {
  const byItself = ["", "/public-keys", "/ssh-keys", "/authorizations/required-rights"];

  it("is to read itself, and to ask for rights", async () => {
    const application = await register();
    const token = await tokenOf(application);
    assert.equal((await ok(token, "GET", "/applications/me")).id, application.id);
    assert.equal((await ok(token, "GET", pathOf(application))).id, application.id);
    for (const rest of byItself) await ok(token, "GET", `/applications/me${rest}`);

    await requireRights(application, [ISSUES], {}, token);
    await requestRights(application, [ISSUES], DOCK, token);
    assert.deepEqual(await statuses(application, DOCK, token), { [ISSUES]: "REQUESTED" });
    const refusal = await refused(
      "permission-denied",
      token,
      "PATCH",
      `/applications/me${AUTHORIZED}`,
      granting(DOCK),
    );
    assert.match(refusal, /Project\.Admin/);
  });

  it("is nothing else without a right", async () => {
    const token = await tokenOf(await register({ hasSigningKey: true }));
    const other = await register({ name: "Lander" });
    for (const [right, method, rest, body] of DEEDS) {
      const refusal = await refused("permission-denied", token, method, pathOf(other, rest), body);
      assert.match(refusal, new RegExp(right));
    }
    for (const [, method, rest, body] of DEEDS) {
      const allowed = method === "GET" ? !/secret|signing|tokens/.test(rest) : /rights/.test(rest);
      const { status } = await call(token, method, `/applications/me${rest}`, body);
      assert.equal(status, allowed ? 200 : 403, `${method} ${rest}`);
    }
    await refused("permission-denied", token, "GET", "/applications/paged");
    await refused("permission-denied", token, "POST", "/applications", { name: "Third" });
  });

  it("grows with its rights", async () => {
    const application = await register();
    const token = await tokenOf(application);
    await grant(application, ["Applications.Create", "Applications.View"]);
    const created = await ok(token, "POST", "/applications", { name: "Lander" });
    assert.equal(created.owner, null);
    assert.equal((await ok(token, "GET", "/applications/paged")).totalCount, 2);
    await refused("permission-denied", token, "GET", pathOf(created, "/client-secret"));
    await grant(application, ["Applications.ViewSecrets"]);
    await ok(token, "GET", pathOf(created, "/client-secret"));
  });

  it("does not count for the user on whose behalf it comes", async () => {
    const application = await register();
    const asUser = async (username) => {
      const password = `${username}-password`;
      const fields = { grant_type: "password", username, password, scope: "**" };
      return (await tokenFor(application, fields)).json.access_token;
    };
    await ok(await asUser("alice"), "GET", "/applications/me");
    await ok(await asUser("bob"), "GET", "/team-directory/profiles");
    await refused("permission-denied", await asUser("bob"), "GET", "/applications/me");
  });

  it("is everything for the clients that are there from the start", async () => {
    const { client_id: id, client_secret: secret } = CONFIDENTIAL;
    const fields = { grant_type: "client_credentials" };
    const { json } = await postForm(at("/oauth/token"), fields, basic(id, secret));
    const application = await ok(json.access_token, "POST", "/applications", { name: "Rover" });
    for (const [, method, rest, body] of DEEDS) {
      await ok(json.access_token, method, pathOf(application, rest), body);
    }
    await refused("not-found", json.access_token, "GET", "/applications/me");
  });
});
