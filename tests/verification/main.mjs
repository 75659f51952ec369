// The scenario for runtimes that are started with a file: prints what came out of it, as JSON.
import { readFile } from "node:fs/promises";
import { scenario } from "./scenario.mjs";

const vectors = JSON.parse(await readFile(new URL("../vectors/vectors.json", import.meta.url), "utf8"));
const lib = await import(new URL("../../dist/apps.js", import.meta.url).href);
console.log(JSON.stringify(await scenario(lib, vectors)));
