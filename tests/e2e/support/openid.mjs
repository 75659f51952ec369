// An OpenID provider that others wrote, for the app of the tests.
import { startOidcProvider } from "../../servers/oidc-provider.mjs";
import { test as base } from "./test.mjs";

export const test = base.extend({
  op: async ({ app }, use) => {
    const op = await startOidcProvider({ redirectUris: [`${app.origin}/`] });
    await use(op);
    await op.close();
  },
});
