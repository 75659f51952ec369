// The playground: one choice, one session, and what happens to them.
import { parseRedirect } from "space-auth-wasm";
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
import { currentChoice, currentSecrets, fitForm, prepareForm } from "./setup.js";
import { rememberSecrets, showChoice } from "./setup.js";
import { enter, findSession, leave, leftFor, requestFor } from "./sign-in.js";
import { SYSTEMS, isEmbedded, isRedirected, personOf } from "./systems.js";
import { offerTrials } from "./trials.js";
/** @import { AuthorizationRequest, Session } from "./types.d.ts" */

const signInButton = find("sign-in", HTMLButtonElement);
const card = find("session");
const siblings = new BroadcastChannel("playground");

// What this page came back with, before the library cleans the address.
const arrival = /[?#&]state=/.test(location.search + location.hash) ? location.href : "";

/** @type {Session | null} */
let session = null;
/** @type {Promise<AuthorizationRequest> | undefined} */
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

const current = () => ({ ...completed(currentChoice(), embedded), ...currentSecrets() });
const options = () => optionsFor(current());
const build = async () => requestFor(options());

/** The first field that the flow needs and that is empty. */
function missing() {
  const full = current();
  return content.flows[full.flow].needs.find((name) => !full[name]);
}

async function update() {
  const choice = currentChoice();
  fitForm(choice, embedded);
  drawFlow(choice.flow);
  show("breakages", isEmbedded(choice.system));
  showSample(choice, embedded);
  await prepareRequest();
}

/** Each sign-in is another request, with a state of its own. */
async function prepareRequest() {
  show("request-card", false);
  const prepared = isRedirected(currentChoice().flow) && !missing() ? build() : undefined;
  request = prepared;
  try {
    const made = await prepared;
    // By now the reader may have chosen another server.
    if (made && request === prepared) showParameters(made.url);
  } catch (error) {
    if (request !== prepared) return;
    request = undefined;
    failed("Building the authorization URL", error);
  }
}

/** @param {string} path */
async function callApi(path) {
  // An empty one would take the token to this page's own server.
  if (!session || !path) throw new Error("There is nothing to call");
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
  follow(started);
  const { system } = currentChoice();
  const paths = SYSTEMS[system].resources.map((path) => path || started.server.userinfoEndpoint || "");
  const isUser = session.subject === "user";
  showSignedIn(started, isUser ? paths : paths.slice(1), current().scope);
  if (!isUser || !paths[0]) return;
  await act("Asking who this is", async () => {
    const response = await callApi(paths[0]);
    if (response.ok) showPerson(personOf(system, await response.json()));
  });
}

/** The way to the server and back. @param {string} text what was sent @param {string} address what came */
function showWay(text, address) {
  for (const step of ["leave", "authorize"]) happened(step, { text });
  const message = { text: address, failed: /[?#&]error=/.test(address) };
  for (const step of ["redirect", "fragment", "arrive"]) happened(step, message);
}

async function signIn() {
  const choice = currentChoice();
  log("done", `Signing in: ${SYSTEMS[choice.system].name}, ${content.flows[choice.flow].name}`);
  await act("Signing in", async () => {
    const lacking = missing();
    if (lacking) throw new Error(content.missing[lacking]);
    if (!isRedirected(choice.flow) || choice.mode !== "redirect") {
      await begin(await enter(choice.flow, options()));
      return card.focus();
    }
    const made = await (request ?? build());
    rememberChoice(choice);
    rememberSecrets();
    leave(made);
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
  offerTrials(embedded, act);
  record(happened);
}

async function start() {
  await prepare();
  // The page that opened this window is waiting.
  if (arrival) siblings.postMessage(arrival);
  const updated = update();
  const sent = leftFor();
  const left = arrival && sent;
  if (left) showWay(`GET ${left.url}`, arrival);
  try {
    const found = missing() ? null : await findSession(currentChoice().flow, options());
    if (found) {
      log("done", arrival ? "Completed the redirect" : "Restored the stored session");
      await begin(found);
    } else {
      // Throws what is wrong with an answer that the library has left alone.
      if (left) parseRedirect(arrival, left);
      showSignedOut();
    }
  } catch (error) {
    showSignedOut();
    failed(arrival ? "Completing the redirect" : "Restoring the session", error);
  }
  await updated;
  if (left && session) showParameters(left.url);
  rememberChoice(currentChoice());
}

siblings.addEventListener("message", async ({ data }) => {
  if (session || currentChoice().mode === "redirect") return;
  showWay(`${(await request)?.url}\n\n${content.elsewhere}`, data);
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
  "sign-out": async () => session?.logout(),
};
for (const [id, work] of Object.entries(ACTIONS)) {
  const element = find(id, HTMLButtonElement);
  onPress(element, () => act(element.innerText, work));
}
onPress(find("clear-log", HTMLButtonElement), async () => clearLog());
onPress(signInButton, signIn);

find("skip").addEventListener("click", (event) => {
  // The address holds the choice.
  event.preventDefault();
  card.focus();
});

// A shared link may be pasted here.
addEventListener("hashchange", () => location.reload());

// The back button may bring this page back as it was left: on its way out.
addEventListener("pageshow", () => {
  signInButton.ariaBusy = null;
});

await start();
