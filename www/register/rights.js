// Step 3: what the application needs.
import { find, onPress } from "../dom.js";
import { application } from "./current.js";
import { applicationStage } from "./stage.js";
import { statusTable } from "./statuses.js";

const step = applicationStage("rights", "global-rights");
const form = find("rights-form", HTMLFormElement);

/** Among the fields there. @param {string} selector */
const codes = (selector) =>
  [.../** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll(selector))].map(
    ({ value }) => value,
  );

const showStatuses = statusTable("global-rights", step, () => "global");

onPress(/** @type {HTMLButtonElement} */ (form.querySelector("button")), () =>
  step.act(async () => {
    step.done(false);
    const { api } = step;
    const app = application();
    const wanted = codes(":checked");
    const required = (await api.requiredRights(app)).map(({ rightCode }) => rightCode);
    const add = wanted.filter((code) => !required.includes(code));
    const remove = required.filter((code) => !wanted.includes(code));
    if (add.length + remove.length > 0) {
      await api.requireRights(app, { ...(add.length && { add }), ...(remove.length && { remove }) });
    }
    const global = codes("[data-level] :checked");
    if (global.length > 0) await api.requestRights(app, global);
    await showStatuses();
    step.done(true);
  }),
);
