// @ts-check
// The playground. Everything that an application does with the library is in this file.
import { login } from "space-auth-wasm";
import { currentChoice, isChoice, loginOptions, onChoice } from "./choices.js";
import { recallChoice, rememberChoice, showChoice } from "./choices.js";
import { find, onPress } from "./dom.js";
import { explain } from "./explain-view.js";
import { clearLog, log, restoreLog } from "./log.js";
import { clearProblem, inShort, showProblem } from "./problem-view.js";
import { showAnswer, showPerson, showSignedIn, showSignedOut, showToken } from "./session-view.js";
import { SYSTEMS } from "./systems.js";

/** @typedef {import("space-auth-wasm").Session} Session */

const signInButton = find("sign-in", HTMLButtonElement);

/** @type {Session | null} */
let session = null;

// Read before `login` cleans the address.
const returning = /[?#&]state=/.test(location.search + location.hash);
const { server } = await (await fetch("/playground.json")).json();

/** @param {string} what @param {unknown} error */
function failed(what, error) {
  log("error", `${what}: ${inShort(error)}`);
  showProblem(error);
}

async function callApi(path = SYSTEMS[currentChoice().system].resources[0]) {
  if (!session) throw new Error("Nobody is signed in");
  const start = performance.now();
  const response = await session.fetch(path);
  const duration = performance.now() - start;
  log(response.ok ? "done" : "error", `GET ${path}: ${response.status}`);
  return { response, duration };
}

/** @param {Session} started */
function follow(started) {
  started.on("refreshed", () => {
    log("event", "refreshed: the session has a new access token");
    showToken(started);
  });
  started.on("signedout", () => {
    log("event", "signedout: the session is over");
    session = null;
    showSignedOut();
  });
  started.on("error", ({ error }) => {
    log("event", `error: ${inShort(error)}`);
    showProblem(error);
  });
}

/** @param {Session} started */
async function begin(started) {
  session = started;
  // The choice travelled with the request, so it is the one that this session is made of.
  if (isChoice(session.appState)) showChoice(session.appState);
  const choice = currentChoice();
  rememberChoice(choice);
  explain(choice, server);
  follow(session);
  showSignedIn(session, choice);
  try {
    const { response } = await callApi();
    if (response.ok) showPerson(SYSTEMS[choice.system].person(await response.json()));
    else showPerson({ name: "Unknown", detail: `The API answered ${response.status}` });
  } catch (error) {
    showPerson({ name: "Unknown", detail: "The API did not tell who this is" });
    failed("Asking who this is", error);
  }
}

async function start() {
  restoreLog();
  showChoice(recallChoice());
  explain(currentChoice(), server);
  try {
    const found = await login({ ...loginOptions(currentChoice(), server), mode: "check" });
    if (!found) return showSignedOut();
    log("done", returning ? "Completed the redirect" : "Restored the stored session");
    await begin(found);
  } catch (error) {
    showSignedOut();
    failed(returning ? "Completing the redirect" : "Restoring the session", error);
  }
}

async function signIn() {
  clearProblem();
  const choice = currentChoice();
  rememberChoice(choice);
  log("done", `Signing in to ${SYSTEMS[choice.system].name} with the ${choice.flow} flow`);
  try {
    // Leaves this page, unless another tab has signed in meanwhile.
    await begin(await login({ ...loginOptions(choice, server), mode: "redirect", appState: choice }));
  } catch (error) {
    failed("Signing in", error);
  }
}

onPress(signInButton, signIn);

onPress(find("call-api", HTMLButtonElement), async () => {
  clearProblem();
  try {
    const { response, duration } = await callApi(find("resource", HTMLSelectElement).value);
    await showAnswer(response, duration);
  } catch (error) {
    failed("Calling the API", error);
  }
});

onPress(find("refresh", HTMLButtonElement), async () => {
  clearProblem();
  try {
    await session?.refresh();
  } catch (error) {
    failed("Refreshing", error);
  }
});

onPress(find("sign-out", HTMLButtonElement), async () => {
  clearProblem();
  try {
    await session?.logout();
  } catch (error) {
    failed("Signing out", error);
  }
  signInButton.focus();
});

onPress(find("expire", HTMLButtonElement), async () => {
  clearProblem();
  try {
    // A control of the embedded server; no part of the library or of OAuth.
    await fetch(`${server}/__control/expire`, { method: "POST" });
    log("done", "The server has expired all access tokens");
  } catch (error) {
    failed("Expiring the token", error);
  }
});

onPress(find("leak", HTMLButtonElement), async () => {
  clearProblem();
  try {
    await session?.fetch("https://elsewhere.example/");
  } catch (error) {
    failed("GET https://elsewhere.example/", error);
  }
});

onPress(find("clear-log", HTMLButtonElement), async () => clearLog());

onChoice((choice) => {
  clearProblem();
  explain(choice, server);
});

// The browser's back button may bring this page back just as it was left: on its way out.
addEventListener("pageshow", () => {
  signInButton.ariaBusy = null;
});

await start();
