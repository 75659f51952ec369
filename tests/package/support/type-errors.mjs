// The compiler of TypeScript, as users of the package run it.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * What the compiler says of these modules, as users of the package have them.
 * @param {[name: string, text: string][]} files
 */
export async function typeErrors(files) {
  const folder = await mkdtemp(path.join(tmpdir(), "playground-samples-"));
  try {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      noUnusedLocals: true,
      target: "es2022",
      module: "esnext",
      moduleResolution: "bundler",
      moduleDetection: "force",
      lib: ["es2022", "dom", "dom.iterable"],
      types: [],
      paths: {
        "space-auth-wasm": [path.join(root, "npm/index.d.ts")],
        "space-auth-wasm/apps": [path.join(root, "npm/apps.d.ts")],
      },
    };
    await writeFile(path.join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
    for (const [name, text] of files) await writeFile(path.join(folder, name), text);
    const tsc = path.join(root, "node_modules/typescript/bin/tsc");
    const given = [tsc, "--project", folder, "--pretty", "false"];
    await promisify(execFile)(process.execPath, given, { cwd: folder, maxBuffer: 1 << 26 });
    return "";
  } catch (error) {
    if (!error.stdout) throw error;
    const found = error.stdout.trim().split("\n");
    return [`${found.length} lines, such as:`, ...found.slice(0, 5)].join("\n");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
