// The session card: who is signed in, with what, and for how long.
import { content } from "./content.js";
import { find, make, show, write } from "./dom.js";
import { startClock, stopClock } from "./token-clock.js";
/** @import { Person, Session } from "./types.d.ts" */

/** @param {boolean} isSignedIn */
function showState(isSignedIn) {
  find("session").ariaBusy = null;
  document.body.dataset.state = isSignedIn ? "signed-in" : "signed-out";
  write("status", isSignedIn ? "Signed in" : "Signed out");
  find("choices").inert = isSignedIn;
}

export function showSignedOut() {
  const hadFocus = find("signed-in").contains(document.activeElement);
  stopClock();
  showState(false);
  if (hadFocus) find("sign-in").focus();
}

/** @param {string} scope @param {string[]} asked @param {readonly string[]} granted */
function scopeRow(scope, asked, granted) {
  const isGranted = granted.includes(scope);
  const chip = make("code", "scope", scope);
  chip.dataset.granted = String(isGranted);
  // The library asks for a refresh token by itself.
  const isAsked = asked.includes(scope) || scope === "offline_access";
  const word = isGranted ? "granted" : "not granted";
  return make("li", "", chip, make("small", "", isAsked ? word : `${word} unasked`));
}

/** @param {Session} session @param {string} requested the scope that was asked for */
export function showToken(session, requested) {
  const { scopes, expiresAt, claims, grant, subject } = session;
  write("grant", grant);
  write("subject", subject);
  const asked = requested.split(" ").filter(Boolean);
  const rows = [...new Set([...asked, ...scopes])].map((scope) => scopeRow(scope, asked, scopes));
  find("scopes").replaceChildren(...rows);
  show("claims-row", claims !== null);
  write("claims", JSON.stringify(claims, null, 2));
  const isRenewable = grant !== "implicit" && grant !== "permanent_token";
  startClock(expiresAt, isRenewable ? "Expired; the next call refreshes it first" : "Expired; sign in again");
  find("refresh", HTMLButtonElement).disabled = !isRenewable;
  write("refresh-note", content.refresh[String(isRenewable)]);
}

/** @param {Session} session @param {readonly string[]} resources @param {string} requested */
export function showSignedIn(session, resources, requested) {
  find("resource", HTMLSelectElement).replaceChildren(...resources.map((path) => new Option(path)));
  // Until the API has said who it is.
  showPerson({ name: session.subject === "user" ? "Someone" : "Application", detail: session.clientId });
  showToken(session, requested);
  showState(true);
}

/** @param {Person} person */
export function showPerson({ name, detail }) {
  write("person-name", name);
  write("person-detail", detail);
  const initials = name.split(/\s+/, 2).map((word) => word[0]);
  write("avatar", initials.join(""));
}
