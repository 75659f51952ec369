// An application's tab: how it signs in, and what it has stored.
import assert from "node:assert/strict";
import { until } from "./until.mjs";

/**
 * @param {{ server: object }} as the scripted authorization server
 * @param {object} [more] options
 */
export const client = (as, more = {}) => ({ server: as.server, clientId: "spa", storage: "local", ...more });

/** @typedef {import("./driver.d.ts").Tab} Tab */

/** @param {Tab} tab */
export const address = (tab) => tab.evaluate(() => location.href);

/**
 * Completes a redirect, or restores what is stored; the session is `window.session` then.
 * @param {Tab} tab
 * @param {object} options
 */
export const resume = (tab, options) => tab.evaluate((options) => window.resume(options), options);

/**
 * Goes to the authorization server and comes back with its answer, which stays in the address bar.
 * @param {Tab} tab
 * @param {{ origin: string }} app
 * @param {object} options
 */
export async function comeBack(tab, app, options) {
  await tab.goto(`${app.origin}/`);
  await tab.evaluate((options) => window.begin(options), { redirectUri: `${app.origin}/`, ...options });
  const isBack = ({ url, state }) =>
    url.startsWith(app.origin) && state === "complete" && /[?&#](code|access_token|error)=/.test(url);
  await until("the page comes back with an answer", () => tab.evaluate(whereabouts), { is: isBack });
}

const whereabouts = () => ({
  url: location.href,
  state: document.readyState,
  failure: window.leavingFailed,
});

/**
 * @param {Tab} tab
 * @param {{ origin: string }} app
 * @param {object} options
 */
export async function signIn(tab, app, options) {
  await comeBack(tab, app, options);
  return isSignedIn(await resume(tab, options));
}

/**
 * Loads the application anew and restores its session.
 * @param {Tab} tab
 * @param {{ origin: string }} app
 * @param {object} options
 */
export async function restore(tab, app, options) {
  await tab.goto(`${app.origin}/`);
  return resume(tab, options);
}

/** @param {{ value?: { signedIn: boolean } }} outcome */
export function isSignedIn(outcome) {
  assert.equal(outcome.value?.signedIn, true, `Not signed in: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

/**
 * The keys of the session records that a tab sees in localStorage.
 * @param {Tab} tab
 */
export const records = (tab) =>
  tab.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("space-auth:session:")));
