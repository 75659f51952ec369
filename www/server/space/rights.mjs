// The rights of one application: which ones it needs, and what has become of them in every context.
import { invalid } from "./api-error.mjs";
import { GLOBAL } from "./contexts.mjs";
import { findRight } from "./rights-catalogue.mjs";

const STATUSES = ["NONE", "REQUESTED", "GRANTED", "REJECTED"];
// A right may hold in a project and globally; the first of these is what counts then.
const STRONGEST_FIRST = ["GRANTED", "REQUESTED", "REJECTED", "NONE"];

const canHoldIn = (code, { project }) => !project || findRight(code).level === "project";

const statusesIn = (application, context) => application.authorizations.get(context.id)?.statuses;

const statusIn = (application, code, context) => statusesIn(application, context)?.get(code) ?? "NONE";

function setStatus(application, code, context, status) {
  const { authorizations } = application;
  if (!authorizations.has(context.id)) authorizations.set(context.id, { context, statuses: new Map() });
  const { statuses } = authorizations.get(context.id);
  if (status === "NONE") statuses.delete(code);
  else statuses.set(code, status);
  if (statuses.size === 0) authorizations.delete(context.id);
}

function request(application, code, context) {
  if (statusIn(application, code, context) !== "GRANTED") setStatus(application, code, context, "REQUESTED");
}

function checkPlaces(application, codes, context) {
  for (const code of codes) {
    if (!canHoldIn(code, context)) throw invalid(`${code} is a global right: it cannot hold in a project`);
    if (!application.requiredRights.has(code)) {
      throw invalid(`${code} is not among the rights that the application requires`);
    }
  }
}

const rightJson = (code, status) => {
  const { name, group, level } = findRight(code);
  const targetName = level === "project" ? "Project" : "Organization";
  return {
    rightCode: code,
    name,
    group,
    description: null,
    targetName,
    editable: true,
    status,
    dependencies: [],
  };
};

/**
 * Reads a list of right codes.
 * @param {unknown} codes
 * @param {string} name what the list is called in the request
 * @returns {string[]}
 */
export function readRights(codes, name) {
  if (!Array.isArray(codes)) throw invalid(`${name} must be a list`);
  for (const code of codes) if (!findRight(code)) throw invalid(`There is no right ${code}`);
  return codes;
}

/** What of a right an application has in a context, be it from there or from the whole organisation. */
export function effectiveStatus(application, code, context) {
  const statuses = [context, GLOBAL].map((place) => statusIn(application, code, place));
  return STRONGEST_FIRST.find((status) => statuses.includes(status));
}

export const requiredRightsJson = (application) =>
  [...application.requiredRights].map((code) => rightJson(code, statusIn(application, code, GLOBAL)));

/** What may be asked for in the context, and what has been. */
export const rightsJson = (application, context) =>
  [...application.requiredRights]
    .filter((code) => canHoldIn(code, context))
    .map((code) => rightJson(code, statusIn(application, code, context)));

/** A right that is no longer required is no longer authorized anywhere. */
export function changeRequiredRights(application, { add, remove, requestInAuthorizedContexts }) {
  const contexts = authorizedContexts(application);
  for (const code of remove) {
    application.requiredRights.delete(code);
    for (const context of contexts) setStatus(application, code, context, "NONE");
  }
  for (const code of add) {
    application.requiredRights.add(code);
    if (!requestInAuthorizedContexts) continue;
    for (const context of contexts) if (canHoldIn(code, context)) request(application, code, context);
  }
}

/** Only rights that are required already can be chosen for a project. */
export function requestRights(application, codes, context) {
  if (!context.project) for (const code of codes) application.requiredRights.add(code);
  checkPlaces(application, codes, context);
  for (const code of codes) request(application, code, context);
}

/** @param {unknown} updates `{ rightCode, status }[]` */
export function updateRights(application, updates, context) {
  if (!Array.isArray(updates)) throw invalid("updates must be a list");
  const codes = readRights(
    updates.map((update) => update?.rightCode),
    "updates",
  );
  if (!updates.every(({ status }) => STATUSES.includes(status))) {
    throw invalid(`A status is one of ${STATUSES.join(", ")}`);
  }
  checkPlaces(application, codes, context);
  for (const { rightCode, status } of updates) setStatus(application, rightCode, context, status);
}

/** @returns {boolean} whether there was anything to remove */
export const removeAuthorization = (application, context) => application.authorizations.delete(context.id);

export const authorizedContexts = (application) =>
  [...application.authorizations.values()].map(({ context }) => context);

export const isAuthorizedIn = (application, context) => application.authorizations.has(context.id);
