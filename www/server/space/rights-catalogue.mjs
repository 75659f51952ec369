// A part of Space's rights: the categories that the document "Register Application in Space" names
// for projects, and what else the API of this server asks for.
const PROJECT_RIGHTS = {
  Project: {
    "Project.View": "View project details",
    "Project.Admin": "Manage project permission scheme",
    "Project.Params.View": "View project parameters",
    "Project.Params.Modify": "Modify project parameters",
  },
  "Project Checklists": {
    "Project.Planning.Manage": "Manage checklists",
  },
  "Project Issues": {
    "Project.Issues.View": "View issues",
    "Project.Issues.Create": "Create issues",
    "Project.Issues.Edit": "Update issues",
    "Project.Issues.PostComments": "Post comments to issues",
    "Project.Issues.Import": "Import issues",
    "Project.Issues.Restore": "Restore issues",
    "Project.Issues.Manage": "Manage issue settings",
    "Project.Issues.ManageTags": "Manage tags",
  },
  "Project Boards": {
    "Project.Planning.Boards.View": "View boards",
    "Project.Planning.Boards.Create": "Create boards",
    "Project.Planning.Boards.Manage": "Manage boards",
  },
  "Project Responsibilities": {
    "Project.Responsibilities.View": "View responsibilities",
    "Project.Responsibilities.Manage": "Update responsibilities",
  },
};

const GLOBAL_RIGHTS = {
  Profiles: {
    "Profile.View": "View member profiles",
    "Profile.View.Basic": "View basic info of member profiles",
    "Profile.Create": "Add new members",
    "Profile.Edit.2": "Update member profiles",
    "Profile.Memberships.View": "View memberships",
    "Profile.Absences.View": "View absences",
    "Profile.ApplicationConsents.Edit": "View and remove application consents",
  },
  Applications: {
    "Applications.View": "View applications",
    "Applications.Create": "Create applications",
    "Applications.Edit": "Update applications",
    "Applications.Delete": "Delete applications",
    "Applications.ViewSecrets": "View application secrets",
    "Applications.DelegateGlobalPermissions": "Delegate global permissions",
  },
  Teams: {
    "Team.View": "View teams",
    "Team.Edit": "Update teams",
  },
  Projects: {
    "Project.Create": "Create projects",
  },
};

const inLevel = (groups, level) =>
  Object.entries(groups).flatMap(([group, rights]) =>
    Object.entries(rights).map(([code, name]) => Object.freeze({ code, name, group, level })),
  );

/** All rights there are. One of the level "project" can hold in a single project, or globally in all of them. */
export const RIGHTS = Object.freeze([
  ...inLevel(PROJECT_RIGHTS, "project"),
  ...inLevel(GLOBAL_RIGHTS, "global"),
]);

/** @param {unknown} code */
export const findRight = (code) => RIGHTS.find((right) => right.code === code);
