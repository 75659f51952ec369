import express from "express";
import { spaceResources } from "./space/resources.mjs";
import { emailOf, findUser } from "./users.mjs";

function hubResources(router, { asUser }) {
  router.get(
    "/users/me",
    asUser((user) => ({
      id: user.id,
      login: user.username,
      name: `${user.firstName} ${user.lastName}`,
      profile: { email: { email: emailOf(user) } },
    })),
  );

  router.get("/projects", (req, res) => {
    res.json({ total: 1, projects: [{ id: "0-1", key: "ORBIT", name: "Orbit" }] });
  });
}

function processmakerResources(router, { asUser }) {
  router.get(
    "/users/me",
    asUser((user) => ({
      usr_uid: user.id,
      usr_username: user.username,
      usr_firstname: user.firstName,
      usr_lastname: user.lastName,
      usr_email: emailOf(user),
    })),
  );

  router.get("/project", (req, res) => {
    res.json([
      { prj_uid: "1", prj_name: "Leave request" },
      { prj_uid: "2", prj_name: "Purchase order" },
    ]);
  });
}

function processmaker4Resources(router, { asUser }) {
  router.get(
    "/users/me",
    asUser((user) => ({
      id: user.id,
      username: user.username,
      firstname: user.firstName,
      lastname: user.lastName,
      email: emailOf(user),
    })),
  );

  router.get("/processes", (req, res) => {
    res.json({ data: [{ id: 1, name: "Leave request" }], meta: { total: 1 } });
  });
}

const RESOURCES = {
  space: spaceResources,
  hub: hubResources,
  processmaker: processmakerResources,
  processmaker4: processmaker4Resources,
};

/** Adds what the API of a system has to offer, for requests whose token has been looked at. */
export function createResources(router, system, { sendError, parts }) {
  const asUser = (show) => (req, res) => {
    const user = findUser(req.grant.username);
    if (user) return res.json(show(user));
    return sendError(res, 403, "permission-denied", "Only a user may do this");
  };

  RESOURCES[system.id](router, { asUser, sendError, system, parts });

  router.all("/echo", express.text({ type: () => true, limit: "5mb" }), (req, res) => {
    const body = typeof req.body === "string" ? req.body : "";
    res.json({ method: req.method, contentType: req.get("content-type") ?? null, body });
  });
}
