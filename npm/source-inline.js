import encoded from "#wasm-text";
import { decode } from "./decode.js";

/** The bytes that the package carries itself. */
export const source = () => decode(encoded);
