import { notFound } from "./api-error.mjs";

const issue = (id, number, title, status) => ({ id, number, title, status: { name: status } });

/** The projects of this Space, each with its issues. */
export const PROJECTS = Object.freeze([
  {
    id: "p1",
    key: { key: "ORBIT" },
    name: "Orbit",
    issues: [
      issue("i11", 1, "The antenna points at the wrong star", "Open"),
      issue("i12", 2, "Telemetry stops in the shadow", "In progress"),
      issue("i13", 3, "Solar panels squeak", "Done"),
    ],
  },
  {
    id: "p2",
    key: { key: "DOCK" },
    name: "Docking",
    issues: [
      issue("i21", 1, "The hatch opens outwards", "Open"),
      issue("i22", 2, "Visitors cannot find the airlock", "Open"),
    ],
  },
]);

export const projectJson = ({ id, key, name }) => ({ id, key, name });

/** @param {string} identifier "key:..." or "id:..." */
export function findProject(identifier) {
  const project = PROJECTS.find(({ id, key }) => [`key:${key.key}`, `id:${id}`].includes(identifier));
  if (!project) throw notFound(`There is no project ${identifier}`);
  return project;
}
