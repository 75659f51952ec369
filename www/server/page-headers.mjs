/** Keeps what the pages of a system answer, redirects included, out of caches and referrers. */
export function pageHeaders(system, switches) {
  return (req, res, next) => {
    res.set({ "Cache-Control": "no-store", "Referrer-Policy": "no-referrer" });
    const { openerPolicy } = switches.of(system);
    if (openerPolicy) res.set("Cross-Origin-Opener-Policy", openerPolicy);
    next();
  };
}
