// The authorization URL, taken apart.
import { content } from "./content.js";
import { find, make } from "./dom.js";

/** @param {string} url */
export function showParameters(url) {
  const { origin, pathname, searchParams } = new URL(url);
  find("endpoint", HTMLElement).textContent = origin + pathname;
  const rows = [...searchParams].map(([name, value]) => {
    const heading = make("th", "", make("code", "", name));
    heading.setAttribute("scope", "row");
    const [what, source] = content.parameters[name] ?? ["", ""];
    return make(
      "tr",
      "",
      heading,
      ...[make("code", "", value), what, source].map((cell) => make("td", "", cell)),
    );
  });
  find("parameters", HTMLTableSectionElement).replaceChildren(...rows);
}
