// One step of the page: what it does, what goes wrong in it, what it sends, and whether it is done.
import { applications } from "space-auth-wasm/apps";
import { find, make, onPress, show } from "../dom.js";
import { onChange, session } from "./current.js";
import { problemBox } from "./problem.js";
import { requestList } from "./requests.js";

/** @typedef {ReturnType<typeof stage>} Stage */

/** @param {string} id of its section */
export function stage(id) {
  const section = find(id, HTMLElement);
  const [state] = section.getElementsByClassName("state");
  const link = document.querySelector(`#progress [href="#${id}"]`);
  const problem = problemBox(section);
  const requests = requestList(section);

  /**
   * Does something, and shows what goes wrong.
   * @param {() => Promise<unknown>} work
   * @param {(error: unknown) => Node[]} [remedies] what can be done about it
   */
  async function act(work, remedies = () => []) {
    problem.clear();
    try {
      await work();
    } catch (error) {
      problem.show(error, ...remedies(error));
    }
  }

  return {
    act,
    requests,
    clearProblem: problem.clear,

    /** What the signed-in user may do with applications; its requests are listed here. */
    get api() {
      return applications(requests.of(session()));
    },

    /** @param {(given: FormData) => Promise<unknown>} work with what stands in the form */
    onSubmit(work) {
      const button = section.querySelector('[type="submit"]');
      if (!(button instanceof HTMLButtonElement)) throw new TypeError(`Nothing to press in ${id}`);
      onPress(button, () => act(() => work(new FormData(button.form ?? undefined))));
    },

    /** @param {boolean} [isDone] */
    done(isDone = true) {
      state.toggleAttribute("hidden", !isDone);
      link?.parentElement?.toggleAttribute("data-done", isDone);
      link?.replaceChildren(link.firstChild ?? "", ...(isDone ? [make("small", "unseen", " (done)")] : []));
    },
  };
}

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
