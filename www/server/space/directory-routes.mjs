import { emailOf, USERS } from "../users.mjs";
import { demand, holds } from "./access.mjs";
import { contextOf } from "./contexts.mjs";
import { page } from "./paging.mjs";
import { findProject, projectJson, PROJECTS } from "./projects.mjs";

/** A user in the answers of the API. */
export const profileJson = (user) => ({
  id: user.id,
  username: user.username,
  name: { firstName: user.firstName, lastName: user.lastName },
  emails: [{ email: emailOf(user) }],
});

/** What an application may want to see: projects, their issues, and people. Each needs a right. */
export function directoryRoutes(router) {
  router.param("project", (req, res, next, identifier) => {
    req.project = findProject(identifier);
    next();
  });

  router.get("/team-directory/profiles", (req, res) => {
    demand(req.subject, "Profile.View");
    res.json(page(req.query, USERS, profileJson));
  });

  router.get("/projects", (req, res) => {
    const seen = PROJECTS.filter((project) => holds(req.subject, "Project.View", contextOf(project)));
    res.json(page(req.query, seen, projectJson));
  });

  router.get("/projects/:project", (req, res) => {
    demand(req.subject, "Project.View", contextOf(req.project));
    res.json(projectJson(req.project));
  });

  router.get("/projects/:project/planning/issues", (req, res) => {
    demand(req.subject, "Project.Issues.View", contextOf(req.project));
    res.json(page(req.query, req.project.issues));
  });
}
