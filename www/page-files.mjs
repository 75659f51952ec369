// Which of the files here are its pages. The server's own modules are its neighbours, and are
// nobody's business.
import { readFile } from "node:fs/promises";
import path from "node:path";

/** The folders that have a page each, as an address ends with them. */
export const PAGES = ["", "register/"];

/** @param {string} name of a file, from this folder on, with slashes */
export const isPageFile = (name) => /^(?:register\/)?[\w-]+\.(?:js|json|css|svg)$/.test(name);

/** @param {string} www this folder @param {string} [page] one of the pages */
export async function readPage(www, page = "") {
  const html = await readFile(path.join(www, page, "index.html"), "utf8");
  // The HTML parser normalises line ends before it compares a script with a hash.
  return html.replaceAll("\r\n", "\n");
}
