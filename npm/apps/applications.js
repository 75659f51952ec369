import { AuthError, invalidConfiguration, ownOf } from "../auth-error.js";
import { parsed } from "../endpoint.js";
import { textOf } from "../host/send.js";
import { own, signalOf } from "../options.js";
import { settled } from "../settled.js";
import { call } from "./module.js";
import { plain } from "./plain.js";

/** @typedef {import("../index.d.ts").Session} Session */
/** @typedef {import("../apps.d.ts").Applications} Applications */
/** @typedef {{ given: any, signal: AbortSignal | undefined }} Taken */

/**
 * The applications of the organisation that the session is of.
 * @param {Session} session
 * @returns {Applications}
 */
export function applications(session) {
  const base = parsed(session?.server?.apiBase ?? "")?.href;
  if (typeof session?.fetch !== "function" || base === undefined) {
    throw invalidConfiguration("`session` must be one of a Space server, with an `apiBase`.");
  }
  // A folder, since resolving drops what follows the last slash.
  const folder = base.replace(/\/?([?#].*)?$/, "/");

  /**
   * One request. The module says what to send, and what the answer means.
   * @param {string} operation
   * @param {Taken | Promise<Taken>} asked
   */
  const perform = async (operation, asked) => {
    const { given, signal } = await asked;
    return settled(async () => {
      const { method, path, body } = await call("request", operation, given);
      if (signal?.aborted) throw signal.reason;
      const { status, text } = await exchange(session, new URL(path, folder), method, body, signal);
      const isPartial = (own(given, "fields") ?? null) !== null;
      return call("answer", operation, status, text, body ?? undefined, isPartial);
    }, signal);
  };

  /**
   * @param {string} operation
   * @param {object} given the arguments by their names
   * @param {any} [options]
   */
  const ask = (operation, given, options) => perform(operation, taken(given, options));

  /**
   * What is made anew, and then asked for.
   * @param {"ClientSecret" | "SigningKey" | "VerificationToken"} what
   * @param {any} application
   * @param {any} [options]
   */
  const regenerate = async (what, application, options) => {
    const asked = taken({ application }, options);
    await perform(`regenerate${what}`, asked);
    const read = `${what[0].toLowerCase()}${what.slice(1)}`;
    return perform(read, asked).catch((error) => {
      // Whoever tried all of it again would only lose the next one, too.
      const hint = `It has been renewed, and the old one is gone; read the new one with \`${read}\`.`;
      throw new AuthError({ ...error, retryable: false, hint });
    });
  };

  /**
   * All items of a list, one page after the other.
   * @param {string} operation
   * @param {object} given
   * @param {any} [options]
   */
  const pages = (operation, given, options) => {
    const asked = taken(given, options);
    // Whoever never asks for the first item does not hear of it.
    asked.catch(() => {});
    return items(operation, asked);
  };

  /**
   * @param {string} operation
   * @param {Promise<Taken>} asked
   */
  async function* items(operation, asked) {
    const { given, signal } = await asked;
    let skip;
    for (let seen = 0; ;) {
      const { data, next, totalCount } = await perform(operation, { given: { ...given, skip }, signal });
      yield* data;
      seen += data.length;
      // Space tells of a next page even after the last one, which is the one that is empty.
      if (data.length === 0 || seen >= (totalCount ?? Infinity) || !next || next === skip) return;
      skip = next;
    }
  }

  /** @type {Applications} */
  const api = {
    register: (document, options) => ask("register", { document }, options),
    get: (application, options) => ask("get", { application }, options),
    list: (filter) => pages("list", { ...filter, signal: undefined }, filter),
    update: (application, document, options) => ask("update", { application, document }, options),
    archive: (application, options) => done(ask("archive", { application }, options)),
    restore: (application, options) => done(ask("restore", { application }, options)),

    clientSecret: (application, options) => ask("clientSecret", { application }, options),
    regenerateClientSecret: (application, options) => regenerate("ClientSecret", application, options),

    requireRights: (application, document, options) =>
      done(ask("requireRights", { application, document }, options)),
    requiredRights: (application, options) => ask("requiredRights", { application }, options),
    requestRights: (application, rights, context, options) =>
      done(ask("requestRights", { application, rights, context }, options)),
    rights: (application, context, options) => ask("rights", { application, context }, options),
    authorizeRights: (application, rights, context, options) =>
      done(ask("authorizeRights", { application, rights, context }, options)),
    rejectRights: (application, rights, context, options) =>
      done(ask("rejectRights", { application, rights, context }, options)),
    removeAuthorization: (application, context, options) =>
      done(ask("removeAuthorization", { application, context }, options)),
    authorizedContexts: (application, options) => ask("authorizedContexts", { application }, options),

    setEndpoint: (application, document, options) =>
      done(ask("setEndpoint", { application, document }, options)),
    signingKey: (application, options) => ask("signingKey", { application }, options),
    regenerateSigningKey: (application, options) => regenerate("SigningKey", application, options),
    verificationToken: (application, options) => ask("verificationToken", { application }, options),
    regenerateVerificationToken: (application, options) =>
      regenerate("VerificationToken", application, options),
    publicKeys: (application, options) => ask("publicKeys", { application }, options),

    sshKeys: (application, options) => ask("sshKeys", { application }, options),
    async addSshKey(application, publicKey, options) {
      await ask("addSshKey", { application, publicKey }, options);
      return call("sshKey", publicKey);
    },
    removeSshKey: (application, key, options) => done(ask("removeSshKey", { application, key }, options)),

    permanentTokens: (application, options) => pages("permanentTokens", { application }, options),
    createPermanentToken: (application, document, options) =>
      ask("createPermanentToken", { application, document }, options),
    revokePermanentToken: (application, token, options) =>
      done(ask("revokePermanentToken", { application, token }, options)),

    consents: (user, options) => ask("consents", { user }, options),
    revokeOwnRefreshToken: (options) => done(ask("revokeOwnRefreshToken", {}, options)),
    revokeConsent: (application, user, options) => done(ask("revokeConsent", { application, user }, options)),
  };
  return Object.freeze(api);
}

/** @param {Promise<unknown>} work of which only the end matters */
const done = async (work) => void (await work);

/**
 * Arguments and options as they are now: what the caller changes later does not matter.
 * @param {object} given
 * @param {any} options
 * @returns {Promise<Taken>}
 */
async function taken(given, options) {
  const chosen = options ?? {};
  const [fields, comment] = ["fields", "comment"].map((name) => own(chosen, name));
  return { given: plain({ ...given, fields, comment }, "arguments"), signal: signalOf(chosen) };
}

/**
 * @param {Session} session
 * @param {URL} url
 * @param {string} method
 * @param {string | null} body
 * @param {AbortSignal | undefined} signal
 */
async function exchange(session, url, method, body, signal) {
  const headers = ownOf({
    accept: "application/json",
    ...(body !== null && { "content-type": "application/json" }),
  });
  /** @type {RequestInit} */
  const init = ownOf({ method, headers, body, signal, redirect: "error", cache: "no-store" });
  try {
    const response = await session.fetch(url, init);
    return { status: response.status, text: await textOf(response) };
  } catch (thrown) {
    // What the session itself refuses, and what the caller has aborted, says so.
    if (/** @type {any} */ (thrown)?.name === "AuthError" || signal?.aborted) throw thrown;
    throw new AuthError({ code: "network", phase: "request", retryable: true });
  }
}
