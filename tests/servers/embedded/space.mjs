// The requests of a client of the Space side.
import { pkcePair, postForm, withQuery } from "../agent.mjs";
import { at, authorize, REDIRECT } from "./support.mjs";

export const SCOPE = "global:Profile.View project:key:ORBIT:Project.Issues.View";
export const ME = "/api/http/team-directory/profiles/me";

export const request = (parameters) =>
  withQuery(at("/oauth/auth"), {
    response_type: "code",
    client_id: "playground",
    redirect_uri: REDIRECT,
    scope: SCOPE,
    state: "s&1",
    ...parameters,
  });

export const withPkce = (pkce, parameters) =>
  request({ code_challenge: pkce.challenge, code_challenge_method: "S256", ...parameters });

export const token = (fields, headers) => postForm(at("/oauth/token"), fields, headers);

export const exchange = (code, verifier, more) =>
  token({
    grant_type: "authorization_code",
    client_id: "playground",
    redirect_uri: REDIRECT,
    code,
    code_verifier: verifier,
    ...more,
  });

export const refresh = (value, more) =>
  token({ grant_type: "refresh_token", client_id: "playground", refresh_token: value, ...more });

export async function code(parameters, pkce = pkcePair()) {
  const landed = await authorize(withPkce(pkce, parameters));
  return { code: landed.searchParams.get("code"), verifier: pkce.verifier };
}

export async function tokens(parameters = { access_type: "offline" }) {
  const issued = await code(parameters);
  return (await exchange(issued.code, issued.verifier)).json;
}
