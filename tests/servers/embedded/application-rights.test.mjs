import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  ADMIN,
  AUTHORIZED,
  grant,
  ok,
  pathOf,
  refused,
  register,
  requestRights,
  requireRights,
  setStatus,
  statuses,
  tokenOf,
} from "./applications.mjs";

const ISSUES = "Project.Issues.View";
const PROFILES = "Profile.View";
const ORBIT = "project:key:ORBIT";
const DOCK = "project:key:DOCK";

describe("Space applications: required rights", () => {
  const REQUIRED = "/authorizations/required-rights";
  const codes = async (application) =>
    (await ok(ADMIN, "GET", pathOf(application, REQUIRED))).map(({ rightCode }) => rightCode);

  it("are added and removed", async () => {
    const application = await register();
    assert.deepEqual(await codes(application), []);
    await requireRights(application, [ISSUES, PROFILES]);
    const [issues] = await ok(ADMIN, "GET", pathOf(application, REQUIRED));
    assert.deepEqual(issues, {
      rightCode: ISSUES,
      name: "View issues",
      group: "Project Issues",
      description: null,
      targetName: "Project",
      editable: true,
      status: "NONE",
      dependencies: [],
    });
    await requireRights(application, ["Team.View"], { rightCodesToRemove: [ISSUES] });
    assert.deepEqual(await codes(application), [PROFILES, "Team.View"]);
  });

  it("are requested where the application is authorized already, if that is wanted", async () => {
    const application = await register();
    await grant(application, [ISSUES], ORBIT);
    await requireRights(application, ["Project.View"]);
    assert.deepEqual(await statuses(application, ORBIT), { [ISSUES]: "GRANTED", "Project.View": "NONE" });
    await requireRights(application, ["Project.View", PROFILES], { requestRightsInAuthorizedContexts: true });
    assert.deepEqual(await statuses(application, ORBIT), {
      [ISSUES]: "GRANTED",
      "Project.View": "REQUESTED",
    });
    assert.equal((await statuses(application))[PROFILES], "NONE");
  });

  it("are given up everywhere when they are removed", async () => {
    const application = await register();
    await grant(application, [ISSUES], ORBIT);
    await requireRights(application, [], { rightCodesToRemove: [ISSUES] });
    await requireRights(application, [ISSUES]);
    assert.deepEqual(await statuses(application, ORBIT), { [ISSUES]: "NONE" });
  });

  it("have to exist", async () => {
    const application = await register();
    const patch = (body) => refused("validation-error", ADMIN, "PATCH", pathOf(application, REQUIRED), body);
    assert.match(await patch({ rightCodesToAdd: ["Profile.Fly"] }), /Profile\.Fly/);
    await patch({ rightCodesToAdd: [PROFILES], rightCodesToRemove: ["Profile.Fly"] });
    await patch({ rightCodesToAdd: PROFILES });
    assert.deepEqual(await codes(application), []);
  });
});

describe("Space applications: rights in a context", () => {
  it("go from requested to granted or rejected, and back", async () => {
    const application = await register();
    await requestRights(application, [ISSUES, PROFILES]);
    assert.deepEqual(await statuses(application), { [ISSUES]: "REQUESTED", [PROFILES]: "REQUESTED" });
    await setStatus(application, "GRANTED", [ISSUES]);
    await setStatus(application, "REJECTED", [PROFILES]);
    assert.deepEqual(await statuses(application), { [ISSUES]: "GRANTED", [PROFILES]: "REJECTED" });
    await requestRights(application, [ISSUES, PROFILES]);
    assert.deepEqual(await statuses(application), { [ISSUES]: "GRANTED", [PROFILES]: "REQUESTED" });
    await setStatus(application, "NONE", [ISSUES]);
    assert.equal((await statuses(application))[ISSUES], "NONE");
  });

  it("can only be chosen from the required ones in a project, and need not be globally", async () => {
    const application = await register();
    const path = pathOf(application, `${AUTHORIZED}/request-rights`);
    const body = { contextIdentifier: ORBIT, rightCodes: [ISSUES] };
    assert.match(await refused("validation-error", ADMIN, "PATCH", path, body), /requires/);
    const update = { contextIdentifier: ORBIT, updates: [{ rightCode: ISSUES, status: "GRANTED" }] };
    await refused("validation-error", ADMIN, "PATCH", pathOf(application, AUTHORIZED), update);
    await requestRights(application, [ISSUES]);
    await requestRights(application, [ISSUES], ORBIT);
    assert.deepEqual(await statuses(application, ORBIT), { [ISSUES]: "REQUESTED" });
  });

  it("are one thing under the key and the id of a project, and another in the next project", async () => {
    const application = await register();
    await grant(application, [ISSUES], ORBIT);
    assert.deepEqual(await statuses(application, "project:id:p1"), { [ISSUES]: "GRANTED" });
    assert.deepEqual(await statuses(application, DOCK), { [ISSUES]: "NONE" });
  });

  it("are not global ones in a project", async () => {
    const application = await register();
    await requireRights(application, [PROFILES, ISSUES]);
    const body = { contextIdentifier: ORBIT, rightCodes: [ISSUES, PROFILES] };
    const path = pathOf(application, `${AUTHORIZED}/request-rights`);
    assert.match(await refused("validation-error", ADMIN, "PATCH", path, body), /Profile\.View is a global/);
    assert.deepEqual(await statuses(application, ORBIT), { [ISSUES]: "NONE" });
  });

  it("need a context that there is, and a status that there is", async () => {
    const application = await register();
    await requireRights(application, [ISSUES]);
    const path = pathOf(application, AUTHORIZED);
    for (const [code, context] of [
      ["validation-error", "everywhere"],
      ["validation-error", ""],
      ["not-found", "project:key:NOWHERE"],
      ["not-found", "channel:c1"],
    ]) {
      await refused(code, ADMIN, "GET", `${path}?contextIdentifier=${context}`);
    }
    await refused("validation-error", ADMIN, "GET", path);
    const updates = [{ rightCode: ISSUES, status: "MAYBE" }];
    await refused("validation-error", ADMIN, "PATCH", path, { contextIdentifier: "global", updates });
    await refused("validation-error", ADMIN, "PATCH", path, { contextIdentifier: "global" });
    await refused("validation-error", ADMIN, "PATCH", path, { contextIdentifier: "global", updates: [null] });
  });

  it("are listed by context and by application, and taken back as a whole", async () => {
    const application = await register();
    const contexts = () => ok(ADMIN, "GET", pathOf(application, "/authorizations/authorized-contexts"));
    const authorized = async (context) =>
      (
        await ok(
          ADMIN,
          "GET",
          `/applications/authorizations/authorized-applications?contextIdentifier=${context}`,
        )
      ).map(({ name }) => name);
    assert.deepEqual(await contexts(), []);
    await grant(application, [PROFILES]);
    await requireRights(application, [ISSUES]);
    await requestRights(application, [ISSUES], DOCK);
    assert.deepEqual(await contexts(), [
      { className: "GlobalPermissionContext" },
      {
        className: "ProjectPermissionContext",
        project: { id: "p2", key: { key: "DOCK" }, name: "Docking" },
      },
    ]);
    assert.deepEqual(await authorized(DOCK), ["Rover"]);
    assert.deepEqual(await authorized(ORBIT), []);

    const path = pathOf(application, `${AUTHORIZED}?contextIdentifier=${DOCK}`);
    await ok(ADMIN, "DELETE", path);
    assert.deepEqual(await contexts(), [{ className: "GlobalPermissionContext" }]);
    assert.deepEqual(await authorized(DOCK), []);
    await refused("not-found", ADMIN, "DELETE", path);
  });
});

describe("Space applications: what rights are good for", () => {
  const issuesOf = (project) => `/projects/${project}/planning/issues`;

  it("refuses what is missing, and tells what is only pending", async () => {
    const application = await register();
    const token = await tokenOf(application);
    const missing = await refused("permission-denied", token, "GET", issuesOf("key:ORBIT"));
    assert.equal(missing, "The right Project.Issues.View in the project ORBIT is missing");
    const global = await refused("permission-denied", token, "GET", "/team-directory/profiles");
    assert.equal(global, "The right Profile.View in the organisation is missing");

    await requireRights(application, [ISSUES]);
    await requestRights(application, [ISSUES], ORBIT);
    assert.match(await refused("permission-denied", token, "GET", issuesOf("key:ORBIT")), /pending/);
    await setStatus(application, "REJECTED", [ISSUES], ORBIT);
    assert.match(await refused("permission-denied", token, "GET", issuesOf("key:ORBIT")), /missing/);
  });

  it("lets an application into the projects that it is authorized in", async () => {
    const application = await register();
    const token = await tokenOf(application);
    await grant(application, [ISSUES, "Project.View"], ORBIT);
    const { data, next, totalCount } = await ok(token, "GET", `${issuesOf("id:p1")}?$top=2`);
    assert.deepEqual([data.length, next, totalCount], [2, "2", 3]);
    assert.equal(data[0].title, "The antenna points at the wrong star");
    assert.equal((await ok(token, "GET", "/projects/key:ORBIT")).name, "Orbit");
    assert.deepEqual(
      (await ok(token, "GET", "/projects")).data.map(({ id }) => id),
      ["p1"],
    );
    await refused("permission-denied", token, "GET", issuesOf("key:DOCK"));
    await refused("permission-denied", token, "GET", "/projects/id:p2");
    await refused("not-found", token, "GET", "/projects/key:NOWHERE");
  });

  it("holds in every project when it is granted globally", async () => {
    const application = await register();
    await grant(application, [ISSUES]);
    const token = await tokenOf(application);
    for (const project of ["key:ORBIT", "key:DOCK"]) await ok(token, "GET", issuesOf(project));
    assert.deepEqual((await ok(token, "GET", "/projects")).data, []);
  });

  it("opens the directory of people", async () => {
    const application = await register();
    await grant(application, [PROFILES]);
    const { data } = await ok(await tokenOf(application), "GET", "/team-directory/profiles");
    assert.deepEqual(
      data.map(({ username }) => username),
      ["alice", "bob"],
    );
  });

  it("is over at once when an authorization is taken back", async () => {
    const application = await register();
    await grant(application, [PROFILES]);
    const token = await tokenOf(application);
    await ok(token, "GET", "/team-directory/profiles");
    await ok(ADMIN, "DELETE", pathOf(application, `${AUTHORIZED}?contextIdentifier=global`));
    await refused("permission-denied", token, "GET", "/team-directory/profiles");
  });
});
