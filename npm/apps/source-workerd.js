// Edge workers compile no bytes; their bundlers hand over a compiled module.
// @ts-ignore: only such a bundler knows the type of this import.
import wasm from "./space_auth_apps.wasm";

/** The compiled module. */
export function source() {
  return wasm;
}
