// The package as its users get it: packed, and unpacked where an application would have it.
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Unpacks the package below a new folder's `node_modules`; gives the folder and what removes it. */
export async function unpack() {
  const folder = await mkdtemp(path.join(tmpdir(), "space-auth-e2e-"));
  const target = path.join(folder, "node_modules/space-auth-wasm");
  await mkdir(target, { recursive: true });
  const manifest = JSON.parse(await readFile(path.join(root, "package.json"), "utf8"));
  if (manifest.exports) {
    await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
    const archive = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
    await run("tar", ["-xzf", path.join(folder, archive), "-C", target, "--strip-components=1"]);
  } else {
    await cp(path.join(root, "dist"), path.join(target, "dist"), { recursive: true });
  }
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
