import { setTimeout as sleep } from "node:timers/promises";

const ENDPOINTS = ["authorize", "token", "revoke", "api"];

const OVERLOADED = "Too many requests";

// Most systems refuse a flood in a layer in front of everything, in the words of their API.
function defaultBody(endpoint, system, status) {
  if (status === 429) return system.apiError(status, "rate-limited", OVERLOADED);
  const description = "A fault set by a test";
  return endpoint === "api"
    ? system.apiError(status, "internal-server-error", description)
    : system.tokenError("server_error", description);
}

/**
 * Misbehaviour on request, so that tests can see how a client copes.
 *
 * A fault has `times` (1), `delay` in milliseconds, and either `status` with optional `retryAfter`
 * in seconds, `headers` and `body`, or `drop`: "request" breaks the connection before the request is
 * looked at, "response" does the work and then loses the answer. `grant` limits a token fault to
 * one grant type, `system` any fault to one system.
 */
export function createFaults() {
  const faults = new Map();

  function take(endpoint, system, req) {
    const fault = faults.get(endpoint);
    if (!fault || fault.left <= 0) return undefined;
    if (fault.system && fault.system !== system.id) return undefined;
    if (fault.grant && fault.grant !== req.body?.grant_type) return undefined;
    fault.left -= 1;
    return fault;
  }

  return {
    /** @param {Record<string, object | null>} settings by endpoint; null takes a fault back */
    set(settings) {
      for (const [endpoint, fault] of Object.entries(settings)) {
        if (!ENDPOINTS.includes(endpoint)) throw new TypeError(`No endpoint is called ${endpoint}`);
        if (fault) faults.set(endpoint, { ...fault, left: fault.times ?? 1 });
        else faults.delete(endpoint);
      }
    },

    clear: () => faults.clear(),

    apply: (endpoint, system) => async (req, res, next) => {
      const fault = take(endpoint, system, req);
      if (!fault) return next();
      if (fault.delay) await sleep(fault.delay);
      if (fault.drop === "request") return res.destroy();
      if (fault.drop === "response") {
        res.end = () => res.destroy();
        return next();
      }
      if (!fault.status) return next();
      if (fault.retryAfter !== undefined) res.set("Retry-After", String(fault.retryAfter));
      return res
        .status(fault.status)
        .set(fault.headers ?? {})
        .json(fault.body ?? defaultBody(endpoint, system, fault.status));
    },
  };
}
