// The two systems differ in many small ways. Each difference is a field here, so that the
// code which follows it reads the same for both.
import { randomHex, randomUrlSafe } from "./random.mjs";
import { formatScope } from "./scope.mjs";

// The library adds a token_type to every answer that has none. A value which serialises to
// nothing is how a field is kept out of the JSON.
const ABSENT = { toJSON: () => undefined };

const every = (granted, requested) => requested.every((scope) => granted.includes(scope));

/** JetBrains Space: the paths and habits of a Space server. */
export const SPACE = Object.freeze({
  id: "space",
  name: "JetBrains Space",
  paths: { authorize: "/oauth/auth", token: "/oauth/token", revoke: "/oauth/revoke", api: "/api/http" },

  // Space only knows its scopes through the rights of an application; any text is accepted here.
  scopeKnown: () => true,
  scopeDefaults: { authorize: undefined, password: undefined, client_credentials: ["**"] },
  // "**" stands for "whatever was granted", so asking for it never widens anything.
  scopeNarrows: (granted, requested) => granted.includes("**") || every(granted, requested),
  scopeOnRefresh: (granted, requested) => (requested.includes("**") ? granted : requested),

  redirectUriRequired: true,
  // Without a trusted redirect URI the user gets a page, and no program gets an answer.
  untrustedError: undefined,
  missingResponseType: "redirect",
  redirectUriNotRegistered: "unauthorized_client",
  // The response types whose redirects carry errors in the fragment.
  errorsInFragment: ["token"],
  pkce: true,
  accessTypes: true,
  requestCredentials: true,

  newToken: () => randomUrlSafe(32),
  accessTokenLifetime: 600,
  codeLifetime: 60,
  codeReplayRevokes: true,
  redirectMismatch: "invalid_grant",
  refreshLifetime: 30 * 24 * 3600,
  refreshFor: ({ accessType }) => accessType === "offline",
  refreshReuseRevokes: true,
  passwordNeedsBodyCredentials: false,

  tokenFields: ({ expiresIn }) => ({ expires_in: expiresIn, token_type: ABSENT }),
  implicitFields: ({ expiresIn, scope }) => ({
    token_type: "Bearer",
    expires_in: expiresIn,
    scope: formatScope(scope),
  }),
  tokenErrorStatus: { invalid_client: 401, server_error: 500 },

  cors: {
    origin: "loopback",
    methods: "GET, POST, PUT, PATCH, DELETE",
    headers: "authorization, content-type",
    expose: "WWW-Authenticate, Retry-After",
  },
  apiError: (status, code, description) => ({ error: code, error_description: description }),
  apiChallenges: true,
});

/** ProcessMaker 3, workspace "workflow". */
export const PROCESSMAKER = Object.freeze({
  id: "processmaker",
  name: "ProcessMaker",
  paths: {
    authorize: "/workflow/oauth2/authorize",
    token: "/workflow/oauth2/token",
    api: "/api/1.0/workflow",
  },

  scopeKnown: (scope) => ["*", "view_processes", "edit_processes"].includes(scope),
  scopeDefaults: { authorize: ["*"], password: ["*"], client_credentials: ["*"] },
  // "*" is a scope like the others here, not a wildcard.
  scopeNarrows: every,
  scopeOnRefresh: (granted, requested) => requested,

  redirectUriRequired: false,
  // Two layers of ProcessMaker answer here, and each has its own JSON.
  untrustedError: (code, description) =>
    ["invalid_uri", "redirect_uri_mismatch"].includes(code)
      ? { error: code, error_description: description }
      : { error: { code: 400, message: `Bad Request: ${description}` } },
  missingResponseType: "refuse",
  redirectUriNotRegistered: "redirect_uri_mismatch",
  errorsInFragment: [],
  pkce: false,
  accessTypes: false,
  requestCredentials: false,

  newToken: () => randomHex(20),
  accessTokenLifetime: 86400,
  codeLifetime: 30,
  codeReplayRevokes: false,
  redirectMismatch: "redirect_uri_mismatch",
  refreshLifetime: 14 * 24 * 3600,
  refreshFor: () => true,
  refreshReuseRevokes: false,
  passwordNeedsBodyCredentials: true,

  tokenFields: ({ expiresIn, scope }) => ({
    expires_in: expiresIn,
    token_type: "bearer",
    scope: formatScope(scope),
  }),
  implicitFields: ({ expiresIn, scope }) => ({
    expires_in: expiresIn,
    token_type: "bearer",
    scope: formatScope(scope),
  }),
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
  apiChallenges: false,
});

export const SYSTEMS = Object.freeze([SPACE, PROCESSMAKER]);
