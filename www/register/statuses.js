// The rights of the application in one place, each with its status, and who decides about them.
import { AuthError } from "space-auth-wasm";
import { applications } from "space-auth-wasm/apps";
import { button, find, make } from "../dom.js";
import { application, current, session } from "./current.js";
import { asUser } from "./sign-in.js";
/** @import { Right, RightContext, RightStatus } from "space-auth-wasm/apps" */
/** @import { Session } from "space-auth-wasm" */
/** @import { Stage } from "./stage.js" */

/** @type {Record<RightStatus, string>} */
const WORDS = { NONE: "not requested", REQUESTED: "pending", GRANTED: "granted", REJECTED: "rejected" };

/** @type {[what: "Authorize" | "Reject", from: RightStatus[]][]} */
const DECISIONS = [
  ["Authorize", ["REQUESTED", "REJECTED"]],
  ["Reject", ["REQUESTED", "GRANTED"]],
];

/**
 * @param {string} id of the place on the page
 * @param {Stage} step
 * @param {() => RightContext} context
 * @param {(right: Right) => boolean} [isShown]
 */
export function statusTable(id, step, context, isShown = () => true) {
  const place = find(id, HTMLElement);

  /** @param {"Authorize" | "Reject"} what @param {Right} right @param {Session} who */
  async function decide(what, { rightCode }, who) {
    const api = applications(step.requests.of(who));
    const work = what === "Authorize" ? api.authorizeRights : api.rejectRights;
    await work(application(), [rightCode], context());
    await update();
    place.querySelector("button")?.focus();
  }

  /** Where the embedded Space refuses, its administrator can be asked. @param {(who: Session) => Promise<void>} again */
  const askAlice = (again) => (/** @type {unknown} */ error) => {
    const isRefused = error instanceof AuthError && error.code === "permission-denied";
    if (!isRefused || !current.embedded) return [];
    return [
      button("Do it as Alice, the administrator", () => step.act(async () => again(await asUser("alice")))),
    ];
  };

  /** @param {"Authorize" | "Reject"} what @param {Right} right */
  function decision(what, right) {
    const work = (/** @type {Session} */ who) => decide(what, right, who);
    const control = button(what, () => step.act(() => work(session()), askAlice(work)));
    control.classList.add("small");
    control.ariaLabel = `${what}: ${right.name ?? right.rightCode}`;
    return control;
  }

  /** @param {Right} right */
  function row(right) {
    const badge = make("span", "status-badge", right.status, " ", make("small", "", WORDS[right.status]));
    badge.dataset.status = right.status;
    const offered = DECISIONS.filter(([, from]) => from.includes(right.status));
    const name = make("span", "right-name", right.name ?? right.rightCode, make("code", "", right.rightCode));
    return make(
      "li",
      "",
      name,
      badge,
      make("span", "decisions", ...offered.map(([what]) => decision(what, right))),
    );
  }

  async function update() {
    const rights = (await step.api.rights(application(), context())).filter(isShown);
    place.hidden = false;
    place.replaceChildren(make("ul", "right-list", ...rights.map(row)));
    const isGranted = rights.length > 0 && rights.every(({ status }) => status === "GRANTED");
    place.dataset.granted = String(isGranted);
    return rights;
  }

  return update;
}
