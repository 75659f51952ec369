// Other runtimes of JavaScript, which npm brings along as packages of their platforms.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The program of `bun`, `deno` or `workerd` itself. Their own commands are put in place by scripts at installation, which
 * do not run here.
 * @param {string} name
 */
export function programOf(name) {
  const manifest = path.join(root, "node_modules", name, "package.json");
  const { optionalDependencies } = JSON.parse(readFileSync(manifest, "utf8"));
  const suffix = process.platform === "win32" ? ".exe" : "";
  for (const platform of Object.keys(optionalDependencies)) {
    for (const place of ["", "bin/"]) {
      const program = path.join(root, "node_modules", platform, place + name + suffix);
      if (existsSync(program)) return program;
    }
  }
  throw new Error(`${name} is not there for ${process.platform} on ${process.arch}`);
}
