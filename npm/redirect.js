// A redirect of ours: found, cleaned away, and turned into a session, once.

import { AuthError } from "./auth-error.js";
import { requestedScope } from "./authorization.js";
import { absolute } from "./endpoint.js";
import { handOver } from "./host/handover.js";
import { page, replaceAddress } from "./host/page.js";
import { find, isExpired, put, take } from "./host/pending.js";
import { checkedTokens } from "./id-token.js";
import { callNow } from "./machine.js";
import { ask } from "./request.js";

/** @typedef {import("./handle.js").Handle} Handle */
/** @typedef {import("./host/pending.js").Pending} Pending */

/**
 * How long, in milliseconds, the outcome of a redirect is handed to all who ask, though its URL is gone: a page may
 * sign in from several components, and React's strict mode does everything twice.
 */
const ECHO = 1_000;

/** A redirect that is being completed, or was until then. @typedef {{ outcome: Promise<void>, landedAt: number }} Arrival */

const now = () => globalThis.performance?.now() ?? Date.now();

const mismatch = () => new AuthError({ code: "state_mismatch", phase: "redirect" });

/**
 * Stores a request, so that its redirect can be completed. What its URL says is read back from it.
 * @param {import("./index.d.ts").AuthorizationRequest} request
 * @param {string} [appState] a JSON text
 * @param {{ mode: "popup" | "silent", channel: string }} [elsewhere] where the page waits that sent the user away
 * @returns {Pending}
 */
export function remember({ url, flow, state, redirectUri, codeVerifier, nonce }, appState, elsewhere) {
  const { href, searchParams } = absolute(url, "url");
  const [clientId, scope] = ["client_id", "scope"].map((name) => searchParams.get(name) ?? "");
  /** @type {Pending} */
  const pending = {
    ...{ v: 1, createdAt: Date.now() },
    ...{ flow: flow ?? "code", state, redirectUri, codeVerifier, nonce },
    ...{ endpoint: href.split(/[?#]/)[0], clientId, scope, appState },
    ...elsewhere,
  };
  if (put(pending)) return pending;
  const hint = "The browser refuses to store the request; allow site data for this page.";
  throw new AuthError({ code: "storage_unavailable", phase: "storage", hint });
}

/**
 * The request that an address answers, if these options made it: those of other servers and clients are left to their
 * own.
 * @param {any} client
 * @param {string} address
 */
function answered(client, address) {
  for (const flow of ["implicit", "code"]) {
    const { state, cleaned } = JSON.parse(callNow("findAnswer", { address, flow }));
    const pending = state === undefined ? undefined : find(state);
    if (
      pending?.flow === flow &&
      pending.state === state &&
      pending.endpoint === client.server.authorizationEndpoint?.split("?")[0] &&
      pending.clientId === client.clientId &&
      pending.scope === requestedScope(client)
    ) {
      return { pending, cleaned };
    }
  }
}

/**
 * Completes the redirect in `address`, if it is one of ours; also gives the outcome of one that is being completed, or
 * was a moment ago. False when there is none. The address bar is cleaned before anything else.
 * @param {Handle} handle
 * @param {string} address
 */
export async function complete(handle, address) {
  const { shared, client } = handle;
  const found = shared.arrival?.landedAt === Infinity ? undefined : answered(client, address);
  if (found) {
    if (address === page()) replaceAddress(found.cleaned);
    shared.arrival = land(arrive(handle, address, found.pending));
  }
  const { arrival } = shared;
  if (!arrival || now() - arrival.landedAt >= ECHO) return false;
  await arrival.outcome;
  return true;
}

/**
 * @param {Promise<void>} outcome
 * @returns {Arrival}
 */
function land(outcome) {
  /** @type {Arrival} */
  const arrival = { outcome, landedAt: Infinity };
  const landed = () => void (arrival.landedAt = now());
  outcome.then(landed, landed);
  return arrival;
}

/**
 * What the page that came back does: another one may be waiting for it.
 * @param {Handle} handle
 * @param {string} address
 * @param {Pending} pending
 */
async function arrive(handle, address, pending) {
  const { mode, channel } = pending;
  const isTaken = channel !== undefined && (await handOver(channel, address));
  // A frame that nobody waits for any more does nothing of its own.
  if (isTaken || mode === "silent") await new Promise(() => {});
  await receive(handle, address, pending);
}

/**
 * Under the lock of the session's redirects: another tab may have been first.
 * @param {Handle} handle
 * @param {string} address
 * @param {Pending} pending
 */
export async function receive(handle, address, pending) {
  const { flow, state, redirectUri, codeVerifier, nonce, appState } = pending;
  handle.shared.appState = appState;
  const isLate = isExpired(pending);
  const release = await handle.lockRedirects().catch(() => {
    throw new AuthError({ code: "timeout", phase: "token" });
  });
  try {
    const isOurs = take(state);
    if (isLate) throw mismatch();
    const answer = readRedirect(handle.client.server, address, pending);
    // Where the store is shared, the session of the tab that was first is ours, too.
    if (!isOurs && (await handle.isKnown())) return;
    if (!isOurs) throw mismatch();
    const isCode = flow === "code";
    const parameters = { code: answer.code, redirect_uri: redirectUri, code_verifier: codeVerifier };
    const tokens = isCode ? await ask(handle.client, "authorization_code", parameters) : answer;
    const isFrontChannel = !isCode;
    await handle.establish(
      isCode ? "authorization_code" : "implicit",
      await checkedTokens(handle.client, tokens, { nonce, isFrontChannel }),
    );
  } finally {
    release();
  }
}

/**
 * The code or the tokens in an address. An `id_token` names its issuer itself: next to one, RFC 9207 asks for no other
 * name.
 * @param {any} server
 * @param {string} address
 * @param {{ flow: string, state: string, nonce?: string }} request
 */
export function readRedirect({ issuer, issParameter }, address, { flow, state, nonce }) {
  const isNamed = issParameter && !(flow === "implicit" && nonce !== undefined);
  return JSON.parse(callNow("readRedirect", { address, flow, state, issuer, issParameter: isNamed }));
}
