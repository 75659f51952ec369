// @ts-check
// What was done and what happened, newest first. Lines hold no secrets, so they may outlive the
// redirect: signing in can then be read from its first step to its last.
import { find, make } from "./dom.js";

/**
 * @typedef {"done" | "event" | "error"} Kind something that the page did, that the session told, or that failed
 * @typedef {{ time: number, kind: Kind, text: string }} Line
 */

const KEY = "playground.log";
const LIMIT = 40;

const list = find("log", HTMLOListElement);
/** @type {Line[]} */
let lines = [];

/** @param {Line} line */
function item({ time, kind, text }) {
  const when = make("span", "log-meta", `${kind} · ${new Date(time).toLocaleTimeString()}`);
  const entry = make("li", "", make("span", "log-text", text), when);
  entry.dataset.kind = kind;
  return entry;
}

function keep() {
  sessionStorage.setItem(KEY, JSON.stringify(lines));
}

/** @param {Kind} kind @param {string} text */
export function log(kind, text) {
  const line = { time: Date.now(), kind, text };
  lines = [line, ...lines].slice(0, LIMIT);
  list.prepend(item(line));
  while (list.children.length > LIMIT) list.lastElementChild?.remove();
  keep();
}

export function clearLog() {
  lines = [];
  list.replaceChildren();
  keep();
}

/** Shows what was logged before the redirect or the reload. */
export function restoreLog() {
  try {
    lines = JSON.parse(sessionStorage.getItem(KEY) ?? "[]");
    list.replaceChildren(...lines.map(item));
  } catch {
    clearLog();
  }
}
