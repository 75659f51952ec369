// The module as it runs in the page: what memory its instances have, and a trap wherever a test wants one.

/**
 * Before the page is opened. In the page, `instances` tells of the instances of the module, and `instances.arm` makes
 * the call "call refresh", or the answer to an effect "answer send", trap: before the module has seen it, or after.
 * @param {import("@playwright/test").Page} page
 */
export const watchInstances = (page) =>
  page.addInitScript(() => {
    const { Instance } = WebAssembly;
    const trap = () => new WebAssembly.RuntimeError("unreachable");
    const watched = {
      /** The memories of all instances there ever were, the present one's last. */
      memories: [],
      /** Where instances have trapped, by our hand. */
      traps: [],
      /** What was asked of an instance after it had trapped. */
      late: [],
      /** Calls of the present instance whose outcome is not known yet. */
      calls: new Set(),
      armed: undefined,
      arm: (at, isAfter = false, nth = 1) => (watched.armed = { at, isAfter, nth }),
      bytes: () => watched.memories.at(-1).buffer.byteLength,
    };
    window.instances = watched;

    WebAssembly.Instance = function (module, imports) {
      const { exports } = new Instance(module, imports);
      const { memory } = exports;
      const kinds = new Map();
      let isDead = false;
      watched.memories.push(memory);
      watched.calls.clear();

      const text = (pointer, length) =>
        new TextDecoder().decode(new Uint8Array(memory.buffer, pointer, length));
      const isHit = (at) => watched.armed?.at === at && (watched.armed.nth -= 1) === 0;
      const stop = (at) => {
        isDead = true;
        watched.armed = undefined;
        watched.traps.push(at);
        throw trap();
      };

      function exchange(now, monotonic, number, isCall, pointer, length) {
        const at = isCall
          ? `call ${JSON.parse(text(pointer, length)).operation}`
          : `answer ${kinds.get(number)}`;
        if (isDead) watched.late.push(at);
        const hit = isHit(at);
        const isAfter = watched.armed?.isAfter;
        if (hit && !isAfter) stop(at);
        if (isCall) watched.calls.add(number);
        const [start, size] = exports.exchange(now, monotonic, number, isCall, pointer, length);
        for (const { kind, effect, call } of JSON.parse(text(start, size))) {
          kinds.set(effect, kind);
          if (kind === "resolve" || kind === "reject") watched.calls.delete(call);
        }
        kinds.delete(isCall ? undefined : number);
        if (hit) stop(at);
        return [start, size];
      }
      return { exports: { ...exports, exchange } };
    };
  });
