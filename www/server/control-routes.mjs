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

  const done = (res) => res.json({ ok: true });

  router.post("/reset", (req, res) => {
    controls.reset();
    done(res);
  });

  router.post("/expire", (req, res) => {
    controls.expireAccessTokens();
    done(res);
  });

  // Any content type: a page can then send it without a preflight.
  router.post("/faults", express.json({ type: () => true }), (req, res) => {
    controls.setFault(req.body ?? {});
    done(res);
  });

  router.post("/switches", express.json({ type: () => true }), (req, res) => {
    controls.setSwitches(req.body ?? {});
    done(res);
  });

  router.post("/revoke", express.json({ type: () => true }), (req, res) => {
    controls.revokeToken(req.body?.token);
    done(res);
  });

  router.use((req, res) => res.status(404).json({ error: "No such control" }));
  router.use((err, req, res, next) => res.status(400).json({ error: err.message }));
  return router;
}
