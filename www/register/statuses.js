// The rights of the application in one place, each with its status, and who decides about them.
import { AuthError } from "space-auth-wasm";
import { applications } from "space-auth-wasm/apps";
import { button, find, make } from "../dom.js";
import { application, current, session } from "./current.js";
import { asUser } from "./sign-in.js";
import { smallButton } from "./small-button.js";
/** @import { Right, RightContext, RightStatus } from "space-auth-wasm/apps" */
/** @import { Session } from "space-auth-wasm" */
/** @import { Stage } from "./stage.js" */

/** @type {["Authorize" | "Reject", RightStatus[]][]} */
const DECISIONS = [
  ["Authorize", ["REQUESTED", "REJECTED"]],
  ["Reject", ["REQUESTED", "GRANTED"]],
];

/** @param {unknown} error */
const isDenied = (error) => error instanceof AuthError && error.code === "permission-denied";

/**
 * @param {string} id of its place on the page
 * @param {Stage} step
 * @param {() => RightContext} context
 * @param {() => string} title
 */
export function statusTable(id, step, context, title) {
  const place = find(id, HTMLElement);

  /** @param {"Authorize" | "Reject"} what @param {Right} right */
  function decision(what, { rightCode, name }) {
    const decide = async (/** @type {Session} */ who) => {
      const { authorizeRights, rejectRights } = applications(step.requests.of(who));
      const change = what === "Authorize" ? authorizeRights : rejectRights;
      await change(application(), [rightCode], context());
      await update();
      place.querySelector("button")?.focus();
    };
    const asAlice = () =>
      button("Do it as Alice, the administrator", () => step.act(async () => decide(await asUser("alice"))));
    // The embedded Space has an administrator who can be asked.
    const remedies = (/** @type {unknown} */ error) =>
      isDenied(error) && current.embedded ? [asAlice()] : [];
    return smallButton(what, `${what}: ${name}`, () => step.act(() => decide(session()), remedies));
  }

  /** @param {Right} right */
  function row(right) {
    const { name = "", rightCode, status } = right;
    // As Space's own pages call it.
    const words = status === "REQUESTED" ? [" ", make("small", "", "pending")] : [];
    const badge = make("span", "status-badge", status, ...words);
    badge.dataset.status = status;
    const offered = DECISIONS.filter(([, from]) => from.includes(status));
    const decisions = make("span", "decisions", ...offered.map(([what]) => decision(what, right)));
    return make("li", "", make("span", "right-name", name, make("code", "", rightCode)), badge, decisions);
  }

  /** Shows them as they are now. */
  async function update() {
    const rights = await step.api.rights(application(), context());
    place.replaceChildren(make("h3", "", title()), make("ul", "right-list", ...rights.map(row)));
    place.hidden = false;
    return rights;
  }
  return update;
}
