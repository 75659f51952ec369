import { button } from "../dom.js";

/**
 * One of several that say the same: its label tells them apart.
 * @param {string} text
 * @param {string} label
 * @param {() => Promise<void>} task
 */
export function smallButton(text, label, task) {
  const element = button(text, task);
  element.classList.add("small");
  element.ariaLabel = label;
  return element;
}
