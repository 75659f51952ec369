// Who has no part in a sign-in by a window can neither forge its answer nor hear it, nor get at the page behind it.
import { BLOCKER } from "./support/popup.mjs";
import { client, expect, stored } from "./support/test.mjs";
import { lastClick, logInPage, open, signedIn, test } from "./support/site.mjs";

test.use(BLOCKER);

test("I01: forged messages have no effect", async ({ page, context, site, as, evil }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();

  const channel = await page.evaluate(() => {
    const [text] = Object.values(localStorage).filter((text) => text.includes('"channel"'));
    return JSON.parse(text).channel;
  });
  // A page of this very origin that shouts into everything it can find.
  const other = await context.newPage();
  await other.goto(`${site.origin}/other`);
  await other.evaluate(async (channel) => {
    const junk = [
      ...[null, undefined, 0, true, {}, [], "", " ", "\ud800", "null", "{}", "[1]", "%", "?", "#", "?state"],
      ...[
        "?code=evil&state=x",
        `${location.origin}/callback?code=evil&state=`,
        "javascript:1",
        "http://[",
        "//",
      ],
      ...["/?state=%E0%A4%A", "/?code=a&code=b&state=c", "#access_token=evil&token_type=Bearer&state=x"],
      ...[
        `/?code=${"x".repeat(1 << 20)}&state=x`,
        `/?state=${"%00".repeat(10_000)}`,
        "/?__proto__=1&state[]=2",
      ],
      ...[{ state: "x", code: "evil", type: "authorization_response" }, new Map([["state", "x"]])],
    ];
    const channels = [channel, "space-auth", "space-auth:popup"].map((name) => new BroadcastChannel(name));
    for (const message of junk) for (const channel of channels) channel.postMessage(message);
    for (let count = 0; count < 10_000; count += 1) channels[0].postMessage(`/?code=evil&state=${count}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }, channel);
  // A page of another origin that has the app in a frame, and the app's own.
  await other.goto(`${evil.url}/api`);
  await other.evaluate((origin) => {
    const frame = Object.assign(document.createElement("iframe"), { src: origin });
    document.body.append(frame);
    const shout = () => frame.contentWindow.postMessage(`${origin}/callback?code=evil&state=x`, "*");
    return new Promise((resolve) => (frame.onload = () => resolve(shout())));
  }, site.origin);
  await page.evaluate(() => {
    for (const data of ["?code=evil&state=x", { code: "evil" }, null]) window.postMessage(data, "*");
  });
  await popup.evaluate(() => {
    for (const target of [window.opener, window.parent]) target?.postMessage("?code=evil&state=x", "*");
  });

  expect(as.at("/token")).toEqual([]);
  expect(await page.evaluate(() => Promise.race([signingIn, "waiting"]))).toBe("waiting");
  await lastClick(popup, "Log in");
  expect(await signedIn(page)).toMatchObject({ value: { signedIn: true } });
  expect(as.codes).toBe(1);
});

test("I02: what is handed over holds no token, and nobody else's window hears it", async ({
  page,
  context,
  site,
  as,
}) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(site.origin);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();
  const other = await context.newPage();
  await other.goto(`${site.origin}/other`);
  await other.evaluate(() => {
    window.heard = [];
    window.addEventListener("message", ({ data }) => heard.push(data));
    const [text] = Object.values(localStorage).filter((text) => text.includes('"channel"'));
    new BroadcastChannel(JSON.parse(text).channel).onmessage = ({ data }) => heard.push(data);
  });
  await lastClick(popup, "Log in");
  const tokens = await page.evaluate(async () => [(await signingIn).value, await session.accessToken()]);
  const heard = await other.evaluate(() => JSON.stringify(heard));
  expect(heard).not.toContain(tokens[1]);
  expect(heard).not.toContain("rt-");
  expect(heard).not.toContain(as.grants("authorization_code")[0].form.code_verifier);
});

test("I06: the log-in page has no way to the page behind it", async ({ page, site, as }) => {
  const options = site.redirectPage(client(as, { server: logInPage(as) }));
  await page.goto(`${site.origin}/app`);
  const popup = await open(page, options);
  await popup.getByRole("button").waitFor();
  const [opener, name] = await popup.evaluate(() => [window.opener, window.name]);
  expect(opener).toBe(null);
  const state = as.at("/login")[0].query.state;
  const texts = await stored(page);
  expect(name.length).toBeGreaterThan(20);
  expect(state.includes(name) || texts.includes(name.replace("space-auth-", ""))).toBe(false);
  await popup.evaluate((url) => {
    for (const target of ["_parent", "_top", "", "_unfencedTop"]) {
      if (target) window.open(`${url}/api`, target);
      else window.opener?.location.replace(`${url}/api`);
    }
  }, as.url);
  await page.waitForTimeout(500);
  expect(page.url()).toBe(`${site.origin}/app`);
});
