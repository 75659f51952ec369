import { setTimeout as sleep } from "node:timers/promises";

const ENDPOINTS = ["authorize", "token", "revoke", "api"];

/**
 * Misbehaviour on request, so that tests can see how a client copes.
 *
 * A fault has `times` (1), `delay` in milliseconds, and either `status` with optional `headers` and
 * `body`, or `drop`: "request" breaks the connection before the request is looked at, "response"
 * does the work and then loses the answer. `grant` limits a token fault to one grant type.
 */
export function createFaults() {
  const faults = new Map();

  function take(endpoint, req) {
    const fault = faults.get(endpoint);
    if (!fault || fault.left <= 0) return undefined;
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

    apply: (endpoint) => async (req, res, next) => {
      const fault = take(endpoint, req);
      if (!fault) return next();
      if (fault.delay) await sleep(fault.delay);
      if (fault.drop === "request") return res.destroy();
      if (fault.drop === "response") {
        res.end = () => res.destroy();
        return next();
      }
      if (!fault.status) return next();
      const body = fault.body ?? { error: "server_error", error_description: "A fault set by a test" };
      return res
        .status(fault.status)
        .set(fault.headers ?? {})
        .json(body);
    },
  };
}
