// What was done and what happened, newest first. Lines hold no secrets, so they may outlive the redirect.
import { find, make } from "./dom.js";

/** `kind` is "done", "event" or "error". @typedef {{ time: number, kind: string, text: string }} Line */

const KEY = "playground.log";
const LIMIT = 40;
const list = find("log");
/** @type {Line[]} */
let lines = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
list.append(...lines.map(item));

/** @param {Line} line */
function item({ time, kind, text }) {
  const when = make("span", "log-meta", `${kind} · ${new Date(time).toLocaleTimeString()}`);
  const entry = make("li", "", make("span", "log-text", text), when);
  entry.dataset.kind = kind;
  return entry;
}

/** @param {Line[]} kept */
function keep(kept) {
  lines = kept.slice(0, LIMIT);
  sessionStorage.setItem(KEY, JSON.stringify(lines));
}

/** @param {string} kind @param {string} text */
export function log(kind, text) {
  const line = { time: Date.now(), kind, text };
  keep([line, ...lines]);
  list.prepend(item(line));
  list.children[LIMIT]?.remove();
}

export function clearLog() {
  keep([]);
  list.replaceChildren();
}
