/**
 * The bytes that the app brings: themselves, compiled, as a response, or as an address.
 * @param {any} given or a promise of it
 */
export async function source(given) {
  let wasm = await given;
  if (typeof wasm === "string" || wasm instanceof URL || wasm instanceof Request) wasm = await fetch(wasm);
  return wasm instanceof Response ? wasm.arrayBuffer() : wasm;
}
