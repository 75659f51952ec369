// The texts of the page, which are no code.

/** @import { Content } from "./types.d.ts" */

/** @type {Content} */
export const content = await (await fetch("./content.json")).json();
