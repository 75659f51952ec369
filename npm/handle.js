import { ownOf } from "./auth-error.js";
import { authorizationRequest, bare } from "./authorization.js";
import { lock } from "./host/lock.js";
import { leaveFor, page } from "./host/page.js";
import { forgetPlace } from "./host/storage.js";
import { onWake } from "./host/wake.js";
import { call, callNow, closeSession, openSession } from "./machine.js";
import { forModule } from "./options.js";
import { random } from "./random.js";
import { complete, remember } from "./redirect.js";
import { revoke } from "./request.js";

/**
 * What the handles of one session share: how many they are, what the app gave to the sign-in that this page completed
 * (a JSON text), and the redirect that came last.
 * @typedef {{ handles: number, appState?: string, arrival?: import("./redirect.js").Arrival }} Shared
 */
/** By the number of the session. @type {Map<number, Shared>} */
const sessions = new Map();

/** How long, in milliseconds, it is at least from one refresh ahead of time to the next. */
const BETWEEN = 30_000;

/** @type {FinalizationRegistry<{ session: number, place: number }> | undefined} */
let dropped;

/**
 * One handle less; with the last one goes the session, as far as it is held here.
 * @param {{ session: number, place: number }} of
 */
function forget({ session, place }) {
  const shared = sessions.get(session);
  if (!shared || --shared.handles) return;
  sessions.delete(session);
  forgetPlace(place);
  closeSession(session);
}

/** What may have changed elsewhere is looked at when it happens, not when it is next needed. */
function lookAtAll() {
  for (const session of sessions.keys()) call("look", { session }).catch(() => {});
}

/** One caller's view of a session in the module. Errors are the JSON text of an `AuthError`, or one. */
export class Handle {
  #key;
  #nextAhead = 0;

  /**
   * @param {any} client the checked options
   * @param {number} place
   */
  constructor(client, place) {
    this.client = client;

    const { session, key } = openSession({ ...forModule(client), place });
    /** Names the session among all of this page. @type {number} */
    this.session = session;
    this.#key = key;
    this.shared = sessions.get(session) ?? { handles: 0 };
    this.shared.handles++;
    sessions.set(session, this.shared);
    dropped ??= globalThis.FinalizationRegistry && new FinalizationRegistry(forget);
    dropped?.register(this, { session, place });
    onWake(lookAtAll);
  }

  #call(/** @type {string} */ operation, /** @type {object} */ options = {}) {
    return call(operation, { ...options, session: this.session, timeout: this.client.timeout });
  }

  /** @returns {{ hasEnded: boolean, signedIn?: boolean, grant?: any, scope?: string, expiresAt?: number }} */
  summary() {
    try {
      return ownOf(JSON.parse(callNow("summary", { session: this.session })));
    } catch (thrown) {
      // The module knows it no more.
      if (typeof thrown === "string") return ownOf({ hasEnded: true });
      throw thrown;
    }
  }

  /** Whether somebody has signed in, good token or not. */
  async isKnown() {
    await this.#call("look");
    return this.summary().grant !== undefined;
  }

  /** Waits until no tab completes a redirect of this session; gives what lets the next one do so. */
  lockRedirects = () => lock(`${this.#key}:redirect`, 2 * this.client.timeout);

  /** Whether somebody is signed in, after a redirect of ours or by what is stored. */
  async resume() {
    if (await this.complete()) return true;
    if (!(await this.isKnown())) {
      // Another tab may be completing a sign-in right now; its session is ours, too.
      await this.lockRedirects().then(
        (release) => release(),
        () => {},
      );
    }
    return this.restore();
  }

  /** Whether somebody is signed in by what is stored, with a token that is good, or made so. */
  restore = async () => (await this.#call("restore")) !== "";

  complete = (address = page()) => complete(this, address);

  /** @param {string} [requestCredentials] */
  async leave(requestCredentials) {
    const request = authorizationRequest(this.client, requestCredentials);
    remember(request, this.client.appState);
    leaveFor(request.url);
  }

  /**
   * Ends the server's own session: at its end-session endpoint (OpenID Connect RP-Initiated Logout), or, for Space and
   * Hub, by its log-in page, which ends the session first. Other servers offer nothing, and the app's own page is shown.
   * @param {string} [returnTo]
   * @param {string} [idToken]
   */
  async leaveSignedOut(returnTo = bare(), idToken) {
    const { server, clientId } = this.client;
    if (server.offline === "access_type" && server.authorizationEndpoint) return this.leave("required");
    const address = server.endSessionEndpoint;
    if (address === undefined) return leaveFor(returnTo);
    const query = new URLSearchParams({ client_id: clientId, post_logout_redirect_uri: returnTo });
    if (idToken !== undefined) query.set("id_token_hint", idToken);
    leaveFor(`${address}${address.includes("?") ? "&" : "?"}${query}`);
  }

  /** The claims of the `id_token`, which were checked when it came. @returns {Readonly<Record<string, unknown>> | null} */
  claims() {
    const text = !this.summary().hasEnded && callNow("claims", { session: this.session });
    return text ? Object.freeze(JSON.parse(text)) : null;
  }

  /**
   * Signs in with tokens that have just arrived.
   * @param {string} grant
   * @param {object} tokens
   */
  establish = (grant, tokens) => this.#call("establish", { ...tokens, grant, family: random() });

  /** @param {number} minValidity milliseconds */
  async accessToken(minValidity) {
    const token = await this.#call("accessToken", { minValidity: Math.ceil(minValidity) });
    const { refreshAhead = 0 } = this.client;
    const { expiresAt = Infinity } = this.summary();
    const now = Date.now();
    if (expiresAt - now < refreshAhead * (1 + Math.random() / 4) && now >= this.#nextAhead) {
      this.#nextAhead = now + BETWEEN;
      this.refresh(token).catch(() => {});
    }
    return token;
  }

  /** @param {string} [stale] the token that is to be replaced */
  refresh = (stale) => this.#call("refresh", { stale });

  /**
   * Ends the session, then revokes on the server what it can, without waiting for it. A permanent token is its owner's
   * to revoke.
   * @returns {Promise<string | undefined>} the `id_token`
   */
  async logout() {
    const isPermanent = this.client.token !== undefined;
    const left = await this.#call("logout");
    if (!left) return undefined;
    const { id_token: idToken, ...parameters } = JSON.parse(left);
    if (this.client.server.revocationEndpoint && !isPermanent)
      revoke(this.client, parameters).catch(() => {});
    return idToken;
  }
}
