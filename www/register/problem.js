// An error, as the library gives it, at the field that it is about.
import { AuthError } from "space-auth-wasm";
import { make } from "../dom.js";

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof AuthError))
    return [make("p", "", error instanceof Error ? error.message : String(error))];
  const { code, phase, hint, description, status } = error;
  const facts = Object.entries({ Phase: phase, Hint: hint, "Space says": description, Status: status });
  const rows = facts.flatMap(([term, value]) =>
    value ? [make("dt", "", term), make("dd", "", String(value))] : [],
  );
  return [make("p", "problem-code", make("code", "", code)), make("dl", "problem-facts", ...rows)];
}

/** The field whose name the library says. @param {Element} section @param {unknown} error */
function fieldOf(section, error) {
  if (!(error instanceof AuthError) || error.code !== "invalid_configuration") return undefined;
  const fields = /** @type {NodeListOf<HTMLInputElement>} */ (
    section.querySelectorAll(".field :is(input, textarea)[name]")
  );
  return [...fields].find(({ name }) => error.hint.includes(`\`${name}\``));
}

/** The place for the problems of a step. @param {Element} section */
export function problemBox(section) {
  const box = /** @type {HTMLElement} */ (section.querySelector('[role="alert"]'));
  const home = document.createComment("");
  box.before(home);
  box.id = `${section.id}-problem`;
  /** @type {HTMLElement | undefined} */
  let field;

  function clear() {
    box.hidden = true;
    box.replaceChildren();
    home.after(box);
    for (const name of ["aria-invalid", "aria-describedby"]) field?.removeAttribute(name);
    field = undefined;
  }

  return {
    clear,

    /** @param {unknown} error @param {...Node} more what can be done about it */
    show(error, ...more) {
      clear();
      field = fieldOf(section, error);
      field?.after(box);
      field?.setAttribute("aria-invalid", "true");
      field?.setAttribute("aria-describedby", box.id);
      box.append(...describe(error), ...more);
      box.hidden = false;
      field?.focus();
      box.scrollIntoView({ block: "nearest" });
    },
  };
}
