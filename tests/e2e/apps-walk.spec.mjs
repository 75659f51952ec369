// The document "Register Application in Space", from step 1 to step 6, in a browser: a developer who may register
// applications, an administrator who authorizes them, and the application itself.
import { decide, logInAs } from "./support/pages.mjs";
import { enterBy, expect, isAnswer, resume, space, test } from "./support/test.mjs";

const SSH_KEY =
  "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFJa5mfhmEgXu4LDBqsWefTNotyHrqV+N5Mo3XTfc2CU build agent";
const FINGERPRINT = "SHA256:Txkh2l1qNMRalG/EwiuqfU6i2tU5zN//S8XWcpH3J3k";

const CONFIDENTIAL = { clientId: "playground-confidential", clientSecret: "playground-secret" };

/** Signs a user in; what this one may do with applications is `window[username]`. */
async function enterAs(page, embedded, username) {
  const password = `${username}-password`;
  const options = space(embedded, {
    ...CONFIDENTIAL,
    username,
    password,
    storage: "memory",
    scope: username,
  });
  expect(await enterBy(page, "password", options)).toMatchObject({ value: { signedIn: true } });
  await page.evaluate(async (username) => {
    window[username] = (await apps()).applications(session);
  }, username);
}

/** What a call of `window[who]` gives, or its error. */
const ask = (page, who, name, ...args) =>
  page.evaluate(([who, name, args]) => outcome(() => window[who][name](...args)), [who, name, args]);

/** A call that must succeed. */
async function done(page, who, name, ...args) {
  const { value, ...error } = await ask(page, who, name, ...args);
  expect(error).toEqual({});
  return value;
}

const statusOf = async (page, who, app, right, context) =>
  (await done(page, who, "rights", app, context)).find(({ rightCode }) => rightCode === right)?.status;

test("steps 1 to 6, a pending right, and a sign-in with the application", async ({ page, app, embedded }) => {
  await page.goto(app.origin);
  await enterAs(page, embedded, "alice");
  await enterAs(page, embedded, "bob");
  let bot;

  await test.step("1. Add the application", async () => {
    bot = await done(page, "bob", "register", { name: "Orbit bot" });
    expect(bot).toMatchObject({ name: "Orbit bot", clientCredentialsFlowEnabled: true, archived: false });
    expect(await ask(page, "bob", "register", { name: "Orbit bot" })).toMatchObject({
      isAuthError: true,
      code: "duplicated-entity",
      phase: "request",
      status: 400,
    });
    const clientSecret = await done(page, "bob", "clientSecret", bot);
    const { clientId } = bot;
    const options = space(embedded, { clientId, clientSecret, storage: "memory" });
    expect(await enterBy(page, "clientCredentials", options)).toMatchObject({
      value: { subject: "application" },
    });
    await page.evaluate(async () => {
      window.bot = session;
      window.own = (await apps()).applications(session);
    });
    expect(await done(page, "own", "get", "me")).toMatchObject({ id: bot.id });
  });

  await test.step("2. Choose a flow", async () => {
    const changes = {
      codeFlowEnabled: true,
      codeFlowRedirectURIs: [`${app.origin}/`],
      pkceRequired: true,
      publicClientsAllowed: true,
    };
    const { codeFlowRedirectURIs } = await done(page, "bob", "update", bot, changes);
    expect(codeFlowRedirectURIs).toEqual([`${app.origin}/`]);
  });

  await test.step("3. Specify rights: one is pending, refused, authorized, and then works", async () => {
    const list = () => page.evaluate(() => outcome(async () => (await window.own.list().next()).value.name));
    const rights = ["Applications.View", "Project.Issues.View", "Project.View"];
    await done(page, "bob", "requireRights", bot, { add: rights });
    const required = await done(page, "bob", "requiredRights", bot);
    expect(required.map(({ rightCode }) => rightCode).sort()).toEqual(rights);
    expect(await statusOf(page, "bob", bot, "Applications.View")).toBe("NONE");

    await done(page, "bob", "requestRights", bot, ["Applications.View"]);
    expect(await statusOf(page, "bob", bot, "Applications.View")).toBe("REQUESTED");
    const refused = { isAuthError: true, code: "permission-denied", phase: "request", status: 403 };
    const pending = await list();
    expect(pending).toMatchObject({ ...refused, retryable: false });
    expect(pending.description).toContain("pending");
    expect(pending.hint).toContain("right");

    expect(await ask(page, "bob", "authorizeRights", bot, ["Applications.View"])).toMatchObject(refused);
    await done(page, "alice", "rejectRights", bot, ["Applications.View"]);
    expect(await statusOf(page, "bob", bot, "Applications.View")).toBe("REJECTED");
    expect(await list()).toMatchObject(refused);
    await done(page, "alice", "authorizeRights", bot, ["Applications.View"]);
    expect(await statusOf(page, "bob", bot, "Applications.View")).toBe("GRANTED");
    expect(await list()).toEqual({ value: "Orbit bot" });
  });

  await test.step("4. Authorize it in a project", async () => {
    const issues = (project) =>
      page.evaluate(async (project) => {
        const response = await window.bot.fetch(`projects/key:${project}/planning/issues`);
        const { error, data } = await response.json();
        return [response.status, error ?? data.length > 0];
      }, project);
    const dock = { project: "DOCK" };
    expect(await issues("DOCK")).toEqual([403, "permission-denied"]);
    await done(page, "bob", "requestRights", bot, ["Project.Issues.View"], dock, { comment: "Nightly" });
    expect(await statusOf(page, "bob", bot, "Project.Issues.View", dock)).toBe("REQUESTED");
    expect(await issues("DOCK")).toEqual([403, "permission-denied"]);
    // This one administrates the project.
    await done(page, "bob", "authorizeRights", bot, ["Project.Issues.View"], dock);
    expect(await issues("DOCK")).toEqual([200, true]);
    expect(await issues("ORBIT")).toEqual([403, "permission-denied"]);

    const contexts = await done(page, "bob", "authorizedContexts", bot);
    const context = contexts.find(({ project }) => project);
    expect(await statusOf(page, "bob", bot, "Project.Issues.View", context)).toBe("GRANTED");
    await done(page, "bob", "removeAuthorization", bot, context);
    expect(await issues("DOCK")).toEqual([403, "permission-denied"]);
  });

  await test.step("5. Specify the endpoint", async () => {
    const endpoint = { uri: "https://bot.example/space", publicKeySignature: true, signingKey: true };
    await done(page, "bob", "setEndpoint", bot, endpoint);
    expect(await done(page, "bob", "get", bot)).toMatchObject({ endpointURI: "https://bot.example/space" });
    const signingKey = await done(page, "bob", "signingKey", bot);
    const publicKeys = await done(page, "bob", "publicKeys", bot);
    const sent = await embedded.signForEndpoint(bot.clientId);
    const verify = (request, how) =>
      page.evaluate(
        async ([request, how]) => (await (await apps()).verifyRequest(request, how))?.className,
        [request, how],
      );
    const forged = { ...sent, body: sent.body.replace("Hello", "Hallo") };
    for (const how of [{ signingKey }, { publicKeys }]) {
      expect(await verify(sent, how)).toBe("MessagePayload");
      expect(await verify(forged, how)).toBeUndefined();
    }
    const newKey = await done(page, "bob", "regenerateSigningKey", bot);
    expect(await verify(sent, { signingKey: newKey })).toBeUndefined();
    expect(await verify(await embedded.signForEndpoint(bot.clientId), { signingKey: newKey })).toBe(
      "MessagePayload",
    );
  });

  await test.step("6. Add SSH keys", async () => {
    const added = { type: "ssh-ed25519", sha256fingerprint: FINGERPRINT };
    expect(await done(page, "bob", "addSshKey", bot, SSH_KEY)).toEqual(added);
    const [key] = await done(page, "bob", "sshKeys", bot);
    expect(key).toMatchObject({ sha256fingerprint: FINGERPRINT, comment: "build agent" });
    await done(page, "bob", "removeSshKey", bot, key);
    expect(await done(page, "bob", "sshKeys", bot)).toEqual([]);
  });

  await test.step("and sign in with it", async () => {
    const options = space(embedded, { clientId: bot.clientId });
    await page.evaluate((options) => begin(options), options);
    await logInAs(page);
    await decide(page);
    await page.waitForURL(isAnswer(app));
    expect(await resume(page, options)).toMatchObject({ value: { clientId: bot.clientId, signedIn: true } });
    const me = await page.evaluate(async () =>
      (await window.session.fetch("team-directory/profiles/me")).json(),
    );
    expect(me.username).toBe("alice");
  });

  await test.step("until it is archived", async () => {
    await enterAs(page, embedded, "bob");
    const [consent] = await done(page, "bob", "consents");
    expect(consent.clientApplication).toMatchObject({ app: { name: "Playground (confidential)" } });
    await done(page, "bob", "archive", bot);
    expect(await done(page, "bob", "get", bot)).toMatchObject({ archived: true });
    await done(page, "bob", "restore", bot);
    expect(await done(page, "bob", "get", bot)).toMatchObject({ archived: false });
  });
});

test("an administrator installs an application by its link", async ({ page, app, embedded }) => {
  await page.goto(app.origin);
  const url = await page.evaluate(
    async ([server, redirectUri]) => {
      const { init, installUrl } = await apps();
      await init();
      return installUrl({
        server,
        name: "Linked bot",
        codeFlowEnabled: true,
        codeFlowRedirectURIs: [redirectUri],
        pkceRequired: true,
      });
    },
    [embedded.url, `${app.origin}/`],
  );
  await page.goto(url);
  await logInAs(page);
  await expect(page.getByText(`${app.origin}/`)).toBeVisible();
  await page.getByRole("button", { name: "Install" }).click();
  await expect(page.getByText("Linked bot").first()).toBeVisible();
  await page.goto(app.origin);
  await enterAs(page, embedded, "alice");
  const found = await page.evaluate(async () => {
    const names = [];
    for await (const { name, codeFlowRedirectURIs } of window.alice.list({ name: "Linked", pageSize: 1 })) {
      names.push([name, codeFlowRedirectURIs]);
    }
    return names;
  });
  expect(found).toEqual([["Linked bot", [`${app.origin}/`]]]);
});
