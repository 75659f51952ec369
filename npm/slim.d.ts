/** The same package without the bytes of its module: `init(source)` brings them. */
export * from "./index.js";

/** Loads the module from `source`; call it once before everything else. */
export function init(
  source:
    | BufferSource
    | WebAssembly.Module
    | Response
    | URL
    | string
    | Promise<BufferSource | WebAssembly.Module | Response>,
): Promise<void>;
