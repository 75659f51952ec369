// The authorization URL, taken apart.
import { content } from "./content.js";
import { find, make, show, write } from "./dom.js";

/** @param {string} url */
export function showParameters(url) {
  const { origin, pathname, searchParams } = new URL(url);
  write("endpoint", origin + pathname);
  const rows = [...searchParams].map(([name, value]) => {
    const heading = make("th", "", make("code", "", name));
    heading.setAttribute("scope", "row");
    const [what, source] = content.parameters[name] ?? ["", ""];
    const cells = [make("code", "", value), what, source].map((cell) => make("td", "", cell));
    return make("tr", "", heading, ...cells);
  });
  find("parameters").replaceChildren(...rows);
  show("request-card", true);
}
