// Stand-ins for what only a browser has.

/**
 * A `Storage` whose items, like a browser's, are its own enumerable properties.
 * @param {{ isFull?: boolean, refuses?: string[] }} [how] which methods throw
 */
export function storage({ isFull = false, refuses = [] } = {}) {
  /** @type {Map<string, string>} */
  const items = new Map();
  const refusal = (name) => () => {
    throw new DOMException(`${name} is forbidden`, "SecurityError");
  };
  const methods = new Map(
    Object.entries({
      getItem: (key) => items.get(String(key)) ?? null,
      setItem(key, value) {
        if (isFull) throw new DOMException("full", "QuotaExceededError");
        items.set(String(key), String(value));
      },
      removeItem: (key) => void items.delete(String(key)),
    }),
  );
  for (const name of refuses) methods.set(name, refusal(name));
  const handler = {
    get: (_, name) => methods.get(name) ?? items.get(name),
    ownKeys: () => [...items.keys()],
    getOwnPropertyDescriptor: (_, name) =>
      items.has(name) ? { value: items.get(name), enumerable: true, configurable: true } : undefined,
  };
  return { items, store: new Proxy(Object.create(null), handler) };
}

/**
 * Puts stand-ins in the place of global variables while `work` runs; a function is the getter of one.
 * @template T
 * @param {Record<string, PropertyDescriptor>} globals
 * @param {() => T} work
 * @returns {T}
 */
export function having(globals, work) {
  const before = Object.entries(globals).map(([name, descriptor]) => {
    const own = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { configurable: true, ...descriptor });
    return [name, own];
  });
  const restore = () => {
    for (const [name, own] of before) {
      if (own) Object.defineProperty(globalThis, name, own);
      else delete globalThis[name];
    }
  };
  let result;
  try {
    result = work();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore);
  restore();
  return result;
}

/**
 * Hangs `members` on `Object.prototype` while `work` runs.
 * @template T
 * @param {object} members
 * @param {() => T} work
 * @returns {T}
 */
export function polluted(members, work) {
  Object.assign(Object.prototype, members);
  try {
    return work();
  } finally {
    for (const name of Object.keys(members)) delete Object.prototype[name];
  }
}
