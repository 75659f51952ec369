// Before the steps: who does all this.
import { find, onPress, show, write } from "../dom.js";
import { chooseSession, current } from "./current.js";
import { asUser, inWindow } from "./sign-in.js";
import { stage } from "./stage.js";
/** @import { Session } from "space-auth-wasm" */
/** @import { RequestList } from "./requests.js" */

const step = stage("person");
const form = find("person-form", HTMLFormElement);
const input = (/** @type {string} */ id) => find(id, HTMLInputElement).value.trim();

/**
 * The profile of the user of a session.
 * @param {Session} session
 * @param {RequestList} requests
 */
export async function profileOf(session, requests) {
  const response = await requests.of(session).fetch("team-directory/profiles/me");
  const profile = await response.json();
  if (!response.ok) throw new Error(profile.error_description ?? `Space answers with ${response.status}.`);
  const { firstName, lastName } = profile.name;
  return { name: `${firstName} ${lastName}`, username: String(profile.username) };
}

/** @param {() => Promise<Session>} enter */
const signIn = (enter) =>
  step.act(async () => {
    const session = await enter();
    const { name, username } = await profileOf(session, step.requests);
    chooseSession(session);
    write("person-name", name);
    write("person-detail", `${username} · ${new URL(session.server.tokenEndpoint).host}`);
    write("avatar", name.replace(/(\S)\S*\s*/g, "$1"));
    showState(true);
    find("name", HTMLInputElement).focus();
  });

/** @param {boolean} isSignedIn */
function showState(isSignedIn) {
  show("who", isSignedIn);
  form.hidden = isSignedIn;
  step.done(isSignedIn);
}

/** @param {"alice" | "bob"} username */
const offer = (username) =>
  onPress(find(`as-${username}`, HTMLButtonElement), () => signIn(() => asUser(username)));

offer("alice");
offer("bob");
onPress(find("sign-in", HTMLButtonElement), () =>
  signIn(() => inWindow(input("server"), input("clientId"), step.requests)),
);
onPress(find("sign-out", HTMLButtonElement), async () => {
  await current.session?.logout();
  step.requests.clear();
  chooseSession(null);
  showState(false);
  form.querySelector("input")?.focus();
});
