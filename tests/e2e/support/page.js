// What the tests find in the page. It imports nothing by itself: a test may have to be there first.
{
  const describe = (error, AuthError) => ({
    isAuthError: AuthError ? error instanceof AuthError : false,
    name: error?.name,
    code: error?.code,
    phase: error?.phase,
    retryable: error?.retryable,
    hint: error?.hint,
    description: error?.description,
    uri: error?.uri,
    status: error?.status,
    message: String(error?.message),
  });

  const custom = () => {
    const later = () => new Promise((resolve) => setTimeout(resolve, 5));
    const key = (name) => `custom ${name}`;
    return {
      getItem: async (name) => (await later(), localStorage.getItem(key(name))),
      setItem: async (name, value) => (await later(), localStorage.setItem(key(name), value)),
      removeItem: async (name) => (await later(), localStorage.removeItem(key(name))),
    };
  };

  const api = {
    lib: () => import("space-auth-wasm"),
    apps: () => import("space-auth-wasm/apps"),

    /** The value, or a plain description of the error. */
    async outcome(work) {
      const { AuthError } = await api.lib();
      try {
        return { value: await work() };
      } catch (error) {
        return describe(error, AuthError);
      }
    },

    /** Options as a test can send them into the page, made into what the library takes. */
    async options({ preset, storage, ...rest }) {
      const lib = await api.lib();
      if (preset) rest.server = lib[preset[0]](...preset.slice(1));
      if (storage === "custom") api.custom ??= custom();
      return storage === undefined ? rest : { ...rest, storage: storage === "custom" ? api.custom : storage };
    },

    /** Leaves for the log-in page. */
    begin(options) {
      window.leaving = (async () => (await api.lib()).login(await api.options(options)))();
      window.leaving.catch((error) => (window.leavingFailed = describe(error)));
    },

    /** Completes or restores; the session is in `window.session`. */
    async resume(options) {
      return api.outcome(async () => {
        const { login } = await api.lib();
        window.session = await login(await api.options({ mode: "check", ...options }));
        return session && api.summary(session);
      });
    },

    summary: (session) => ({
      grant: session.grant,
      subject: session.subject,
      clientId: session.clientId,
      signedIn: session.signedIn,
      scopes: session.scopes,
      expiresAt: session.expiresAt?.getTime() ?? null,
      appState: session.appState,
      claims: session.claims,
    }),

    /** Everything that can be read off a value: own and inherited, hidden and symbols. */
    everything(value) {
      const seen = new Set();
      const found = [];
      const visit = (item, depth) => {
        if (typeof item === "function" || typeof item === "object" ? item === null : true) {
          found.push(String(item));
          return;
        }
        if (seen.has(item) || depth > 6) return;
        seen.add(item);
        for (let level = item; level && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
          for (const key of Reflect.ownKeys(level)) {
            try {
              visit(item[key], depth + 1);
            } catch {
              // A getter that throws shows nothing.
            }
          }
        }
        try {
          found.push(String(item), JSON.stringify(item) ?? "");
        } catch {
          // Neither does what cannot be written.
        }
      };
      visit(value, 0);
      return found.join("\n");
    },
  };

  Object.assign(window, api, { helpers: api });
}
