const DEFAULTS = Object.freeze({
  /** The Cross-Origin-Opener-Policy of every page of the system; `null` for none. */
  openerPolicy: null,
  /** Whether pages of other origins may read the answers of the system. */
  cors: true,
});

/**
 * Habits of a whole system that tests may change; they last until they are changed back.
 * @param {readonly { id: string }[]} systems
 */
export function createSwitches(systems) {
  const positions = new Map();
  const clear = () => systems.forEach(({ id }) => positions.set(id, { ...DEFAULTS }));
  clear();

  return {
    clear,

    /** @param {Record<string, Partial<typeof DEFAULTS>>} settings by the id of the system */
    set(settings) {
      for (const [id, changes] of Object.entries(settings)) {
        if (!positions.has(id)) throw new TypeError(`No system is called ${id}`);
        for (const name of Object.keys(changes)) {
          if (!Object.hasOwn(DEFAULTS, name)) throw new TypeError(`No switch is called ${name}`);
        }
        Object.assign(positions.get(id), changes);
      }
    },

    of: (system) => positions.get(system.id),
  };
}
