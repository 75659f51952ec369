import { watchInstances } from "./support/instances.mjs";
import { client, test } from "./support/test.mjs";
test("probe", async ({ page, app, as }) => {
  await watchInstances(page);
  await page.goto(app.origin);
  console.log(await page.evaluate(async (options) => {
    const lib = await window.lib();
    const log = [];
    const session = await lib.password({ ...options, username: "a", password: "x" });
    const perm = await lib.permanentToken({ server: options.server, token: "permanent" });
    const t = (name, f) => { try { log.push([name, f()]); } catch (e) { log.push([name, "threw", String(e?.stack ?? e)]); } };
    t("0", () => session.signedIn);
    instances.arm("call summary");
    t("1", () => session.scopes);
    t("2", () => session.scopes);
    t("2", () => session.signedIn);
    t("3", () => perm.signedIn);
    await session.refresh().catch((e) => log.push(["r", e.code]));
    await new Promise((r) => setTimeout(r, 100));
    t("4", () => session.signedIn);
    t("5", () => perm.signedIn);
    return log;
  }, client(as)));
});
