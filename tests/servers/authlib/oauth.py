"""The authorization server of Authlib, with the store behind it."""

from authlib.common.urls import add_params_to_uri
from authlib.integrations.flask_oauth2 import AuthorizationServer, ResourceProtector
from authlib.oauth2.rfc6749 import AccessDeniedError, InvalidRequestError, grants
from authlib.oauth2.rfc6750 import BearerTokenValidator
from authlib.oauth2.rfc7009 import RevocationEndpoint
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode, OpenIDImplicitGrant
from flask import session
from joserfc.jwk import RSAKey

from store import SCOPES, Code

AUTHENTICATIONS = ["none", "client_secret_basic", "client_secret_post"]


class S256Required(CodeChallenge):
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    # The library wants a verifier from public clients, but gives them a code without a challenge,
    # and takes a challenge without a method for a plain one.
    def validate_code_challenge(self, grant, redirect_uri):
        data = grant.request.payload.data
        is_public = grant.request.client.secret is None
        if is_public and not data.get("code_challenge"):
            raise InvalidRequestError("Missing 'code_challenge'")
        if data.get("code_challenge") and not data.get("code_challenge_method"):
            raise InvalidRequestError("Missing 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)


def create_issuer_parameter(issuer):
    class Issuer(IssuerParameter):
        def get_issuer(self):
            return issuer

        # The library always writes it into the query, even where the answer is in the fragment.
        def add_issuer_parameter(self, authorization_server, response):
            if response.location:
                in_fragment = "#" in response.location
                response.location = add_params_to_uri(
                    response.location, {"iss": issuer}, in_fragment
                )

    return Issuer()


def create_grants(store, issuer, key):
    """The grants by what they are called with: `(class, extensions)`."""

    class IdToken:
        def resolve_client_private_key(self, client):
            return key

        def get_encode_header(self, client):
            return {"alg": "RS256", "kid": key.kid}

        def get_client_claims(self, client):
            return {"iss": issuer, "aud": client.id}

        def generate_user_info(self, user, scope):
            return UserInfo(sub=user.id, name=user.id).filter(scope)

        def exists_nonce(self, nonce, request):
            return (request.payload.client_id, nonce) in store.nonces

    class OpenId(IdToken, OpenIDCode):
        pass

    class AuthorizationCode(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATIONS

        def save_authorization_code(self, code, request):
            data = request.payload.data
            store.codes[code] = Code(
                value=code,
                client_id=request.client.id,
                user=request.user,
                scope=request.scope,
                redirect_uri=request.payload.redirect_uri,
                nonce=data.get("nonce"),
                auth_time=session["auth_time"],
                code_challenge=data.get("code_challenge"),
                code_challenge_method=data.get("code_challenge_method"),
            )

        def query_authorization_code(self, code, client):
            return store.code_of(code, client)

        def delete_authorization_code(self, authorization_code):
            del store.codes[authorization_code.value]

        def authenticate_user(self, authorization_code):
            return authorization_code.user

    class OpenIdImplicit(IdToken, OpenIDImplicitGrant):
        # The library answers a denial without the state of the request.
        def create_authorization_response(self, redirect_uri, grant_user):
            if not grant_user:
                raise AccessDeniedError(redirect_uri=redirect_uri, redirect_fragment=True)
            return super().create_authorization_response(redirect_uri, grant_user)

    class Password(grants.ResourceOwnerPasswordCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATIONS

        def authenticate_user(self, username, password):
            return store.user_of(username, password)

    class ClientCredentials(grants.ClientCredentialsGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]

    class RefreshToken(grants.RefreshTokenGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = AUTHENTICATIONS
        INCLUDE_NEW_REFRESH_TOKEN = True

        def authenticate_refresh_token(self, refresh_token):
            token = store.token_by_refresh(refresh_token)
            return token if token and not token.is_refresh_revoked else None

        def authenticate_user(self, refresh_token):
            return refresh_token.user

        def revoke_old_credential(self, refresh_token):
            refresh_token.is_refresh_revoked = True

    return [
        (AuthorizationCode, [S256Required(), OpenId()]),
        (grants.ImplicitGrant, []),
        (OpenIdImplicit, []),
        (Password, []),
        (ClientCredentials, []),
        (RefreshToken, []),
    ]


def create_revocation(store):
    class Revocation(RevocationEndpoint):
        CLIENT_AUTH_METHODS = AUTHENTICATIONS

        # The hint may be wrong (RFC 7009 section 2.1).
        def query_token(self, token_string, token_type_hint):
            return store.token_by_refresh(token_string) or store.token_by_access(token_string)

        def revoke_token(self, token, request):
            token.is_access_revoked = True
            token.is_refresh_revoked |= token.refresh == request.form["token"]

    return Revocation


def create_protector(store):
    class Validator(BearerTokenValidator):
        def authenticate_token(self, token_string):
            return store.token_by_access(token_string)

    protector = ResourceProtector()
    protector.register_token_validator(Validator())
    return protector


def create_server(app, store, issuer, access_token_lifetime):
    """Gives the authorization server, its extension for `iss`, and its signing key."""
    lifetimes = dict.fromkeys(
        ["authorization_code", "implicit", "password", "client_credentials", "refresh_token"],
        access_token_lifetime,
    )
    app.config.update(
        OAUTH2_SCOPES_SUPPORTED=SCOPES,
        OAUTH2_REFRESH_TOKEN_GENERATOR=True,
        OAUTH2_TOKEN_EXPIRES_IN=lifetimes,
    )
    server = AuthorizationServer(app, store.clients.get, store.save_token)
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    issuer_parameter = create_issuer_parameter(issuer)
    server.register_extension(issuer_parameter)
    for grant, extensions in create_grants(store, issuer, key):
        server.register_grant(grant, extensions)
    server.register_endpoint(create_revocation(store))
    return server, issuer_parameter, key
