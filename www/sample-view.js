// The code of the present choice, to be read and copied.
import { find, make, onPress } from "./dom.js";
import { sampleCode } from "./sample.js";
/** @import { Choice } from "./types.d.ts" */

const place = find("call");
const copyButton = find("copy", HTMLButtonElement);
const typed = find("typescript", HTMLInputElement);
/** @type {[choice: Choice, embedded: string] | undefined} */
let shown;

/** @param {string} part */
const coloured = (part) => (part.startsWith('"') ? make("span", "code-string", part) : part);

function paint() {
  if (!shown) return;
  const parts = sampleCode(...shown, typed.checked).split(/("(?:[^"\\\n]|\\.)*")/);
  place.replaceChildren(make("code", "", ...parts.map(coloured)));
  copyButton.textContent = "Copy";
}

/** @param {Choice} choice @param {string} embedded */
export function showSample(choice, embedded) {
  shown = [choice, embedded];
  paint();
}

typed.addEventListener("change", paint);
onPress(copyButton, async () => {
  try {
    await navigator.clipboard.writeText(place.textContent ?? "");
    copyButton.textContent = "Copied";
  } catch {
    // Forbidden, or a plain-http page: the reader copies what is selected.
    getSelection()?.selectAllChildren(place);
    copyButton.textContent = "Selected";
  }
});
