// Builds dist-www/: the playground for any static host and any path on it, with real servers to sign in to.

import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { isPageFile, readPage } from "../www/page-files.mjs";
import { contentSecurityPolicy } from "../www/policy.mjs";
import { root } from "./lib/run.mjs";

const CHARSET = '<meta charset="utf-8" />';

/**
 * What the development server says in headers has to be in the page, before all that it governs.
 * @param {string} html
 */
function withPolicy(html) {
  if (!html.includes(CHARSET)) throw new Error("index.html does not say its charset as expected");
  const policy = `<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy(html)}" />`;
  const referrer = '<meta name="referrer" content="no-referrer" />';
  return html.replace(CHARSET, () => [CHARSET, policy, referrer].join("\n    "));
}

const { values } = parseArgs({ options: { out: { type: "string" } } });
// What an earlier build left behind goes; a folder of somebody's own is only added to.
if (!values.out) await rm(join(root, "dist-www"), { recursive: true, force: true });
const out = resolve(values.out ?? join(root, "dist-www"));

if (!existsSync(join(root, "dist/index.js"))) await import("./build.mjs");

const www = join(root, "www");
await mkdir(join(out, "dist"), { recursive: true });
for (const name of (await readdir(www)).filter(isPageFile)) await copyFile(join(www, name), join(out, name));
await copyFile(join(root, "dist/index.js"), join(out, "dist/index.js"));
await writeFile(join(out, "index.html"), withPolicy(await readPage(www)));
console.log(`The playground for a static host is in ${out}`);
