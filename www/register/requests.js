// The requests of a step, and what came back.
import { make } from "../dom.js";
import { readable } from "./secrets.js";
/** @import { Session } from "space-auth-wasm" */

const MOST = 12;

/** @param {Element} section the step */
export function requestList(section) {
  const list = make("ol", "requests");
  const summary = make("summary", "");
  const details = make("details", "more", summary, list);
  section.append(details);

  function count() {
    details.hidden = list.childElementCount === 0;
    summary.textContent = `Requests (${list.childElementCount})`;
  }

  /** @param {string} method @param {URL} url @param {string} sent @param {Response} response */
  async function add(method, url, sent, response) {
    const { ok, status } = response;
    const came = await response.clone().text();
    const path = url.pathname + decodeURIComponent(url.search);
    const line = make(
      "p",
      "request-head",
      make("b", "", method),
      ` ${path} `,
      make("span", "code-number", `${status}`),
    );
    const bodies = [sent, came].filter(Boolean).map((body, index) => {
      const text = make("pre", "code", readable(body, url.pathname));
      const label = index === 0 && sent ? "Sent" : "Answer";
      Object.assign(text, { tabIndex: 0, role: "group", ariaLabel: `${label}: ${method} ${url.pathname}` });
      return text;
    });
    const item = make("li", "", line, ...bodies);
    item.dataset.ok = String(ok);
    list.append(item);
    if (list.childElementCount > MOST) list.firstElementChild?.remove();
    count();
  }

  /**
   * `fetch`, whose requests are listed.
   * @param {(input: RequestInfo | URL, init?: RequestInit) => Promise<Response>} fetch
   * @param {string} [base]
   */
  const watched =
    (fetch, base) =>
    /** @param {RequestInfo | URL} input @param {RequestInit} [init] */
    async (input, init) => {
      const response = await fetch(input, init);
      const url = new URL(input instanceof Request ? input.url : input, base);
      const sent = init?.body ? String(init.body) : "";
      await add(init?.method ?? "GET", url, sent, response);
      return response;
    };

  count();
  return {
    watched,

    /** The part of a session that an application's own side needs. @param {Session} session */
    of: (session) =>
      /** @type {Session} */ (
        /** @type {unknown} */ ({
          server: session.server,
          fetch: watched((input, init) => session.fetch(input, init), session.server.apiBase),
        })
      ),

    clear() {
      list.replaceChildren();
      count();
    },
  };
}

/** @typedef {ReturnType<typeof requestList>} RequestList */

const original = globalThis.fetch;

/** Whose sign-in it is. @type {RequestList | undefined} */
let signingIn;

// The requests for tokens are the library's own, and pass no session.
globalThis.fetch = (input, init) => {
  const isForTokens = typeof init?.body === "string" && /(^|&)grant_type=/.test(init.body);
  return isForTokens && signingIn ? signingIn.watched(original)(input, init) : original(input, init);
};

/** @param {RequestList} list where the requests for tokens are listed from now on */
export const listTokens = (list) => void (signingIn = list);
