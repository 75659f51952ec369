/** What the build makes of the module's bytes (`scripts/lib/encode.mjs`). */
declare const encoded: { frequent: string; text: string; alphabet: string; length: number };
export default encoded;
