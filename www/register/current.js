// What the steps have in common: the Space, who is signed in there, and the application that all is about.

/** @import { Session } from "space-auth-wasm" */
/** @import { Application } from "space-auth-wasm/apps" */

/** `embedded` is the embedded server, or "". @typedef {"session" | "application"} Subject */

/** @type {{ embedded: string, session: Session | null, application: Application | null }} */
export const current = { embedded: "", session: null, application: null };

/** @type {Record<Subject, (() => void)[]>} */
const listeners = { session: [], application: [] };

/** @param {Subject} subject @param {() => void} listener */
export const onChange = (subject, listener) => void listeners[subject].push(listener);

/** @param {Application | null} application */
export function chooseApplication(application) {
  current.application = application;
  for (const listener of listeners.application) listener();
}

/** @param {Session | null} session */
export function chooseSession(session) {
  current.session = session;
  chooseApplication(null);
  for (const listener of listeners.session) listener();
}

/** The application; nothing that needs one can be pressed before there is one. */
export function application() {
  if (!current.application) throw new Error("Add the application first.");
  return current.application;
}

/** Likewise. */
export function session() {
  if (!current.session) throw new Error("Sign in first.");
  return current.session;
}
