import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Runs a command in the repository, showing what it prints unless `quiet`; rejects when it fails.
 * @param {string} command
 * @param {string[]} arguments_
 * @param {{ env?: Record<string, string>, quiet?: boolean, cwd?: string }} [options]
 * @returns {Promise<string>} all that was printed
 */
export function run(command, arguments_, { env = {}, quiet = false, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, arguments_, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const [stream, target] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      stream.on("data", (chunk) => {
        output += chunk;
        if (!quiet) target.write(chunk);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) return resolve(output);
      const failure = new Error(`${command} ${arguments_.join(" ")} failed with ${code}`);
      reject(Object.assign(failure, { output, code }));
    });
  });
}

/**
 * Whether a command runs at all, and what it prints.
 * @param {string} command
 * @param {string[]} arguments_
 */
export function probe(command, arguments_) {
  return run(command, arguments_, { quiet: true }).catch(() => undefined);
}
