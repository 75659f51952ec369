import { client, test } from "./support/test.mjs";
test("perf", async ({ page, app, as }) => {
  await page.goto(app.origin);
  console.log(JSON.stringify(await page.evaluate(async ([options, origin]) => {
      const { parseRedirect, AuthError, init, buildAuthorizationUrl } = await lib();
      await init();
      const request = buildAuthorizationUrl(options);
      const good = `code=x&state=${request.state}`;
      const many = Array.from({ length: 10_000 }, (_, i) => `p${i}=1`).join("&");
      const texts = {pct:"%".repeat(1 << 20), goodpct:`${good}&x=${"%".repeat(1 << 20)}`, many:`${good}&${many}`, amps:"&".repeat(1 << 20), x5:"x".repeat(5 << 20), st:`${good}&state=${"%41".repeat(1 << 20)}`, eq:"=".repeat(1 << 20), small: good};
      const times = {};
      for (const [n,text] of Object.entries(texts)) for (const mark of "?#") {
          const start = performance.now(); let r;
          try { r = parseRedirect(`${origin}/${mark}${text}`, request); } catch (e) { r = e.code; }
          times[n+mark] = [Math.round((performance.now() - start)*10)/10, r.code??r];
      }
      return times;
  }, [client(as), app.origin])));
});
