/** The address in the address bar; empty where there is no page. */
export const page = () => globalThis.location?.href ?? "";

/** The page's own origin; empty where there is no page. */
export const origin = () => globalThis.location?.origin ?? "";
