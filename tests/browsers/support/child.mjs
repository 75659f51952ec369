import { spawn } from "node:child_process";
import { once } from "node:events";

/** The leaders of groups of processes, with what says that they have ended. @type {Map<number, Promise<unknown>>} */
const running = new Map();

/** @param {number} pid of the process that leads the group */
function kill(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

const killAll = () => [...running.keys()].forEach(kill);

process.on("exit", killAll);
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
  const closed = once(child, "close");
  if (child.pid) running.set(child.pid, closed);
  const failure = closed.then(([code]) => {
    throw new Error(`${command} has ended with ${code}`);
  });
  // Nobody may be waiting for it.
  failure.catch(() => {});
  return { child, /** Rejects when the program ends. */ failure };
}

/** Ends all that was started here. */
export async function stopAll() {
  killAll();
  await Promise.allSettled(running.values());
  running.clear();
}
