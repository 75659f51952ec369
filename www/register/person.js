// Before the steps: who does all this.
import { find, onPress, show, write } from "../dom.js";
import { chooseSession, current } from "./current.js";
import { asUser, comeBack, inWindow } from "./sign-in.js";
import { stage } from "./stage.js";
/** @import { Session } from "space-auth-wasm" */
/** @import { RequestList } from "./requests.js" */

const step = stage("person");

/** Of the user of a session. @param {Session} session @param {RequestList} requests */
export async function profileOf(session, requests) {
  const response = await requests.of(session).fetch("team-directory/profiles/me");
  const { name, username, error_description: problem } = await response.json();
  if (!response.ok) throw new Error(problem ?? `Space answers with ${response.status}.`);
  return { name: `${name.firstName} ${name.lastName}`, username };
}

/** @param {Session | null} session */
function begin(session) {
  chooseSession(session);
  show("who", session !== null);
  show("person-form", session === null);
  step.done(session !== null);
}

/** @param {() => Promise<Session>} enter */
async function signIn(enter) {
  const session = await enter();
  const { name, username } = await profileOf(session, step.requests);
  write("person-name", name);
  write("person-detail", `${username} · ${new URL(session.server.tokenEndpoint).host}`);
  write("avatar", name.replace(/(\S)\S*\s*/g, "$1"));
  begin(session);
  find("name", HTMLInputElement).focus();
}

for (const username of /** @type {const} */ (["alice", "bob"])) {
  onPress(find(`as-${username}`, HTMLButtonElement), () => step.act(() => signIn(() => asUser(username))));
}
step.onSubmit((given) => {
  const [server, clientId] = ["server", "clientId"].map((name) => String(given.get(name)).trim());
  return signIn(() => inWindow(server, clientId, step.requests));
});
onPress(find("sign-out", HTMLButtonElement), async () => {
  await current.session?.logout();
  step.requests.clear();
  begin(null);
  find("person", HTMLElement).focus();
});

/** Settles when the page may begin; in a window that another page waits for, never. */
export const hasComeBack = step.act(comeBack);
