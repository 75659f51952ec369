// The clients of the second authorization server, as client metadata of its library.

export const SCOPES = ["openid", "offline_access", "profile", "api"];

/** The secrets of the confidential clients, by client id. */
export const SECRETS = Object.freeze({
  "service-basic": "basic-secret",
  "service-post": "post-secret",
  // Every character means something in base64, in a form or in Basic.
  "service-odd": "p+a:s%41 w&r=d/~",
});

// Without "api", so that there is a scope which these clients may not have.
const SPA_SCOPE = "openid offline_access profile";

const service = (id, method) => ({
  client_id: id,
  client_secret: SECRETS[id],
  token_endpoint_auth_method: method,
  grant_types: ["client_credentials"],
  response_types: [],
  redirect_uris: [],
  scope: "api",
});

/**
 * @param {object} options
 * @param {string[]} options.redirectUris
 * @param {string[]} options.postLogoutRedirectUris
 */
export function defaultClients({ redirectUris, postLogoutRedirectUris }) {
  const spa = {
    client_id: "spa",
    client_name: "Single-page application",
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
    redirect_uris: redirectUris,
    post_logout_redirect_uris: postLogoutRedirectUris,
    scope: SPA_SCOPE,
  };
  return [
    spa,
    { ...spa, client_id: "spa-es256", id_token_signed_response_alg: "ES256" },
    {
      ...spa,
      client_id: "spa-implicit",
      // A web client of this flow would have to have https addresses.
      application_type: "native",
      grant_types: ["implicit"],
      response_types: ["id_token token", "id_token"],
      scope: "openid profile",
    },
    service("service-basic", "client_secret_basic"),
    service("service-post", "client_secret_post"),
    service("service-odd", "client_secret_basic"),
  ];
}
