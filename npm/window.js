// Signing in while this page stays: in a window of its own, or in a hidden frame. Both come back to the same redirect
// URI as everything else; the page there hands its address over by a BroadcastChannel, which needs no opener, so that
// a server's Cross-Origin-Opener-Policy breaks nothing.

import { AuthError } from "./auth-error.js";
import { authorizationRequest } from "./authorization.js";
import { page } from "./host/page.js";
import { find, take } from "./host/pending.js";
import { callNow } from "./machine.js";
import { random } from "./random.js";
import { receive, remember } from "./redirect.js";
import { unlessAborted } from "./host/waiting.js";

/** @typedef {import("./handle.js").Handle} Handle */

/** Milliseconds between two looks at a window. */
const LOOK = 200;
/**
 * How long, in milliseconds, a window that seems closed must stay so, while the user is back on this page, to count as
 * closed. The longer time is for one that was never seen away from home: a server's Cross-Origin-Opener-Policy makes a
 * window look closed while the user is typing in it.
 */
const CLOSED = 2_000;
const SEVERED = 20_000;
/** How long, in milliseconds, a window may stay open: as long as its request is remembered. */
const LONGEST = 600_000;
/** @param {string} code */
const failure = (code, retryable = false) => new AuthError({ code, phase: "authorize", retryable });

/**
 * Opens the window, at once: a browser allows it only within the user's click. Nothing is opened on a page that has come
 * back from the server itself. What the browser blocks is told when the window is needed: a stored session needs none.
 * @returns {Window | undefined}
 */
export function openWindow() {
  if (isReturn()) return undefined;
  try {
    const popup = globalThis.open("about:blank", `space-auth-${random()}`, "popup,width=600,height=720");
    // What is shown there must not be able to lead this page elsewhere. The price: once it shows the server's pages,
    // only the user can close it.
    if (popup) popup.opener = null;
    return popup ?? undefined;
  } catch {
    return undefined;
  }
}

/** Whether this page has come back from the server: a request waits for the state in its address. */
function isReturn() {
  const { search, hash } = new URL(page());
  return [search, hash].some((part) => find(new URLSearchParams(part.slice(1)).get("state") ?? ""));
}

/**
 * Signs in through the window.
 * @param {Handle} handle
 * @param {Window | undefined} popup
 * @param {AbortSignal | undefined} signal
 */
export function throughWindow(handle, popup, signal) {
  if (!popup) throw failure("popup_blocked");
  return through(handle, "popup", authorizationRequest(handle.client), signal, (url, fail) => {
    popup.location.replace(url);
    const end = Date.now() + LONGEST;
    let awayFor = 0;
    let closedFor = 0;
    const timer = setInterval(() => {
      if (!popup.closed && isAway(popup)) awayFor += LOOK;
      closedFor = popup.closed && document.hasFocus() ? closedFor + LOOK : 0;
      if (closedFor >= (awayFor > LOOK ? CLOSED : SEVERED) || Date.now() > end) fail("popup_closed");
    }, LOOK);
    return () => {
      clearInterval(timer);
      popup.close();
    };
  });
}

/** @param {Window} popup */
function isAway(popup) {
  try {
    return popup.location.href !== "about:blank";
  } catch {
    return true;
  }
}

/**
 * Signs in through a hidden frame, without asking the user anything.
 * @param {Handle} handle
 * @param {AbortSignal | undefined} signal
 */
export function throughFrame(handle, signal) {
  const { client } = handle;
  const isSpaceLike = client.server.offline === "access_type";
  const request = isSpaceLike
    ? authorizationRequest(client, "silent")
    : authorizationRequest({ ...client, parameters: { ...client.parameters, prompt: "none" } });
  return through(handle, "silent", request, signal, (url, fail) => {
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Sign-in";
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-forms");
    frame.src = url;
    document.body.append(frame);
    const timer = setTimeout(() => fail("timeout", true), client.timeout);
    return () => {
      clearTimeout(timer);
      frame.remove();
    };
  });
}

/**
 * @param {Handle} handle
 * @param {"popup" | "silent"} mode
 * @param {import("./index.d.ts").AuthorizationRequest} request
 * @param {AbortSignal | undefined} signal
 * @param {(url: string, fail: (code: string, retryable?: boolean) => void) => () => void} show gives what ends it
 */
async function through(handle, mode, request, signal, show) {
  if (typeof BroadcastChannel === "undefined") throw failure("unsupported");
  const pending = remember(request, handle.client.appState, { mode, channel: random() });
  const channel = new BroadcastChannel(/** @type {string} */ (pending.channel));
  let hide = () => {};
  try {
    const address = await unlessAborted(
      signal,
      new Promise((resolve, reject) => {
        channel.onmessage = ({ data }) => {
          if (typeof data !== "string" || stateIn(data, request.flow) !== request.state) return;
          channel.postMessage(null);
          resolve(data);
        };
        hide = show(request.url, (code, retryable) => reject(failure(code, retryable)));
      }),
    );
    hide();
    await receive(handle, address, pending);
    return true;
  } finally {
    hide();
    channel.close();
    take(request.state);
  }
}

/**
 * @param {string} address
 * @param {string} flow
 */
function stateIn(address, flow) {
  try {
    return JSON.parse(callNow("findAnswer", { address, flow })).state;
  } catch {
    // No text at all.
  }
}
