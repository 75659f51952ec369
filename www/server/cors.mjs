const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** @param {string} origin */
export const isLoopbackOrigin = (origin) => LOOPBACK_ORIGIN.test(origin);

function allowedOrigin(policy, origin, allowOrigin) {
  if (policy.origin === "*") return "*";
  return origin && allowOrigin(origin) ? origin : undefined;
}

/**
 * CORS for one set of paths. Credentials are never allowed: nothing behind it reads a cookie.
 * @param {{ origin: string, methods: string, headers: string, expose?: string, maxAge?: string }} policy
 * @param {(origin: string) => boolean} allowOrigin
 * @param {() => boolean} [isOn]
 */
export function cors(policy, allowOrigin, isOn = () => true) {
  return (req, res, next) => {
    const origin = isOn() ? allowedOrigin(policy, req.get("origin"), allowOrigin) : undefined;
    if (policy.origin !== "*") res.vary("Origin");
    if (origin) {
      res.set("Access-Control-Allow-Origin", origin);
      if (policy.expose) res.set("Access-Control-Expose-Headers", policy.expose);
    }
    if (req.method !== "OPTIONS") return next();

    if (origin) {
      res.set("Access-Control-Allow-Methods", policy.methods);
      res.set("Access-Control-Allow-Headers", policy.headers);
      if (policy.maxAge) res.set("Access-Control-Max-Age", policy.maxAge);
    }
    return res.status(204).end();
  };
}
