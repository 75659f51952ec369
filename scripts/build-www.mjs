// Builds dist-www/: the playground for any static host and any path on it, with real servers to sign in to.

import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

import { isPageFile, PAGES, readPage } from "../www/page-files.mjs";
import { contentSecurityPolicy } from "../www/policy.mjs";
import { root } from "./lib/run.mjs";

/** What the pages have of the package: its two entries, and what both import. */
const PACKAGE = ["index.js", "apps.js", "auth-error.js"];
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
for (const page of PAGES) {
  await mkdir(join(out, page), { recursive: true });
  const names = (await readdir(join(www, page))).map((name) => `${page}${name}`);
  for (const name of names.filter(isPageFile)) await copyFile(join(www, name), join(out, name));
  await writeFile(join(out, page, "index.html"), withPolicy(await readPage(www, page)));
}
// That there is no embedded server is an answer, too: a missing file would stand as an error in every console.
await writeFile(join(out, "playground.json"), "{}\n");
await mkdir(join(out, "dist"), { recursive: true });
for (const name of PACKAGE) await copyFile(join(root, "dist", name), join(out, "dist", name));
console.log(`The playground for a static host is in ${out}`);
