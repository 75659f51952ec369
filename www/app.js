// The playground: one choice, one session, and what happens to them.
import { completed, optionsFor, recallChoice, rememberChoice } from "./choice.js";
import { content } from "./content.js";
import { choose, drawFlow, happened } from "./diagram.js";
import { find, onPress, show } from "./dom.js";
import { clearLog, log } from "./log.js";
import { showParameters } from "./parameters.js";
import { clearProblem, inShort, showProblem } from "./problem-view.js";
import { record } from "./recorder.js";
import { showSample } from "./sample-view.js";
import { prepareScopeBuilder } from "./scope-builder.js";
import { showPerson, showSignedIn, showSignedOut, showToken } from "./session-view.js";
import { currentChoice, currentSecrets, fitForm, prepareForm, showChoice } from "./setup.js";
import { recallSecrets, rememberSecrets } from "./setup.js";
import { check, enter, findSession, leave, leftFor, requestFor } from "./sign-in.js";
import { SYSTEMS, isEmbedded, isRedirected, personOf } from "./systems.js";
import { offerTrials } from "./trials.js";
/** @import { AuthorizationRequest, Session } from "./types.d.ts" */

const signInButton = find("sign-in", HTMLButtonElement);
const card = find("session", HTMLElement);
const siblings = new BroadcastChannel("playground");

// What this page came back with, before the library cleans the address.
const arrival = /[?#&]state=/.test(location.search + location.hash) ? location.href : "";

/** @type {Session | null} */
let session = null;
/** @type {AuthorizationRequest | undefined} */
let request;
let embedded = "";

/** @param {string} what @param {unknown} error */
function failed(what, error) {
  log("error", `${what}: ${inShort(error)}`);
  showProblem(error);
}

/** @param {string} what @param {() => Promise<string | void>} work */
async function act(what, work) {
  clearProblem();
  try {
    const said = await work();
    if (said) log("done", said);
  } catch (error) {
    failed(what, error);
  }
}

const options = () => optionsFor(currentChoice(), currentSecrets(), embedded);
const current = () => completed(currentChoice(), embedded);

async function update() {
  const choice = currentChoice();
  fitForm(choice, embedded);
  drawFlow(choice.flow);
  showSample(choice, embedded);
  await prepareRequest();
}

/** Each sign-in is another request, with a state of its own. */
async function prepareRequest() {
  request = undefined;
  const isShown = isRedirected(currentChoice().flow) && current().url !== "";
  show("request-card", isShown);
  if (!isShown) return;
  try {
    request = await requestFor(options());
    showParameters(request.url);
  } catch (error) {
    failed("Building the authorization URL", error);
  }
}

/** @param {string} path */
async function callApi(path) {
  if (!session) throw new Error("Nobody is signed in");
  const response = await session.fetch(path);
  log(response.ok ? "done" : "error", `GET ${path}: ${response.status}`);
  return response;
}

/** @param {Session} started */
function follow(started) {
  started.on("refreshed", () => {
    log("event", "refreshed: the session has a new access token");
    showToken(started, current().scope);
  });
  started.on("signedout", ({ error }) => {
    log("event", "signedout: the session is over");
    if (error) failed("signedout", error);
    session = null;
    showSignedOut();
    void prepareRequest();
  });
  started.on("error", ({ error }) => failed("error", error));
}

/** @param {Session} started */
async function begin(started) {
  session = started;
  rememberChoice(currentChoice());
  follow(session);
  const { system } = currentChoice();
  const paths = SYSTEMS[system].resources.map((path) => path || session?.server.userinfoEndpoint || "");
  const isUser = session.subject === "user";
  showSignedIn(session, isUser ? paths : paths.slice(1), current().scope);
  if (!isUser) return;
  await act("Asking who this is", async () => {
    const response = await callApi(paths[0]);
    if (response.ok) showPerson(personOf(system, await response.json()));
  });
}

/** @param {string} address with which a page came back from the authorization server */
function showArrival(address) {
  const message = { text: address, failed: /[?#&]error=/.test(address) };
  for (const step of ["redirect", "fragment", "arrive"]) happened(step, message);
}

async function signIn() {
  const choice = currentChoice();
  log("done", `Signing in: ${SYSTEMS[choice.system].name}, ${content.flows[choice.flow].name}`);
  await act("Signing in", async () => {
    if (!isRedirected(choice.flow) || choice.mode !== "redirect") {
      await begin(await enter(choice.flow, options()));
      return card.focus();
    }
    if (!request) throw new Error("There is no server to go to yet");
    rememberChoice(choice);
    rememberSecrets();
    leave(request);
  });
}

async function prepare() {
  const answer = await fetch("./playground.json");
  // A host may answer with a page.
  embedded = (await answer.json().catch(() => ({}))).server ?? "";
  prepareForm(embedded !== "", () => {
    clearProblem();
    rememberChoice(currentChoice());
    void update();
  });
  prepareScopeBuilder(act);
  const choice = recallChoice();
  if (!embedded && isEmbedded(choice.system)) choice.system = "own-space";
  showChoice(choice);
  recallSecrets();
  show("breakages", embedded !== "");
  if (embedded) offerTrials(embedded, () => currentChoice().system, act);
  record(happened);
}

async function start() {
  await prepare();
  // The page that opened this window is waiting.
  if (arrival) siblings.postMessage(arrival);
  const updated = update();
  const url = leftFor();
  if (arrival && url) {
    for (const step of ["leave", "authorize"]) happened(step, { text: `GET ${url}` });
    showArrival(arrival);
  }
  try {
    const found = current().url ? await findSession(currentChoice().flow, options()) : null;
    if (found) {
      log("done", arrival ? "Completed the redirect" : "Restored the stored session");
      await begin(found);
    } else {
      if (arrival && url) check(arrival, url);
      showSignedOut();
    }
  } catch (error) {
    showSignedOut();
    failed(arrival ? "Completing the redirect" : "Restoring the session", error);
  }
  await updated;
  rememberChoice(currentChoice());
}

siblings.addEventListener("message", ({ data }) => {
  if (session || currentChoice().mode === "redirect") return;
  const text = `${request?.url}\n\nThe window has a state and a challenge of its own.`;
  for (const step of ["leave", "authorize"]) happened(step, { text });
  showArrival(data);
});

/** @type {Record<string, () => Promise<string | void>>} */
const ACTIONS = {
  "call-api": async () => {
    choose("answer");
    await callApi(find("resource", HTMLSelectElement).value);
  },
  refresh: async () => session?.refresh(),
  leak: async () => void (await session?.fetch("https://elsewhere.example/")),
  "second-tab": async () => void window.open(location.href, "_blank", "noopener"),
  "sign-out": async () => {
    await session?.logout();
    signInButton.focus();
  },
};
for (const [id, work] of Object.entries(ACTIONS)) {
  const element = find(id, HTMLButtonElement);
  onPress(element, () => act(element.textContent?.trim() ?? id, work));
}
onPress(find("clear-log", HTMLButtonElement), async () => clearLog());
onPress(signInButton, signIn);

find("skip", HTMLAnchorElement).addEventListener("click", (event) => {
  // The address holds the choice.
  event.preventDefault();
  card.focus();
});

// The browser's back button may bring this page back just as it was left: on its way out.
addEventListener("pageshow", () => {
  signInButton.ariaBusy = null;
});

await start();
