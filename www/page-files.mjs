// Which of the files here are the page. The server's own modules are its neighbours, and are
// nobody's business.
import { readFile } from "node:fs/promises";
import path from "node:path";

/** @param {string} name of a file in this folder */
export const isPageFile = (name) => /^[\w-]+\.(?:js|json|css|svg)$/.test(name);

/** @param {string} www this folder */
export async function readPage(www) {
  const html = await readFile(path.join(www, "index.html"), "utf8");
  // The HTML parser normalises line ends before it compares a script with a hash.
  return html.replaceAll("\r\n", "\n");
}
