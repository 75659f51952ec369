// An edge worker on this machine: bundled as for the real ones, and run by what runs them.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { build } from "esbuild";
import { programOf, root } from "./runtimes.mjs";

const CONFIG = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [
      (name = "worker.js", esModule = embed "worker.js"),
      (name = "space_auth_apps.wasm", wasm = embed "space_auth_apps.wasm"),
    ],
    compatibilityDate = "2025-01-01",
  ))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;

/**
 * Bundles a worker, with the package as the condition `workerd` finds it, and starts it.
 * @param {string} entry
 */
export async function startEdgeWorker(entry) {
  const folder = await mkdtemp(path.join(tmpdir(), "space-auth-edge-"));
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: path.join(folder, "worker.js"),
    absWorkingDir: root,
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["*.wasm"],
    metafile: true,
  });
  await copyFile(path.join(root, "dist/space_auth_apps.wasm"), path.join(folder, "space_auth_apps.wasm"));
  await writeFile(path.join(folder, "config.capnp"), CONFIG);

  const given = ["serve", path.join(folder, "config.capnp"), "--control-fd=3"];
  const stdio = ["ignore", "inherit", "inherit", "pipe"];
  const worker = spawn(programOf("workerd"), given, { cwd: folder, stdio });
  const ended = once(worker, "exit");
  const port = await Promise.race([portOf(worker.stdio[3]), ended.then(([code]) => endedEarly(code))]);
  return {
    origin: `http://127.0.0.1:${port}`,
    /** The files that the bundle is made of. */
    files: Object.keys(metafile.inputs),
    async close() {
      worker.kill();
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What it tells of its socket, once it listens. */
async function portOf(control) {
  for await (const line of createInterface({ input: control })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
  return new Promise(() => {});
}

function endedEarly(code) {
  throw new Error(`workerd ended with ${code}`);
}
