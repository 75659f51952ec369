// The playground as a folder for a static host.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../..", import.meta.url));

const PAGES = ["index.html", "register/index.html"];
const PACKAGE = ["dist/index.js", "dist/apps.js", "dist/auth-error.js"];

let out;
let printed;
before(async () => {
  out = await mkdtemp(path.join(tmpdir(), "build-www-"));
  const script = path.join(root, "scripts/build-www.mjs");
  ({ stdout: printed } = await promisify(execFile)(process.execPath, [script, "--out", out]));
});
after(() => rm(out, { recursive: true, force: true }));

const read = (name) => readFile(path.join(out, name), "utf8");

async function files() {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(out, path.join(entry.parentPath, entry.name)).replaceAll("\\", "/"));
}

const importMapOf = (page) => /<script type="importmap">([\s\S]*?)<\/script>/.exec(page)[1];

/** The file that a file names by a relative address. */
const from = (name, address) => path.posix.join(path.posix.dirname(name), address);

const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];

describe("npm run build:www", () => {
  it("says where the folder is", () => {
    assert.ok(printed.includes(out));
  });

  it("has the page and the package, and nothing of the server", async () => {
    const names = await files();
    for (const name of ["app.js", "favicon.svg", "register/register.js", ...PAGES, ...PACKAGE]) {
      assert.ok(names.includes(name), name);
    }
    for (const name of names) {
      assert.match(
        name,
        /^((register\/)?(index\.html|[\w-]+\.(js|json|css|svg))|dist\/(index|apps|auth-error)\.js)$/,
      );
      assert.doesNotMatch(await read(name), /oauth2orize|express-session|from "node:/, name);
    }
    assert.deepEqual(JSON.parse(await read("playground.json")), {}, "there is no embedded server");
    for (const name of PACKAGE) assert.equal(await read(name), await readFile(path.join(root, name), "utf8"));
  });

  it("refers to its own files only, and to all of them from where it is", async () => {
    const names = await files();
    for (const name of PAGES) {
      const page = await read(name);
      assert.doesNotMatch(page, /="\//);
      const links = [...page.matchAll(/<(?:script|link|img)\b[^>]*>/g)].map(
        ([tag]) => attribute(tag, "src") ?? attribute(tag, "href"),
      );
      const modules = Object.values(JSON.parse(importMapOf(page)).imports);
      assert.ok(links.filter(Boolean).length > 3 && modules.length > 0, name);
      for (const link of [...links.filter(Boolean), ...modules]) {
        assert.match(link, /^\.\.?\//);
        assert.ok(names.includes(from(name, link)), `${name}: ${link}`);
      }
    }
    for (const name of names.filter((name) => name.endsWith(".js"))) {
      const text = await read(name);
      for (const [, module] of text.matchAll(/^(?:import|export)(?: [^;]*? from)? "([^"]+)";/gm)) {
        if (/^space-auth-wasm(\/apps)?$/.test(module)) continue;
        assert.ok(names.includes(from(name, module)), `${name}: ${module}`);
      }
      if (name.startsWith("dist/")) continue;
      for (const [, address] of text.matchAll(/\bfetch\(["'`]([./][^"'`]*)/g)) {
        // That one is of the development server alone, and the pages do without.
        if (path.basename(address) === "playground.json") continue;
        assert.ok(names.includes(from(name, address)), `${name}: ${address}`);
      }
    }
  });

  for (const name of PAGES)
    it(`has its policy before all that the policy governs: ${name}`, async () => {
      const page = await read(name);
      const [tag, ...others] = page.match(/<meta http-equiv="Content-Security-Policy"[^>]*>/g);
      assert.deepEqual(others, []);
      const policy = attribute(tag, "content");
      const hash = createHash("sha256").update(importMapOf(page)).digest("base64");
      const directives = Object.fromEntries(
        policy.split("; ").map((directive) => directive.split(/ (.*)/s, 2)),
      );
      assert.deepEqual(directives, {
        "default-src": "'none'",
        "script-src": `'self' 'wasm-unsafe-eval' 'sha256-${hash}'`,
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self' https: http:",
        "frame-src": "'self' https: http:",
        "base-uri": "'none'",
        "form-action": "'none'",
      });
      const before = page.slice(0, page.indexOf(tag));
      assert.deepEqual(before.match(/<\w+/g), ["<html", "<head", "<meta"]);
      assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=/i);
      assert.equal(page.match(/<script\b/g).length, 2);
    });
});
