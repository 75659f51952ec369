import { find, make } from "../dom.js";

/** What has come of a step. @param {string} id @param {boolean} isOk @param {string} title @param {Node} content */
export function showAnswer(id, isOk, title, content) {
  const place = find(id, HTMLElement);
  place.replaceChildren(make("p", "", make("b", "", title)), content);
  place.dataset.ok = String(isOk);
  place.hidden = false;
}
