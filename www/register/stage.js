// One step of the page: what it does, what goes wrong in it, what it sends, and whether it is done.
import { applications } from "space-auth-wasm/apps";
import { find, make, show } from "../dom.js";
import { onChange, session } from "./current.js";
import { problemBox } from "./problem.js";
import { requestList } from "./requests.js";

/** @param {string} id of its section */
export function stage(id) {
  const section = find(id, HTMLElement);
  const problem = problemBox(section);
  const requests = requestList(section);
  const state = /** @type {HTMLElement} */ (section.querySelector(".state"));
  const link = /** @type {HTMLElement} */ (document.querySelector(`#progress [href="#${id}"]`));

  return {
    requests,

    /** What the signed-in user may do with applications; its requests are listed here. */
    get api() {
      return applications(requests.of(session()));
    },

    /** @param {boolean} isDone */
    done(isDone) {
      state.hidden = !isDone;
      link.parentElement?.toggleAttribute("data-done", isDone);
      link.querySelector("small")?.remove();
      if (isDone) link.append(make("small", "unseen", " (done)"));
    },

    /**
     * Does something, and shows what goes wrong.
     * @param {() => Promise<unknown>} work
     * @param {(error: unknown) => Node[]} [remedies] what can be done about it
     */
    async act(work, remedies = () => []) {
      problem.clear();
      try {
        await work();
      } catch (error) {
        problem.show(error, ...remedies(error));
      }
    },

    clearProblem: problem.clear,
  };
}

/** @typedef {ReturnType<typeof stage>} Stage */

/**
 * A step of one application: for another one it begins anew.
 * @param {string} id
 * @param {...string} results what it has shown until then
 */
export function applicationStage(id, ...results) {
  const step = stage(id);
  onChange("application", () => {
    step.clearProblem();
    step.requests.clear();
    step.done(false);
    for (const result of results) show(result, false);
  });
  return step;
}
