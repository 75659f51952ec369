// One server for all tests of a file, set back before each of them.
import { after, before, beforeEach } from "node:test";
import { startServer } from "../../../www/server/index.mjs";
import { basic, createAgent } from "../agent.mjs";

export const REDIRECT = "http://localhost:8080/callback";
export const ORIGIN = "http://localhost:8080";

export const ALICE = { username: "alice", password: "alice-password" };
export const CONFIDENTIAL = { client_id: "playground-confidential", client_secret: "playground-secret" };
export const PM = { client_id: "x-playground", client_secret: "x-playground-secret" };

export const basicOf = ({ client_id: id, client_secret: secret }) => basic(id, secret);

export const ODD = { client_id: "playground-odd", client_secret: "p+a:s%41 w&r=d/~" };

export let server;
before(async () => {
  server = await startServer({ redirectUris: [REDIRECT] });
});
after(() => server.close());
beforeEach(() => server.reset());

export const at = (path) => server.url + path;

export async function logIn(agent, url, user = ALICE) {
  return agent.submit(await agent.open(url), user);
}

export async function authorize(url, { agent = createAgent(), decision = "allow", user = ALICE } = {}) {
  const consent = await logIn(agent, url, user);
  return (await agent.submit(consent, { decision })).landed;
}

export const fragmentOf = (url) => new URLSearchParams(url.hash.slice(1));

export const api = (path, token, init = {}) =>
  fetch(at(path), {
    ...init,
    headers: { origin: ORIGIN, authorization: `Bearer ${token}`, ...init.headers },
  });

export const preflight = (path, origin) =>
  fetch(at(path), {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization",
    },
  });
