// An edge worker: an application's endpoint and, at another address, the scenario.
import * as lib from "space-auth-wasm/apps";
import vectors from "../vectors/vectors.json";
import { scenario } from "./scenario.mjs";

export default {
  /** @param {Request} request */
  async fetch(request) {
    if (new URL(request.url).pathname === "/scenario") return Response.json(await scenario(lib, vectors));
    const payload = await lib.verifyRequest(request, { signingKey: vectors.signingKey });
    if (!payload) return new Response(null, { status: 401 });
    return Response.json({ className: payload.className, length: (await request.arrayBuffer()).byteLength });
  },
};
