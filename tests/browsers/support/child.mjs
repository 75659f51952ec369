import { spawn } from "node:child_process";
import { once } from "node:events";

/** @type {Set<number>} */
const running = new Set();

/** @param {number} id of the process that leads the group */
function kill(id) {
  try {
    process.kill(-id, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

process.on("exit", () => running.forEach(kill));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(1));

/**
 * Starts a program that ends with this one, and with it whatever it has started itself.
 * @param {string} command
 * @param {string[]} args
 * @param {Record<string, string>} [env] beside this program's
 * @param {import("node:child_process").StdioOptions} [stdio]
 */
export function start(command, args, env = {}, stdio = "ignore") {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio, detached: true });
  const { pid } = child;
  if (pid) running.add(pid);
  const closed = once(child, "close");
  const failure = closed.then(([code]) => {
    throw new Error(`${command} has ended with ${code}`);
  });
  // Nobody may be waiting for it.
  failure.catch(() => {});
  return {
    child,
    /** Rejects when the program ends. */
    failure,
    async stop() {
      if (!pid) return;
      kill(pid);
      await closed.catch(() => {});
      running.delete(pid);
    },
  };
}
