import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ADMIN, call, MEMBER, ok, pathOf, refused, register, secretOf, tokenFor } from "./applications.mjs";
import { server } from "./support.mjs";

describe("Space applications: registration", () => {
  it("answers with the application and the defaults of the document", async () => {
    const before = Date.now();
    const application = await register();
    assert.match(application.clientId, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    assert.equal(application.name, "Rover");
    assert.equal(application.archived, false);
    assert.equal(application.clientCredentialsFlowEnabled, true);
    assert.equal(application.codeFlowEnabled, false);
    assert.equal(application.implicitFlowEnabled, false);
    assert.equal(application.codeFlowRedirectURIs, null);
    assert.equal(application.endpointURI, null);
    assert.equal(application.hasSigningKey, false);
    assert.equal(application.settings.publicClientsAllowed, false);
    assert.deepEqual(application.owner, { id: "1aLiCe", username: "alice" });
    assert.ok(application.createdAt.timestamp >= before);
    assert.equal(Date.parse(application.createdAt.iso), application.createdAt.timestamp);
    assert.deepEqual(await ok(ADMIN, "GET", pathOf(application)), application);
    assert.ok(!JSON.stringify(application).includes(await secretOf(application)));
  });

  it("takes every setting, and writes lists of URIs on lines of one text", async () => {
    const settings = {
      clientId: "rover",
      clientSecret: "s3cret",
      description: "Drives about",
      email: "rover@example.com",
      codeFlowEnabled: true,
      codeFlowRedirectURIs: "https://a.example/one\nhttps://a.example/two",
      pkceRequired: true,
      implicitFlowEnabled: true,
      implicitFlowRedirectURIs: "https://a.example/three",
    };
    const { clientSecret, ...rest } = settings;
    const application = await register({
      ...settings,
      publicClientsAllowed: true,
      endpointUri: "https://a.example/space",
      endpointSslVerification: false,
      hasSigningKey: true,
      hasPublicKeySignature: true,
    });
    for (const [name, value] of Object.entries(rest)) assert.equal(application[name], value, name);
    assert.equal(application.endpointURI, "https://a.example/space");
    assert.equal(application.hasSigningKey, true);
    assert.equal(application.hasPublicKeySignature, true);
    assert.equal(application.settings.publicClientsAllowed, true);
    const endpoint = { url: "https://a.example/space", sslVerification: false };
    assert.deepEqual(application.settings.endpoint, endpoint);
    assert.equal(await secretOf(application), clientSecret);
  });

  it("refuses what makes no sense", async () => {
    const post = (body) => refused("validation-error", ADMIN, "POST", "/applications", body);
    assert.match(await post({}), /name is missing/);
    assert.match(await post({ name: null }), /name is missing/);
    assert.match(await post({ name: " " }), /name/);
    assert.match(await post({ name: "a", codeFlowEnabled: "yes" }), /codeFlowEnabled/);
    assert.match(await post({ name: "a", codeFlowRedirectURIs: ["https://a.example/"] }), /must be a text/);
    assert.match(await post({ name: "a", codeFlowRedirectURIs: "/relative" }), /absolute/);
    assert.match(await post({ name: "a", implicitFlowRedirectURIs: "https://a.example/#b" }), /fragment/);
    assert.match(await post({ name: "a", endpointUri: "ftp://a.example" }), /endpointUri/);
  });

  it("wants names and client ids of their own", async () => {
    await register({ clientId: "rover" });
    const post = (body) => refused("duplicated-entity", ADMIN, "POST", "/applications", body);
    assert.match(await post({ name: "Rover" }), /Rover/);
    assert.match(await post({ name: "Other", clientId: "rover" }), /rover/);
    assert.match(await post({ name: "Other", clientId: "playground" }), /playground/);
  });
});

describe("Space applications: what can be changed", () => {
  it("keeps what is left out, and clears what is null", async () => {
    const application = await register({ description: "Drives", endpointUri: "https://a.example/" });
    const patch = (changes) => ok(ADMIN, "PATCH", pathOf(application), changes);
    const changed = await patch({ name: "Rover 2", codeFlowEnabled: true });
    assert.deepEqual(
      [changed.name, changed.codeFlowEnabled, changed.description, changed.endpointURI],
      ["Rover 2", true, "Drives", "https://a.example/"],
    );
    const cleared = await patch({ description: null, endpointUri: null, codeFlowEnabled: null });
    assert.deepEqual([cleared.description, cleared.endpointURI, cleared.codeFlowEnabled], [null, null, true]);
    assert.equal((await patch({ endpointUri: "" })).endpointURI, null);
    assert.equal((await patch({ clientId: "another" })).clientId, application.clientId);
  });

  it("keeps names unique, but lets an application keep its own", async () => {
    const rover = await register();
    await register({ name: "Lander" });
    await refused("duplicated-entity", ADMIN, "PATCH", pathOf(rover), { name: "Lander" });
    await ok(ADMIN, "PATCH", pathOf(rover), { name: "Rover" });
    await refused("validation-error", ADMIN, "PATCH", pathOf(rover), { name: "" });
  });

  it("finds applications by either identifier", async () => {
    const application = await register();
    const path = `/applications/clientId:${application.clientId}`;
    assert.equal((await ok(ADMIN, "GET", path)).id, application.id);
    for (const unknown of ["id:nobody", "clientId:nobody", "nobody", "me"]) {
      await refused("not-found", ADMIN, "GET", `/applications/${unknown}`);
    }
  });

  it("archives and restores", async () => {
    const application = await register();
    const { access_token: value } = (await tokenFor(application)).json;
    await ok(ADMIN, "DELETE", pathOf(application));
    assert.equal((await ok(ADMIN, "GET", pathOf(application))).archived, true);
    assert.equal((await call(value, "GET", "/applications/me")).status, 401);
    const refusedToken = await tokenFor(application);
    assert.deepEqual([refusedToken.status, refusedToken.json.error], [401, "invalid_client"]);

    await ok(ADMIN, "POST", pathOf(application, "/restore"));
    assert.equal((await ok(ADMIN, "GET", pathOf(application))).archived, false);
    assert.equal((await tokenFor(application)).status, 200);
    assert.equal((await call(value, "GET", "/applications/me")).status, 401);
  });

  it("forgets them all on reset", async () => {
    const application = await register({ clientId: "rover" });
    server.reset();
    await refused("not-found", ADMIN, "GET", pathOf(application));
    await register({ clientId: "rover" });
  });
});

describe("Space applications: the list", () => {
  const list = (query = {}, token = ADMIN) =>
    ok(token, "GET", `/applications/paged?${new URLSearchParams(query)}`);
  const names = ({ data }) => data.map(({ name }) => name);

  it("comes page by page", async () => {
    for (let index = 0; index < 5; index += 1) await register({ name: `Rover ${index}` });
    const first = await list({ $top: 2 });
    assert.deepEqual(names(first), ["Rover 0", "Rover 1"]);
    assert.equal(first.totalCount, 5);
    const second = await list({ $top: 2, $skip: first.next });
    const third = await list({ $top: 2, $skip: second.next });
    assert.deepEqual([...names(second), ...names(third)], ["Rover 2", "Rover 3", "Rover 4"]);
    const { data, totalCount } = await list({ $top: 2, $skip: third.next });
    assert.deepEqual([data, totalCount], [[], 5]);
    assert.equal((await list()).data.length, 5);
  });

  it("refuses a page that is none", async () => {
    for (const query of ["$top=0", "$top=1001", "$top=x", "$skip=-1", "$skip=1&$skip=2"]) {
      await refused("validation-error", ADMIN, "GET", `/applications/paged?${query}`);
    }
  });

  it("is searched by name, and leaves archived ones out unless they are asked for", async () => {
    await register({ name: "Moon rover" });
    await register({ name: "Lander" });
    await ok(ADMIN, "DELETE", pathOf(await register({ name: "Old rover" })));
    assert.deepEqual(names(await list({ name: "ROVER" })), ["Moon rover"]);
    assert.deepEqual(names(await list({ name: "rover", withArchived: "true" })), ["Moon rover", "Old rover"]);
  });

  it("shows a member the member's own", async () => {
    await register({ name: "Of alice" });
    await register({ name: "Of bob" }, MEMBER);
    assert.deepEqual(names(await list({}, MEMBER)), ["Of bob"]);
    assert.deepEqual(names(await list()), ["Of alice", "Of bob"]);
  });
});

describe("Space: $fields", () => {
  const read = (fields, path = "/projects") =>
    ok(ADMIN, "GET", `${path}?${new URLSearchParams({ $fields: fields })}`);

  it("selects members, and members of members", async () => {
    assert.deepEqual(await read("totalCount, data(id,key(key))"), {
      totalCount: 2,
      data: [
        { id: "p1", key: { key: "ORBIT" } },
        { id: "p2", key: { key: "DOCK" } },
      ],
    });
    const { next, data } = await read("*,data(name)");
    assert.deepEqual([next, data], ["2", [{ name: "Orbit" }, { name: "Docking" }]]);
    const application = await register({ endpointUri: "https://a.example/" });
    const chosen = await read("name,settings(endpoint(url)),nothing", pathOf(application));
    assert.deepEqual(chosen, { name: "Rover", settings: { endpoint: { url: "https://a.example/" } } });
  });

  it("takes a * for one level: what is below it has to be named, and times have none", async () => {
    const { settings } = await register({ publicClientsAllowed: true });
    const path = pathOf(await register({ name: "Lander", publicClientsAllowed: true }));
    const all = await read("*", path);
    assert.deepEqual([all.settings, all.owner, all.name], [undefined, undefined, "Lander"]);
    assert.ok(all.createdAt.timestamp > 0);
    const { endpoint, ...flat } = settings;
    assert.deepEqual((await read("*,settings(*)", path)).settings, flat);
    assert.deepEqual(await read("settings", path), { settings: flat });
    assert.deepEqual(await read("settings(endpoint)", path), { settings: { endpoint } });
    assert.deepEqual(await read("*"), { next: "2", totalCount: 2 });
  });

  it("holds for answers to changes, and not for errors", async () => {
    const application = await ok(ADMIN, "POST", "/applications?$fields=name", { name: "Rover" });
    assert.deepEqual(application, { name: "Rover" });
    await refused("duplicated-entity", ADMIN, "POST", "/applications?$fields=name", { name: "Rover" });
  });

  it("refuses what is malformed", async () => {
    for (const fields of [
      "",
      ",",
      "id,",
      "id name",
      "data(",
      "data()",
      "data(id",
      "data)id",
      "id;",
      "*(id)",
      "1",
    ]) {
      const query = new URLSearchParams({ $fields: fields });
      await refused("validation-error", ADMIN, "GET", `/projects?${query}`);
    }
    await refused("validation-error", ADMIN, "GET", "/projects?$fields=id&$fields=name");
  });
});
