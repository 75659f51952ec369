import { initSync } from "#glue";
import { source } from "#source";
import { AuthError } from "./auth-error.js";

/** @type {Promise<void> | undefined} */
let loading;
let loaded = false;

/**
 * Instantiates the module, once. A failure is forgotten, so that the next call tries again.
 * @param {unknown} [given] where the package holds no bytes itself: bytes, a module, a response or a URL
 * @returns {Promise<void>}
 */
export function ready(given) {
  loading ??= load(given).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

/** Throws unless the module is there: for functions that cannot wait for it. */
export function assertReady() {
  if (!loaded) throw unavailable("Call `await init()` once before the synchronous functions.");
}

/** @param {unknown} given */
async function load(given) {
  if (typeof WebAssembly !== "object") {
    throw unavailable("There is no WebAssembly here; lockdown mode may have turned it off.");
  }
  /** @type {any} */
  let wasm;
  try {
    wasm = await source(given);
    initSync({ module: wasm instanceof WebAssembly.Module ? wasm : await WebAssembly.compile(wasm) });
  } catch {
    throw unavailable(
      wasm === undefined
        ? "Call `init(source)` first, with a source that can be loaded."
        : "The module was refused; the Content-Security-Policy needs `script-src 'wasm-unsafe-eval'`.",
    );
  }
  loaded = true;
}

/** @param {string} hint */
function unavailable(hint) {
  return new AuthError({ code: "wasm_unavailable", phase: "load", hint });
}
