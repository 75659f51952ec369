// What the development server of the playground gives away, and under which policy.
import { serve } from "../../www/serve.mjs";
import { expect, test } from "./support/playground.mjs";

for (const folder of ["", "register/"]) {
  test(`the server sends a strict policy with /${folder}`, async ({ playground, request }) => {
    const page = await request.get(playground.url + folder);
    const policy = page.headers()["content-security-policy"];
    const directives = Object.fromEntries(
      policy.split("; ").map((directive) => {
        const [name, ...sources] = directive.split(" ");
        return [name, sources.join(" ")];
      }),
    );
    expect(directives["default-src"]).toBe("'none'");
    expect(directives["script-src"]).toMatch(/^'self' 'wasm-unsafe-eval' 'sha256-[\w+/]{43}='$/);
    expect(directives["style-src"]).toBe("'self'");
    expect(directives["img-src"]).toBe("'self'");
    expect(directives["base-uri"]).toBe("'none'");
    expect(directives["form-action"]).toBe("'none'");
    expect(directives["frame-ancestors"]).toBe("'self'");
    expect(directives["connect-src"]).toContain(`'self' ${playground.server.url}`);
    expect(policy).not.toContain("unsafe-inline");
    expect(policy).not.toContain("'unsafe-eval'");
    expect(policy).not.toContain("*");
    expect(page.headers()["referrer-policy"]).toBe("no-referrer");
    expect(page.headers()["x-content-type-options"]).toBe("nosniff");
  });
}

test("a page is found from its folder alone", async ({ playground, request }) => {
  for (const address of ["register", "register/index.html"]) {
    const answer = await request.get(playground.url + address);
    expect(answer.url(), address).toBe(`${playground.url}register/`);
  }
});

test("the server gives none of its own files", async ({ playground, request }) => {
  const own = [
    ...["serve.mjs", "policy.mjs", "page-files.mjs", "types.d.ts"],
    ...["server/index.mjs", "server/users.mjs", "..%2fpackage.json", "server%2fusers.mjs"],
  ];
  for (const path of own) {
    expect((await request.get(playground.url + path)).status(), path).toBe(404);
  }
  const settings = await (await request.get(`${playground.url}playground.json`)).json();
  expect(settings).toEqual({ server: playground.server.url });
});

test("the server takes the next free ports", async ({ playground }) => {
  const taken = Number(new URL(playground.url).port);
  const second = await serve({ port: taken, serverPort: taken });
  expect(second.url).not.toBe(playground.url);
  expect(new URL(second.url).origin).not.toBe(second.server.url);
  await second.close();
});
