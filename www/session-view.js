// @ts-check
// The session card: who is signed in, with what, and for how long.
import { find, make } from "./dom.js";
import { FLOW_NAMES, STORAGE_NAMES } from "./choices.js";
import { SYSTEMS } from "./systems.js";
import { startClock, stopClock } from "./token-clock.js";

/**
 * @typedef {import("space-auth-wasm").Session} Session
 * @typedef {import("./choices.js").Choice} Choice
 */

const card = find("session", HTMLElement);
const status = find("status", HTMLElement);
const refreshButton = find("refresh", HTMLButtonElement);

/** @param {string} id @param {string} value */
const setText = (id, value) => (find(id, HTMLElement).textContent = value);

/** @param {Date} date */
function moment(date) {
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString()
    : date.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

/** @param {"signed-in" | "signed-out"} state */
function showState(state) {
  const signedIn = state === "signed-in";
  card.ariaBusy = null;
  card.dataset.state = state;
  status.textContent = signedIn ? "Signed in" : "Signed out";
  setText("choose-title", signedIn ? "Chosen" : "Choose");
  find("signed-in", HTMLElement).hidden = !signedIn;
  find("chosen", HTMLElement).hidden = !signedIn;
  find("signed-out", HTMLElement).hidden = signedIn;
  find("choices", HTMLElement).hidden = signedIn;
}

export function showSignedOut() {
  stopClock();
  showState("signed-out");
}

/**
 * What becomes of a call with a token that the server no longer accepts.
 * @param {boolean} refreshable
 * @param {boolean} challenges
 */
function afterExpiry(refreshable, challenges) {
  if (!challenges) return "Its refusal gives no reason, so the library hands the next call’s 401 to you.";
  if (!refreshable) return "There is nothing to refresh it with, so the next call’s 401 comes to you.";
  return "The library then refreshes it in the middle of the next call, and repeats the call.";
}

/** @param {Session} session */
export function showToken(session) {
  const { grant, scopes, expiresAt } = session;
  const refreshable = grant !== "implicit";
  setText("grant", grant);
  setText("expires", expiresAt ? moment(expiresAt) : "unknown");
  find("scopes", HTMLElement).replaceChildren(
    ...scopes.flatMap((scope) => [make("code", "scope", scope), " "]),
  );
  startClock(
    expiresAt,
    refreshable ? "Expired; the next call refreshes it first" : "Expired; sign out and in again",
  );
  refreshButton.disabled = !refreshable;
  setText(
    "refresh-note",
    refreshable
      ? "Trades the refresh token for a new access token before the old one is over."
      : "The implicit flow has no refresh token, so this session cannot be refreshed.",
  );
}

/**
 * @param {Session} session
 * @param {Choice} choice
 */
export function showSignedIn(session, choice) {
  const { name, resources, challenges } = SYSTEMS[choice.system];
  setText("chosen-system", name);
  setText("chosen-flow", FLOW_NAMES[choice.flow]);
  setText("chosen-storage", STORAGE_NAMES[choice.storage]);
  find("resource", HTMLSelectElement).replaceChildren(...resources.map((path) => new Option(path)));
  setText(
    "expire-note",
    `The server stops accepting the token. ${afterExpiry(session.grant !== "implicit", challenges)}`,
  );
  find("answer", HTMLElement).hidden = true;
  showPerson({ name: "…", detail: "Asking the API who this is" });
  showToken(session);
  showState("signed-in");
}

/** @param {import("./systems.js").Person} person */
export function showPerson({ name, detail }) {
  const initials = name.split(" ").map((word) => word[0]);
  setText("person-name", name);
  setText("person-detail", detail);
  setText("avatar", initials.join(""));
}

/**
 * @param {Response} response
 * @param {number} duration
 */
export async function showAnswer(response, duration) {
  const text = await response.text();
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not JSON: shown as it came.
  }
  find("answer", HTMLElement).hidden = false;
  find("answer-status", HTMLElement).dataset.ok = String(response.ok);
  setText("answer-status", `${response.status} ${response.statusText}`.trim());
  setText("answer-note", `in ${Math.round(duration)} ms`);
  setText("answer-body", shown);
}
