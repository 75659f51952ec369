// What all checks are made of. Runs wherever there is `Request`: nothing here is of one runtime alone.

const HEADERS = { hmac: "X-Space-Signature", rsa: "X-Space-Public-Key-Signature" };

/** @param {string} base64 */
export const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
/** @param {Uint8Array} bytes */
export const base64Of = (bytes) => btoa(String.fromCharCode(...bytes));
/** @param {Uint8Array} bytes as in a JSON Web Key */
export const base64UrlOf = (bytes) =>
  base64Of(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
/** @param {string} text */
export const bytesOfUrl = (text) => bytesOf(text.replaceAll("-", "+").replaceAll("_", "/"));
export const utf8 = (text) => new TextEncoder().encode(text);
export const textOf = (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** @param {unknown} is @param {string} what */
export function must(is, what) {
  if (!is) throw new Error(what);
}

/**
 * @param {typeof import("space-auth-wasm/apps")} lib
 * @param {any} vectors as `make.sh` writes them
 */
export function createKit({ verifyRequest, AuthError }, vectors) {
  const { keys, signingKey, timestamp } = vectors;
  const found = { ...vectors.requests, ...vectors.unreadable };
  const clock = { now: Number(timestamp) };
  const systemClock = Date.now;
  Date.now = () => clock.now;

  const kit = {
    vectors,
    clock,
    systemClock,
    /** @type {{ name: string, ok: boolean, detail: string }[]} */
    results: [],
    /** Every error that came out of the library. */
    thrown: [],
    /** The two ways by which a request is signed. */
    ways: [
      { name: "signing key", header: HEADERS.hmac, kind: "hmac", how: { signingKey } },
      { name: "public key", header: HEADERS.rsa, kind: "rsa", how: { publicKeys: { keys: [keys.rsa2048] } } },
    ],

    /** A request of the vectors with both signatures, and with some of its headers in place of them. */
    request(name = "message", headers = {}) {
      const { body, hmac, rsa } = found[name];
      const signed = { "X-Space-Timestamp": timestamp, [HEADERS.hmac]: hmac, [HEADERS.rsa]: rsa };
      return { headers: { ...signed, ...headers }, body: bytesOf(body) };
    },

    async verify(request, how) {
      try {
        return await verifyRequest(request, how);
      } catch (error) {
        kit.thrown.push(error);
        throw error;
      }
    },

    async accepts(request, how, what = "", className = "MessagePayload") {
      const payload = await kit.verify(request, how).catch((error) => must(false, `${what}: ${error}`));
      must(payload?.className === className, `${what}: ${JSON.stringify(payload)}`);
      return payload;
    },

    async refuses(request, how, what = "") {
      const payload = await kit.verify(request, how).catch((error) => must(false, `${what}: ${error}`));
      must(payload === null, `${what} was taken`);
    },

    async rejects(request, how, code, phase, what = "") {
      const error = await kit.verify(request, how).then(
        (payload) => must(false, `${what} gave ${payload && "a payload"}`),
        (error) => error,
      );
      must(error instanceof AuthError, `${what}: ${error}`);
      const said = `${error.code} ${error.phase} ${error.retryable}`;
      must(said === `${code} ${phase} false`, `${what}: ${said}`);
    },

    misconfigured: (request, how, what) =>
      kit.rejects(request, how, "invalid_configuration", "configure", what),

    /** Works at another time. */
    async at(time, work) {
      const { now } = clock;
      clock.now = time;
      try {
        return await work();
      } finally {
        clock.now = now;
      }
    },

    async check(name, work) {
      try {
        const detail = await work();
        kit.results.push({ name, ok: true, detail: typeof detail === "string" ? detail : "" });
      } catch (error) {
        kit.results.push({ name, ok: false, detail: String(error?.message ?? error) });
      }
    },

    /** Gives the clock back. */
    end() {
      Date.now = systemClock;
    },
  };
  return kit;
}
