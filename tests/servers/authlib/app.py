"""The pages, the endpoints and the API."""

import secrets
import time

from authlib.integrations.flask_oauth2 import current_token
from authlib.oauth2 import OAuth2Error, rfc9207
from authlib.oidc.core.errors import ConsentRequiredError
from authlib.oidc.discovery import OpenIDProviderMetadata
from flask import Flask, jsonify, render_template_string, request, session

from oauth import AUTHENTICATIONS, create_protector, create_server
from store import SCOPES

PAGE = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>{{ title }}</title>
  <link rel="icon" href="data:,">
</head>
<body>
  <main>
    <h1>{{ title }}</h1>
    {% if message %}<p role="alert">{{ message }}</p>{% endif %}
    <form method="post">
    {% if client %}
      <p>{{ client }} asks for: {{ scope }}</p>
      <button type="submit" name="decision" value="allow">Authorize</button>
      <button type="submit" name="decision" value="deny">Deny</button>
    {% else %}
      <label>Login <input name="login" autocomplete="username" required></label>
      <label>Password
        <input name="password" type="password" autocomplete="current-password" required>
      </label>
      <button type="submit">Log in</button>
    {% endif %}
    </form>
  </main>
</body>
</html>
"""
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src data:; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
}
CORS_PATHS = ("/token", "/revoke", "/jwks", "/.well-known/", "/api/")
CORS_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Expose-Headers": "WWW-Authenticate",
}


def metadata_of(issuer):
    metadata = OpenIDProviderMetadata(
        issuer=issuer,
        authorization_endpoint=f"{issuer}/authorize",
        token_endpoint=f"{issuer}/token",
        revocation_endpoint=f"{issuer}/revoke",
        jwks_uri=f"{issuer}/jwks",
        scopes_supported=SCOPES,
        response_types_supported=["code", "token", "id_token token"],
        response_modes_supported=["query", "fragment"],
        grant_types_supported=[
            "authorization_code",
            "implicit",
            "password",
            "client_credentials",
            "refresh_token",
        ],
        token_endpoint_auth_methods_supported=AUTHENTICATIONS,
        revocation_endpoint_auth_methods_supported=AUTHENTICATIONS,
        code_challenge_methods_supported=["S256"],
        subject_types_supported=["public"],
        id_token_signing_alg_values_supported=["RS256"],
        authorization_response_iss_parameter_supported=True,
    )
    metadata.validate(metadata_classes=[rfc9207.AuthorizationServerMetadata])
    return metadata


def create_app(store, issuer, port, access_token_lifetime, requests):
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # Cookies do not tell ports apart, and several servers can run on one host.
        SESSION_COOKIE_NAME=f"authlib_{port}",
        SESSION_COOKIE_SAMESITE="Lax",
    )
    server, issuer_parameter, key = create_server(app, store, issuer, access_token_lifetime)
    protected = create_protector(store)
    metadata = metadata_of(issuer)

    def refuse(error):
        response = server.handle_error_response(request, error)
        # The library adds it to no answer before the consent.
        issuer_parameter.add_issuer_parameter(server, response)
        return response

    def show_login(status=200, message=None):
        page = render_template_string(PAGE, title="Log in", message=message)
        return page, status, PAGE_HEADERS

    def show_consent(grant):
        client, scope = grant.client.id, grant.request.scope
        page = render_template_string(PAGE, title="Authorize", client=client, scope=scope)
        return page, PAGE_HEADERS

    def consent_of(grant, user):
        return " ".join([user.id, grant.client.id, grant.request.scope])

    def answer(grant, user):
        nonce = request.args.get("nonce")
        response = server.create_authorization_response(grant=grant, grant_user=user)
        # Remembered only now: the library looks for it twice for one answer.
        store.nonces.add((grant.client.id, nonce))
        return response

    def ask_for_consent(grant, user):
        prompts = request.args.get("prompt", "").split()
        if consent_of(grant, user) in session.get("consents", []) and "consent" not in prompts:
            return answer(grant, user)
        if prompts == ["none"]:
            raise ConsentRequiredError(
                state=grant.request.payload.state,
                redirect_uri=grant.request.payload.redirect_uri,
                redirect_fragment=grant.ERROR_RESPONSE_FRAGMENT,
            )
        return show_consent(grant)

    def logged_in():
        return store.users.get(session.get("user"))

    @app.get("/authorize")
    def authorize():
        user = logged_in()
        try:
            grant = server.get_consent_grant(end_user=user)
            if not user or grant.prompt == "login":
                return show_login()
            return ask_for_consent(grant, user)
        except OAuth2Error as error:
            return refuse(error)

    @app.post("/authorize")
    def decide():
        user = logged_in()
        login = request.form.get("login")
        if login is not None:
            user = store.user_of(login, request.form.get("password", ""))
            if not user:
                return show_login(403, "The login or the password is wrong.")
            session.update(user=user.id, auth_time=int(time.time()))
        if not user:
            return show_login()
        try:
            grant = server.get_consent_grant(end_user=user)
            if login is not None:
                return ask_for_consent(grant, user)
            if request.form.get("decision") != "allow":
                return answer(grant, None)
            # Remembered by the browser, so that every test starts without any.
            session["consents"] = [*session.get("consents", []), consent_of(grant, user)]
            return answer(grant, user)
        except OAuth2Error as error:
            return refuse(error)

    @app.post("/token")
    def token():
        return server.create_token_response()

    @app.post("/revoke")
    def revoke():
        return server.create_endpoint_response("revocation")

    @app.get("/jwks")
    def jwks():
        return jsonify(keys=[key.as_dict(private=False)])

    @app.get("/.well-known/openid-configuration")
    @app.get("/.well-known/oauth-authorization-server")
    def discovery():
        return jsonify(metadata)

    @app.get("/api/me")
    @protected()
    def me():
        user = current_token.user
        return jsonify(
            sub=user and user.id, clientId=current_token.client_id, scope=current_token.scope
        )

    @app.after_request
    def finish(response):
        if request.path.startswith(CORS_PATHS):
            response.headers.update(CORS_HEADERS)
        if request.method != "OPTIONS":
            requests.append(
                {
                    "method": request.method,
                    "path": request.path,
                    "grant": request.form.get("grant_type"),
                    "status": response.status_code,
                    "referer": request.headers.get("Referer"),
                    "cookies": "Cookie" in request.headers,
                }
            )
        return response

    return app
