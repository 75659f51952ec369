// The requests of somebody who looks after the applications of a Space.
import assert from "node:assert/strict";
import { basic, postForm } from "../agent.mjs";
import { api, at } from "./support.mjs";

export const ADMIN = "space-personal-alice";
export const MEMBER = "space-personal-bob";

/** Calls the API; `json` is undefined where the answer is empty. */
export async function call(token, method, path, body) {
  const response = await api(`/api/http${path}`, token, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
}

export async function ok(...request) {
  const { status, json } = await call(...request);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

const STATUS = {
  "validation-error": 400,
  "duplicated-entity": 400,
  "permission-denied": 403,
  "not-found": 404,
};

/** The call must be refused with that code; gives the description. */
export async function refused(code, ...request) {
  const { status, json } = await call(...request);
  assert.deepEqual([status, json?.error], [STATUS[code], code], JSON.stringify(json));
  assert.deepEqual(Object.keys(json), ["error", "error_description"]);
  return json.error_description;
}

export const pathOf = ({ id }, rest = "") => `/applications/id:${id}${rest}`;

export const register = (settings, token = ADMIN) =>
  ok(token, "POST", "/applications", { name: "Rover", ...settings });

export const secretOf = (application) => ok(ADMIN, "GET", pathOf(application, "/client-secret"));

/** Asks the token endpoint, with the application's secret. */
export async function tokenFor(application, fields = { grant_type: "client_credentials", scope: "**" }) {
  const secret = await secretOf(application);
  return postForm(at("/oauth/token"), fields, basic(application.clientId, secret));
}

export const tokenOf = async (application) => (await tokenFor(application)).json.access_token;

export const requireRights = (application, rightCodesToAdd, more, token = ADMIN) =>
  ok(token, "PATCH", pathOf(application, "/authorizations/required-rights"), {
    rightCodesToAdd,
    rightCodesToRemove: [],
    requestRightsInAuthorizedContexts: false,
    ...more,
  });

export const AUTHORIZED = "/authorizations/authorized-rights";

export const requestRights = (application, rightCodes, contextIdentifier = "global", token = ADMIN) =>
  ok(token, "PATCH", pathOf(application, `${AUTHORIZED}/request-rights`), { contextIdentifier, rightCodes });

export const setStatus = (application, status, rightCodes, contextIdentifier = "global", token = ADMIN) =>
  ok(token, "PATCH", pathOf(application, AUTHORIZED), {
    contextIdentifier,
    updates: rightCodes.map((rightCode) => ({ rightCode, status })),
  });

/** Requests rights, and authorizes them. */
export async function grant(application, rightCodes, contextIdentifier) {
  await requireRights(application, rightCodes);
  await requestRights(application, rightCodes, contextIdentifier);
  await setStatus(application, "GRANTED", rightCodes, contextIdentifier);
}

/** The statuses in a context, by right. */
export async function statuses(application, contextIdentifier = "global", token = ADMIN) {
  const query = new URLSearchParams({ contextIdentifier });
  const rights = await ok(token, "GET", pathOf(application, `${AUTHORIZED}?${query}`));
  return Object.fromEntries(rights.map(({ rightCode, status }) => [rightCode, status]));
}
