// Who a request is from, and what that one may do.
import { findUser } from "../users.mjs";
import { denied } from "./api-error.mjs";
import { GLOBAL } from "./contexts.mjs";
import { effectiveStatus } from "./rights.mjs";

const ADMINISTRATORS = ["alice"];
const PROJECT_ADMINISTRATORS = { DOCK: ["bob"] };
const MEMBER_RIGHTS = ["Applications.Create", "Profile.View", "Project.View", "Project.Issues.View"];

function userMay({ username }, code, { project }) {
  return (
    ADMINISTRATORS.includes(username) ||
    MEMBER_RIGHTS.includes(code) ||
    Boolean(project && PROJECT_ADMINISTRATORS[project.key.key]?.includes(username))
  );
}

/**
 * The one that a token stands for. The clients that are there from the start have never been given
 * any right, and may do everything; only an application that was registered is held to its rights.
 * @param {object} grant what is known of the token
 * @param {object} applications
 */
export function subjectOf(grant, applications) {
  const application = applications.byClientId(grant.clientId);
  const user = findUser(grant.username);
  if (user) {
    return { user, application, status: (...right) => (userMay(user, ...right) ? "GRANTED" : "NONE") };
  }
  if (!application) return { status: () => "GRANTED" };
  return { application, status: (...right) => effectiveStatus(application, ...right) };
}

/** @returns {boolean} whether the subject has a right */
export const holds = (subject, code, context = GLOBAL) => subject.status(code, context) === "GRANTED";

/** Throws unless the subject has a right. */
export function demand(subject, code, context = GLOBAL) {
  const status = subject.status(code, context);
  if (status === "GRANTED") return;
  throw denied(
    status === "REQUESTED"
      ? `The right ${code} ${context.place} is pending: nobody has authorized it yet`
      : `The right ${code} ${context.place} is missing`,
  );
}

export const owns = ({ user }, { owner }) => user !== undefined && user.username === owner;

const isItself = ({ user, application }, other) => !user && application === other;

/**
 * Throws unless the subject may do something with an application: its owner may do everything.
 * @param {object} subject
 * @param {object} application
 * @param {string} code the right that all others need
 * @param {{ byItself?: boolean }} [options] whether the application itself may do it, too
 */
export function demandFor(subject, application, code, { byItself = false } = {}) {
  if (owns(subject, application) || (byItself && isItself(subject, application))) return;
  demand(subject, code);
}
