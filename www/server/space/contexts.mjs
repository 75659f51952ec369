// Where a right holds: in the whole organisation, or in one project.
import { invalid, notFound } from "./api-error.mjs";
import { findProject, projectJson } from "./projects.mjs";

export const GLOBAL = Object.freeze({ id: "global", place: "in the organisation" });

/** One project as a context; two ways to name the project give the same `id`. */
export const contextOf = (project) => ({
  id: `project:${project.id}`,
  place: `in the project ${project.key.key}`,
  project,
});

/** @param {unknown} identifier as the API and scopes write it, such as "project:key:ORBIT" */
export function readContext(identifier) {
  if (identifier === "global") return GLOBAL;
  const [, kind, name] = /^(project|channel):(.+)$/.exec(identifier) ?? [];
  if (kind === "project") return contextOf(findProject(name));
  if (kind === "channel") throw notFound("There are no channels here");
  throw invalid("contextIdentifier must be global, or name a project or a channel");
}

export const contextJson = ({ project }) =>
  project
    ? { className: "ProjectPermissionContext", project: projectJson(project) }
    : { className: "GlobalPermissionContext" };
