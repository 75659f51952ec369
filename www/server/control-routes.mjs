import express from "express";
import { cors } from "./cors.mjs";

const CORS = { origin: "loopback", methods: "GET, POST", headers: "content-type" };

/** Switches and gauges for tests and for the playground. */
export function controlRoutes(controls, allowOrigin) {
  const router = express.Router();

  router.use(cors(CORS, allowOrigin));
  // Without a preflight CORS only hides the answer; a page from elsewhere must not act either.
  router.use((req, res, next) => {
    const origin = req.get("origin");
    if (origin === undefined || allowOrigin(origin)) return next();
    return res.status(403).json({ error: "This origin may not use the controls" });
  });

  router.get("/counters", (req, res) => {
    const { counters, tokenRequests, apiRequests } = controls;
    res.set("Cache-Control", "no-store").json({ counters, tokenRequests, apiRequests });
  });

  // Any content type: a page can then send it without a preflight.
  const json = express.json({ type: () => true });
  const answer = (path, act) =>
    router.post(path, json, async (req, res) => res.json(await act(req.body ?? {})));
  const control = (path, act) =>
    answer(path, (settings) => {
      act(settings);
      return { ok: true };
    });

  control("/reset", () => controls.reset());
  control("/expire", () => controls.expireAccessTokens());
  control("/lifetime", ({ seconds, system }) => controls.setAccessTokenLifetime(seconds, system));
  control("/rotate", () => controls.rotateRefreshTokens());
  control("/revoke", ({ token }) => controls.revokeToken(token));
  control("/revoke-all", () => controls.revokeAll());
  control("/faults", (settings) => controls.setFault(settings));
  control("/switches", (settings) => controls.setSwitches(settings));
  answer("/send", ({ clientId, payload }) => controls.sendToEndpoint(clientId, payload));
  answer("/sign", ({ clientId, payload }) => controls.signForEndpoint(clientId, payload));

  router.use((req, res) => res.status(404).json({ error: "No such control" }));
  router.use((err, req, res, next) => res.status(400).json({ error: err.message }));
  return router;
}
