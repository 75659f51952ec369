// All that can be asked of `verifyRequest`, for every runtime that it has to work in.
import { bodies } from "./bodies.mjs";
import { changes } from "./changes.mjs";
import { configuration } from "./configuration.mjs";
import { headers } from "./headers.mjs";
import { keys } from "./keys.mjs";
import { createKit } from "./kit.mjs";
import { methods } from "./methods.mjs";
import { payloads } from "./payloads.mjs";
import { pollution } from "./pollution.mjs";
import { secrets } from "./secrets.mjs";
import { signatures } from "./signatures.mjs";
import { times } from "./times.mjs";
import { token } from "./token.mjs";

// The secrets come last: they are looked for in the errors of all the others.
const ALL = [
  ...[methods, changes, signatures, times, headers, keys],
  ...[configuration, bodies, payloads, token, pollution, secrets],
];

/**
 * Nothing else may look at the clock while this runs: it is stopped at the time of the vectors.
 * @param {typeof import("space-auth-wasm/apps")} lib
 * @param {any} vectors
 */
export async function scenario(lib, vectors) {
  const kit = createKit(lib, vectors);
  const start = performance.now();
  try {
    for (const part of ALL) await part(kit);
  } finally {
    kit.end();
  }
  return { results: kit.results, seconds: (performance.now() - start) / 1000 };
}
