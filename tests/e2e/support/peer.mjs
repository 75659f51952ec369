// An application that uses another library, to be compared with: oidc-client-ts.
import { readFile } from "node:fs/promises";
import { serve } from "./serve.mjs";

const LIBRARY = new URL(
  "../../../node_modules/oidc-client-ts/dist/browser/oidc-client-ts.min.js",
  import.meta.url,
);

const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Peer</title>
<link rel="icon" href="data:,"><script src="/oidc-client-ts.js"></script></head><body></body></html>`;

/** Serves a blank page with the library in it. */
export async function startPeer() {
  const library = await readFile(LIBRARY);
  return serve((req, res) => {
    const isLibrary = req.url === "/oidc-client-ts.js";
    res.writeHead(200, { "Content-Type": isLibrary ? "text/javascript" : "text/html; charset=utf-8" });
    res.end(isLibrary ? library : PAGE);
  });
}

/**
 * In the page: signs in as the library's documentation describes it for single-page applications. One shared user in
 * localStorage, renewed automatically (`automaticSilentRenew`, which is the default) by refresh token `ahead` seconds
 * before the access token expires. The default of 60 seconds (`accessTokenExpiringNotificationTimeInSeconds`) is meant
 * for tokens that live longer. Calls of the API take the token that `getUser()` gives at that moment.
 */
export function usePeer({ url, apiBase, ahead }) {
  const { UserManager, WebStorageStateStore } = window.oidc;
  window.users = new UserManager({
    authority: url,
    metadata: { issuer: url, authorization_endpoint: `${url}/auth`, token_endpoint: `${url}/token` },
    client_id: "spa",
    scope: "api",
    redirect_uri: `${location.origin}/`,
    userStore: new WebStorageStateStore({ store: localStorage }),
    automaticSilentRenew: true,
    accessTokenExpiringNotificationTimeInSeconds: ahead,
  });
  window.callApi = async () => {
    const user = await users.getUser();
    const headers = { Authorization: `Bearer ${user.access_token}` };
    return fetch(`${apiBase}x`, { headers, cache: "no-store" });
  };
}
