// What one process wrote comes late, and stands where another has written or removed since: whoever sees it puts it
// right (E13, E18).
import { client, expect, record, resume, signIn } from "./support/test.mjs";
import { openTab, rotate, signInTwoTabs, test, token } from "./support/tabs.mjs";

const kept = (tab) => record(tab, "localStorage");

const put = (tab, entry) => tab.evaluate(([key, text]) => localStorage.setItem(key, text), entry);

for (const storage of ["local", "encrypted"]) {
  test(`E13 E18: storage "${storage}": what was stored before a log-out signs nobody in`, async ({
    page,
    context,
    app,
    as,
  }) => {
    rotate(as);
    const options = client(as, { storage });
    await signIn(page, app, options);
    const old = await kept(page);
    await page.evaluate(() => session.logout());
    expect(await kept(page)).toBeUndefined();

    await put(page, old);
    const late = await openTab(context, app);
    await resume(late, options);
    await expect.poll(() => kept(late)).toBeUndefined();
    await expect.poll(() => late.evaluate(() => session?.signedIn ?? false)).toBe(false);
    expect(await resume(late, options)).toEqual({ value: null });
  });

  test(`E03: storage "${storage}": a used record gives way to the newest again`, async ({
    page,
    context,
    app,
    as,
  }) => {
    const server = rotate(as);
    const options = client(as, { storage });
    const other = await signInTwoTabs({ page, context, app }, options);
    const used = await kept(page);
    await page.evaluate(() => session.refresh());
    await expect.poll(() => token(other)).toBe(await token(page));

    await put(other, used);
    await expect.poll(async () => (await kept(other))[1] === used[1]).toBe(false);
    for (const tab of [page, other]) await tab.close();
    const next = await openTab(context, app);
    expect(await resume(next, options)).toMatchObject({ value: { signedIn: true } });
    await next.evaluate(() => session.refresh());
    expect(server).toMatchObject({ refreshes: 2, replays: [] });
  });
}
