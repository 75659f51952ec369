// The types of `applications`: what Space tells can be handed back as it is.
import assert from "node:assert/strict";
import { test } from "node:test";

import { typeErrors } from "./support/type-errors.mjs";

const HANDED_BACK = `
import { applications } from "space-auth-wasm/apps";
import type { Applications, ApplicationIdentifier, RightContext } from "space-auth-wasm/apps";

declare const mine: Applications;

export async function tidyUp(application: ApplicationIdentifier): Promise<string[]> {
  const told: string[] = [];
  for (const context of await mine.authorizedContexts(application)) {
    const place: RightContext = context;
    await mine.removeAuthorization(application, place);
    told.push(context.project?.id ?? context.projectId ?? context.channel?.id ?? context.taskId ?? "");
  }
  for (const { clientApplication, refreshTokens } of await mine.consents()) {
    await mine.revokeConsent(clientApplication);
    const name: string = clientApplication.className === "ES_OAuthUserApp" ? clientApplication.app.name : clientApplication.name;
    told.push(name);
    for (const { scope } of refreshTokens) {
      if (scope.className === "XScopeApi.Scope") told.push(...scope.grants.map(({ right }) => right.rightCode));
    }
  }
  await mine.rights(application, "packageRepository:r1");
  await mine.rights(application, "taskId:t1");
  const { settings } = await mine.get(application);
  const isPublic: boolean | undefined = settings?.publicClientsAllowed;
  return isPublic ? told : [typeof applications];
}
`;

const WRONG = {
  "a scope that is taken for a text": `(await mine.consents())[0].approvedScopes[0].scope satisfies string;`,
  "a name without the kind of application": `(await mine.consents())[0].clientApplication.name satisfies string;`,
  "a permanent token by its own text": `await mine.revokePermanentToken("me", "perm:secret");`,
};

test("contexts and consents are taken as they are told", async () => {
  assert.equal(await typeErrors([["handed-back.ts", HANDED_BACK]]), "");
});

test("what they are not does not compile", async () => {
  const start = `import type { Applications } from "space-auth-wasm/apps";\ndeclare const mine: Applications;\n`;
  const files = Object.values(WRONG).map((text, place) => [`wrong-${place}.ts`, start + text]);
  const found = await typeErrors(files);
  for (const [place, what] of Object.keys(WRONG).entries()) {
    assert.ok(found.includes(`wrong-${place}.ts(3,`), `${what}: ${found}`);
  }
});
