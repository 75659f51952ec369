// Signing in by redirect.
import assert from "node:assert/strict";
import { test } from "node:test";
import { s256 } from "../../e2e/support/scripted.mjs";
import { address, client, comeBack, isSignedIn, restore, resume } from "../support/application.mjs";

/**
 * @param {string} name of the browser
 * @param {import("./index.mjs").World} world
 */
export function redirect(name, world) {
  test(`${name}: a page on loopback is a secure context with locks and cryptography`, async (t) => {
    const tab = await world.open();
    await tab.goto(`${world.app.origin}/`);
    const found = await tab.evaluate(() => ({
      isSecureContext,
      locks: typeof navigator.locks?.request,
      subtle: typeof crypto.subtle?.digest,
      visibility: document.visibilityState,
    }));
    const wanted = { isSecureContext: true, locks: "function", subtle: "function", visibility: "visible" };
    assert.deepEqual(found, wanted);
    t.diagnostic(
      `${name} ${await world.browser.version()}: ${await tab.evaluate(() => navigator.userAgent)}`,
    );
  });

  test(`${name}: A05 B13 C01: the code flow with PKCE, by redirect, survives a reload`, async () => {
    const { app, as } = world;
    const options = client(as, { appState: { route: "/x" } });
    const tab = await world.open();
    await comeBack(tab, app, options);
    const { grant, appState } = isSignedIn(await resume(tab, options));
    assert.deepEqual([grant, appState], ["authorization_code", { route: "/x" }]);
    assert.equal(await address(tab), `${app.origin}/`);
    assert.equal(await status(tab), 200);

    const [{ query }] = as.at("/auth");
    const [{ form }] = as.grants("authorization_code");
    assert.deepEqual([query.response_type, query.code_challenge_method], ["code", "S256"]);
    assert.equal(s256(form.code_verifier), query.code_challenge);

    isSignedIn(await restore(tab, app, options));
    assert.equal(await status(tab), 200);
    assert.deepEqual([as.codes, as.refreshes], [1, 0], "A reload needs neither a code nor a refresh");
    assert.equal(new Set(as.apiCalls.map(({ headers }) => headers.authorization)).size, 1);
  });

  test(`${name}: A05 B13: the implicit flow, by redirect, survives a reload`, async () => {
    const { app, as } = world;
    const options = client(as, { flow: "implicit" });
    const tab = await world.open();
    await comeBack(tab, app, options);
    assert.match(new URL(await address(tab)).hash, /access_token=/);
    assert.equal(isSignedIn(await resume(tab, options)).grant, "implicit");
    assert.equal(await address(tab), `${app.origin}/`);
    assert.equal(await status(tab), 200);

    isSignedIn(await restore(tab, app, options));
    assert.equal(await status(tab), 200);
    assert.deepEqual(as.at("/token"), []);
    for (const { headers } of as.apiCalls) assert.match(headers.authorization, /^Bearer at-\d+$/);
  });
}

/** @param {import("../support/driver.d.ts").Tab} tab */
const status = (tab) => tab.evaluate(async () => (await session.fetch("x")).status);
