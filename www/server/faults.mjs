import { setTimeout as sleep } from "node:timers/promises";

// The endpoints, and the authorization code on its way out.
const PLACES = ["authorize", "token", "revoke", "api", "code"];

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
 *
 * Two faults are of one place only: `wrongState` at "authorize" has that request answered with a
 * `state` that is not its own, and `expired` at "code" issues a code whose time is over.
 */
export function createFaults() {
  const faults = new Map();

  /** The fault that is due at a place, if any: it counts as used from here on. */
  function take(place, system, req) {
    const fault = faults.get(place);
    if (!fault || fault.left <= 0) return undefined;
    if (fault.system && fault.system !== system.id) return undefined;
    if (fault.grant && fault.grant !== req?.body?.grant_type) return undefined;
    fault.left -= 1;
    return fault;
  }

  return {
    /** @param {Record<string, object | null>} settings by place; null takes a fault back */
    set(settings) {
      for (const [place, fault] of Object.entries(settings)) {
        if (!PLACES.includes(place)) throw new TypeError(`Nothing that can fail is called ${place}`);
        if (fault) faults.set(place, { ...fault, left: fault.times ?? 1 });
        else faults.delete(place);
      }
    },

    clear: () => faults.clear(),

    take,

    apply: (endpoint, system) => async (req, res, next) => {
      const fault = take(endpoint, system, req);
      if (!fault) return next();
      req.fault = fault;
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
