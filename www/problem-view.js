// An error, as the library gives it.
import { AuthError } from "space-auth-wasm";
import { find, make } from "./dom.js";

const box = find("problem");

export function clearProblem() {
  box.hidden = true;
  box.replaceChildren();
}

/** @param {unknown} error */
export function showProblem(error) {
  const close = make("button", "button small", "Dismiss");
  close.addEventListener("click", () => {
    clearProblem();
    find("session").focus();
  });
  const [title, ...facts] = describe(error);
  box.replaceChildren(make("div", "problem-head", title, close), ...facts);
  box.hidden = false;
  // On a narrow screen the card may be further down.
  box.scrollIntoView({ block: "nearest" });
}

/** @param {unknown} error */
export function inShort(error) {
  if (error instanceof AuthError) return `${error.code} (${error.phase})`;
  return error instanceof Error ? error.message : String(error);
}

/** @param {unknown} error */
function describe(error) {
  if (!(error instanceof AuthError)) return [make("p", "", inShort(error))];
  const { code, phase: Phase, hint: Hint, description, status: Status, retryable } = error;
  const rows = { Phase, Hint, "The server says": description, Status, "Try again": retryable && "can help" };
  const facts = Object.entries(rows).flatMap(([term, value]) =>
    value ? [make("dt", "", term), make("dd", "", String(value))] : [],
  );
  return [make("p", "problem-code", make("code", "", code)), make("dl", "problem-facts", ...facts)];
}
