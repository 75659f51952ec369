// The systems differ in many small ways. Each difference is a field here, so that the code which
// follows it reads the same for all.
import { randomHex, randomUrlSafe } from "./random.mjs";
import { formatScope } from "./scope.mjs";

// The library adds a token_type to every answer that has none. A value which serialises to
// nothing is how a field is kept out of the JSON.
const ABSENT = { toJSON: () => undefined };

const DAY = 24 * 3600;

const every = (granted, requested) => requested.every((scope) => granted.includes(scope));

const bearerFields = ({ expiresIn, scope }) => ({
  token_type: "Bearer",
  expires_in: expiresIn,
  scope: formatScope(scope),
});

const LOOPBACK_CORS = {
  origin: "loopback",
  methods: "GET, POST, PUT, PATCH, DELETE",
  headers: "authorization, content-type",
  expose: "WWW-Authenticate, Retry-After",
};

// Space calls these so; Hub has them from there.
const REQUEST_CREDENTIALS = {
  parameter: "request_credentials",
  values: { default: "page", skip: "page", required: "login", silent: "never" },
};

/** What most of the systems have in common, and the fields that each may have differently. */
const COMMON = {
  scopeKnown: () => true,
  scopeNarrows: every,
  scopeOnRefresh: (granted, requested) => requested,

  redirectUriRequired: true,
  redirectUriMissing: "invalid_uri",
  // Without a trusted redirect URI the user gets a page, and no program gets an answer.
  untrustedError: undefined,
  /** The error for a response type that is refused before the redirect URI is looked at. */
  responseTypeRefused: () => undefined,
  responseTypes: ["code", "token"],
  // The response types whose redirects carry errors in the fragment.
  errorsInFragment: ["token"],
  pkce: true,
  accessTypes: false,
  /** Which parameter says how to ask the user: by a "page", a "login", a "consent", or "never". */
  asking: undefined,

  newToken: () => randomUrlSafe(32),
  codeReplayRevokes: false,
  redirectMismatch: "invalid_grant",
  badRefreshToken: { code: "invalid_grant", status: 400 },
  refreshFor: () => true,
  refreshReuseRevokes: false,
  refreshEndsAccessToken: false,
  passwordNeedsBodyCredentials: false,
  /** Fixed tokens by kind, each a function of the user. */
  permanentTokens: {},

  tokenFields: bearerFields,
  implicitFields: bearerFields,
  tokenErrorStatus: { invalid_client: 401, server_error: 500 },
  tokenError: (code, description) => ({ error: code, error_description: description }),

  cors: LOOPBACK_CORS,
  apiError: (status, code, description) => ({ error: code, error_description: description }),
  apiChallenges: false,
};

/** JetBrains Space: the paths and habits of a Space server. */
export const SPACE = Object.freeze({
  ...COMMON,
  id: "space",
  name: "JetBrains Space",
  paths: {
    authorize: "/oauth/auth",
    token: "/oauth/token",
    revoke: "/oauth/revoke",
    api: "/api/http",
    install: "/extensions/installedApplications/new",
  },

  // Space only knows its scopes through the rights of an application; any text is accepted here.
  scopeDefaults: { authorize: undefined, password: undefined, client_credentials: ["**"] },
  // "**" stands for "whatever was granted", so asking for it never widens anything.
  scopeNarrows: (granted, requested) => granted.includes("**") || every(granted, requested),
  scopeOnRefresh: (granted, requested) => (requested.includes("**") ? granted : requested),

  redirectUriNotRegistered: "unauthorized_client",
  accessTypes: true,
  asking: REQUEST_CREDENTIALS,

  accessTokenLifetime: 600,
  codeLifetime: 60,
  codeReplayRevokes: true,
  refreshLifetime: 30 * DAY,
  refreshFor: ({ accessType }) => accessType === "offline",
  refreshReuseRevokes: true,
  permanentTokens: {
    personal: ({ username }) => `space-personal-${username}`,
    application: ({ username }) => `space-application-${username}`,
  },

  tokenFields: ({ expiresIn }) => ({ expires_in: expiresIn, token_type: ABSENT }),
  apiChallenges: true,
});

const base64 = (text) => Buffer.from(text).toString("base64");
const hubPermanent = (kind) => (user) => `perm:${base64(user.username)}.${base64(kind)}.${base64(user.id)}`;

/** JetBrains Hub, as it is inside YouTrack. */
export const HUB = Object.freeze({
  ...COMMON,
  id: "hub",
  name: "JetBrains Hub",
  paths: {
    authorize: "/hub/api/rest/oauth2/auth",
    token: "/hub/api/rest/oauth2/token",
    api: "/hub/api/rest",
  },

  // Scopes are the ids or names of services; any text is accepted here.
  scopeDefaults: { authorize: undefined, password: undefined, client_credentials: ["0-0-0-0-0"] },
  redirectUriNotRegistered: "unauthorized_client",
  accessTypes: true,
  asking: REQUEST_CREDENTIALS,

  accessTokenLifetime: 3600,
  codeLifetime: 60,
  codeReplayRevokes: true,
  refreshLifetime: 30 * DAY,
  refreshFor: ({ accessType }) => accessType === "offline",
  refreshReuseRevokes: true,
  permanentTokens: { personal: hubPermanent("personal"), application: hubPermanent("application") },

  apiError: (status, code, description) => ({
    error: status === 401 ? "invalid_token" : code,
    error_description: description,
  }),
  apiChallenges: true,
});

const processmakerFields = ({ expiresIn, scope, scopeAsked = true }) => ({
  expires_in: expiresIn,
  token_type: "bearer",
  scope: scopeAsked ? formatScope(scope) : null,
});

/** ProcessMaker 3, workspace "workflow". */
export const PROCESSMAKER = Object.freeze({
  ...COMMON,
  id: "processmaker",
  name: "ProcessMaker",
  paths: {
    authorize: "/workflow/oauth2/authorize",
    token: "/workflow/oauth2/token",
    api: "/api/1.0/workflow",
  },

  scopeKnown: (scope) => ["*", "view_processes", "edit_processes"].includes(scope),
  // "*" is a scope like the others here, not a wildcard.
  scopeDefaults: { authorize: ["*"], password: ["*"], client_credentials: ["*"] },

  redirectUriRequired: false,
  // Two layers of ProcessMaker answer here, and each has its own JSON.
  untrustedError: (code, description) =>
    ["invalid_uri", "redirect_uri_mismatch"].includes(code)
      ? { error: code, error_description: description }
      : { error: { code: 400, message: `Bad Request: ${description}` } },
  responseTypeRefused: (type) => (type === undefined ? "invalid_request" : undefined),
  redirectUriNotRegistered: "redirect_uri_mismatch",
  errorsInFragment: [],
  pkce: false,

  newToken: () => randomHex(20),
  accessTokenLifetime: DAY,
  codeLifetime: 30,
  redirectMismatch: "redirect_uri_mismatch",
  refreshLifetime: 14 * DAY,
  passwordNeedsBodyCredentials: true,

  tokenFields: processmakerFields,
  implicitFields: processmakerFields,
  tokenErrorStatus: { server_error: 500 },

  cors: {
    origin: "*",
    methods: "GET, POST, PUT, DELETE, OPTIONS",
    headers: "authorization, content-type",
    maxAge: "60",
  },
  apiError: (status, code, description) => ({
    error: { code: status, message: status === 401 ? "Unauthorized" : description },
  }),
});

const laravelMessages = { 401: "Unauthenticated.", 429: "Too Many Attempts." };

const passportError = (code, description) => ({
  error: code,
  error_description: description,
  message: description,
});

/**
 * ProcessMaker 4, whose authorization server is Laravel Passport. A real one answers pages of other
 * origins only behind a proxy that adds the headers of CORS; the switch `cors` takes them away.
 */
export const PROCESSMAKER4 = Object.freeze({
  ...COMMON,
  id: "processmaker4",
  name: "ProcessMaker 4",
  paths: { authorize: "/pm4/oauth/authorize", token: "/pm4/oauth/token", api: "/pm4/api/1.0" },

  // ProcessMaker 4 defines no scope, and Passport itself only this one.
  scopeKnown: (scope) => scope === "*",
  scopeDefaults: { authorize: [], password: [], client_credentials: [] },

  redirectUriRequired: false,
  redirectUriMissing: "invalid_client",
  untrustedError: passportError,
  responseTypeRefused: (type) => (type === "code" ? undefined : "unsupported_grant_type"),
  responseTypes: ["code"],
  redirectUriNotRegistered: "invalid_client",
  errorsInFragment: [],
  asking: { parameter: "prompt", values: { none: "never", login: "login", consent: "consent" } },

  // Its tokens and codes are encrypted blobs of several hundred characters.
  newToken: () => [24, 300, 192].map(randomUrlSafe).join("."),
  accessTokenLifetime: 365 * DAY,
  codeLifetime: 600,
  refreshLifetime: 365 * DAY,
  badRefreshToken: { code: "invalid_request", status: 401 },
  refreshEndsAccessToken: true,
  permanentTokens: { personal: ({ username }) => `pm4-personal-${username}` },

  tokenFields: ({ expiresIn }) => ({ token_type: "Bearer", expires_in: expiresIn }),
  tokenError: passportError,
  apiError: (status, code, description) => ({ message: laravelMessages[status] ?? description }),
});

export const SYSTEMS = Object.freeze([SPACE, HUB, PROCESSMAKER, PROCESSMAKER4]);
