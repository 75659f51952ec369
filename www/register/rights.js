// Step 3: what the application needs.
import { application } from "./current.js";
import { applicationStage } from "./stage.js";
import { statusTable } from "./statuses.js";

const step = applicationStage("rights", "global-rights");
const showStatuses = statusTable(
  "global-rights",
  step,
  () => "global",
  () => "In the whole organisation",
);

step.onSubmit(async (given) => {
  step.done(false);
  const { api } = step;
  const app = application();
  const global = given.getAll("global").map(String);
  const wanted = [...given.getAll("inProjects").map(String), ...global];
  const required = (await api.requiredRights(app)).map(({ rightCode }) => rightCode);
  const add = wanted.filter((code) => !required.includes(code));
  const remove = required.filter((code) => !wanted.includes(code));
  if (add.length > 0) await api.requireRights(app, { add });
  if (remove.length > 0) await api.requireRights(app, { remove });
  if (global.length > 0) await api.requestRights(app, global);
  await showStatuses();
  step.done();
});
