const KEPT = 200;

const NAMES = [
  "authorize",
  "token",
  "token.authorization_code",
  "token.refresh_token",
  "token.refresh_token.reused",
  "token.client_credentials",
  "token.password",
  "api",
  "api.401",
  "revoke",
];

const GRANT_NAME = /^[a-z_]{1,40}$/;

// The log is readable over HTTP, so it may say how a client authenticated but not with what.
function redacted(headers) {
  const copy = { ...headers };
  if (copy.authorization) copy.authorization = copy.authorization.split(" ")[0];
  if (copy.cookie) copy.cookie = "(present)";
  return copy;
}

/** Counts and remembers requests, for tests to look at. */
export function createObserver() {
  const counters = {};
  const logs = { token: [], api: [] };

  function reset() {
    for (const name of Object.keys(counters)) delete counters[name];
    for (const name of NAMES) counters[name] = 0;
    for (const log of Object.values(logs)) log.length = 0;
  }
  reset();

  const count = (name) => {
    counters[name] = (counters[name] ?? 0) + 1;
  };

  function remember(log, entry) {
    log.push(entry);
    if (log.length > KEPT) log.shift();
  }

  const common = (req, system) => ({
    system: system.id,
    method: req.method,
    path: req.baseUrl + req.path,
    headers: redacted(req.headers),
    referer: req.headers.referer ?? null,
    cookies: req.headers.cookie !== undefined,
    at: new Date().toISOString(),
  });

  return {
    count,
    reset,
    counters: () => ({ ...counters }),
    tokenRequests: () => structuredClone(logs.token),
    apiRequests: () => structuredClone(logs.api),

    /** Comes after the body parser, as the grant is a body parameter. */
    token: (system) => (req, res, next) => {
      const grant = typeof req.body?.grant_type === "string" ? req.body.grant_type : null;
      count("token");
      if (grant && GRANT_NAME.test(grant)) count(`token.${grant}`);
      const entry = {
        grant,
        status: null,
        bodyParameterNames: Object.keys(req.body ?? {}),
        ...common(req, system),
      };
      remember(logs.token, entry);
      res.on("finish", () => (entry.status = res.statusCode));
      next();
    },

    api: (system) => (req, res, next) => {
      count("api");
      const entry = { status: null, ...common(req, system) };
      remember(logs.api, entry);
      res.on("finish", () => {
        entry.status = res.statusCode;
        if (res.statusCode === 401) count("api.401");
      });
      next();
    },

    endpoint: (name) => (req, res, next) => {
      count(name);
      next();
    },
  };
}
