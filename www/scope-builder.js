// Builds a scope of Space from rights: everywhere, or in one project.
import { scope } from "space-auth-wasm";
import { content } from "./content.js";
import { find, onPress } from "./dom.js";

/** @param {import("./types.d.ts").Act} act */
export function prepareScopeBuilder(act) {
  const [right, project, target] = ["right", "project", "scope"].map((id) => find(id, HTMLInputElement));
  find("rights").append(...content.rights.map((name) => new Option(name)));
  onPress(find("add-right", HTMLButtonElement), () =>
    act("Adding a right", async () => {
      const built = project.value ? scope.project(project.value, right.value) : scope.global(right.value);
      target.value = scope.join(target.value, built);
      right.value = "";
      target.dispatchEvent(new Event("change", { bubbles: true }));
      return `The scope asks for ${built}`;
    }),
  );
}
