// The sequence of a flow, drawn: an arrow for each step, which lights up when it really happens.
import { content } from "./content.js";
import { find, make, show, write } from "./dom.js";
import { masked } from "./recorder.js";
/** @import { Message } from "./types.d.ts" */

const list = find("sequence");
const secrets = find("show-secrets", HTMLInputElement);

/** What was said at each step. @type {Map<string, Message>} */
const messages = new Map();
let chosen = "";

/** @param {string} id */
function row(id) {
  const { from, to, label } = content.steps[id];
  const button = make("button", "step-button", make("span", "step-label", label), make("span", "arrow"));
  button.addEventListener("click", () => choose(id));
  const item = make("li", "step-row", button);
  Object.assign(item.dataset, { step: id, from, to });
  return item;
}

/** @param {string} flow */
export function drawFlow(flow) {
  messages.clear();
  chosen = "";
  list.replaceChildren(...content.sequences[flow].map(row));
  paint();
}

/** Shows what was said at a step. @param {string} id */
export function choose(id) {
  chosen = id;
  paint();
}

/** A step has happened. @param {string} id @param {Message} message */
export function happened(id, message) {
  messages.set(id, message);
  paint();
}

function paint() {
  for (const item of /** @type {HTMLCollectionOf<HTMLLIElement>} */ (list.children)) {
    const { step = "" } = item.dataset;
    const { from, to, label } = content.steps[step];
    const message = messages.get(step);
    const state = message ? (message.failed ? "failed" : "done") : "idle";
    item.dataset.state = state;
    const { parties, states } = content;
    const ariaLabel = `${label}: ${parties[from]} to ${parties[to]}, ${states[state]}`;
    Object.assign(item.children[0], { ariaLabel, ariaPressed: String(chosen === step) });
  }
  show("step", chosen !== "");
  if (!chosen) return;
  const { label, note, source } = content.steps[chosen];
  const text = messages.get(chosen)?.text ?? "This has not happened yet.";
  write("step-title", label);
  write("step-note", note);
  write("step-source", source);
  write("step-text", secrets.checked ? text : masked(text));
}

secrets.addEventListener("change", paint);
