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

const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];

describe("npm run build:www", () => {
  it("says where the folder is", () => {
    assert.ok(printed.includes(out));
  });

  it("has the page and the package, and nothing of the server", async () => {
    const names = await files();
    for (const name of ["index.html", "app.js", "favicon.svg", "dist/index.js"]) {
      assert.ok(names.includes(name), name);
    }
    for (const name of names) {
      assert.match(name, /^(index\.html|[\w-]+\.(js|json|css|svg)|dist\/index\.js)$/);
      assert.notEqual(name, "playground.json", "there is no embedded server");
      assert.doesNotMatch(await read(name), /oauth2orize|express-session|from "node:/, name);
    }
    assert.equal(await read("dist/index.js"), await readFile(path.join(root, "dist/index.js"), "utf8"));
  });

  it("refers to its own files only, and to all of them from where it is", async () => {
    const names = await files();
    const page = await read("index.html");
    assert.doesNotMatch(page, /="\//);
    const [, importMap] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page);
    const links = [...page.matchAll(/<(?:script|link|img)\b[^>]*>/g)].map(
      ([tag]) => attribute(tag, "src") ?? attribute(tag, "href"),
    );
    const modules = Object.values(JSON.parse(importMap).imports);
    const own = [...links.filter(Boolean), ...modules];
    assert.ok(own.includes("./app.js") && own.includes("./dist/index.js"));
    for (const link of own) {
      assert.match(link, /^\.\//);
      assert.ok(names.includes(link.slice(2)), link);
    }
    const scripts = names.filter((name) => /^[\w-]+\.js$/.test(name));
    for (const name of scripts) {
      const text = await read(name);
      for (const [, module] of text.matchAll(/^(?:import|export)\b[^;]*? from "([^"]+)";/gm)) {
        assert.ok(module === "space-auth-wasm" || names.includes(module.slice(2)), `${name}: ${module}`);
      }
      for (const [, address] of text.matchAll(/\bfetch\(["'`]([./][^"'`]*)/g)) {
        // That one is of the development server alone, and the page does without.
        if (address === "./playground.json") continue;
        assert.ok(address.startsWith("./") && names.includes(address.slice(2)), `${name}: ${address}`);
      }
    }
  });

  it("has its policy before all that the policy governs", async () => {
    const page = await read("index.html");
    const [tag, ...others] = page.match(/<meta http-equiv="Content-Security-Policy"[^>]*>/g);
    assert.deepEqual(others, []);
    const policy = attribute(tag, "content");
    const [, importMap] = /<script type="importmap">([\s\S]*?)<\/script>/.exec(page);
    const hash = createHash("sha256").update(importMap).digest("base64");
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
