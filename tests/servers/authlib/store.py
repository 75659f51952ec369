"""What the server knows: users, clients, codes and tokens, all of it in memory."""

import secrets
import time
from dataclasses import dataclass, field

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin

SCOPES = ["openid", "offline_access", "profile"]
DEFAULT_SCOPE = "profile"
CODE_LIFETIME = 60

PUBLIC_GRANTS = {"authorization_code", "implicit", "password", "refresh_token"}
CONFIDENTIAL_GRANTS = {"authorization_code", "client_credentials", "password", "refresh_token"}
RESPONSE_TYPES = {
    "authorization_code": {"code"},
    "implicit": {"token", "id_token token"},
}


@dataclass
class User:
    id: str
    password: str


@dataclass
class Client(ClientMixin):
    id: str
    secret: str | None
    authentication: str
    redirect_uris: list[str]

    @property
    def grants(self):
        return CONFIDENTIAL_GRANTS if self.secret else PUBLIC_GRANTS

    def get_client_id(self):
        return self.id

    def get_default_redirect_uri(self):
        return self.redirect_uris[0]

    def get_allowed_scope(self, scope):
        return scope or DEFAULT_SCOPE

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret):
        return secrets.compare_digest((self.secret or "").encode(), client_secret.encode())

    def check_endpoint_auth_method(self, method, endpoint):
        return method == self.authentication

    def check_response_type(self, response_type):
        return any(response_type in RESPONSE_TYPES.get(grant, ()) for grant in self.grants)

    def check_grant_type(self, grant_type):
        return grant_type in self.grants


@dataclass
class Code(AuthorizationCodeMixin):
    value: str
    client_id: str
    user: User
    scope: str
    redirect_uri: str | None
    nonce: str | None
    auth_time: int
    # The library reads these two by their names.
    code_challenge: str | None
    code_challenge_method: str | None
    expires_at: float = field(default_factory=lambda: time.time() + CODE_LIFETIME)

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return self.auth_time


@dataclass
class Token(TokenMixin):
    access: str
    refresh: str | None
    client_id: str
    user: User | None
    scope: str
    expires_at: float
    is_access_revoked: bool = False
    is_refresh_revoked: bool = False

    def check_client(self, client):
        return self.client_id == client.id

    def get_scope(self):
        return self.scope

    def is_expired(self):
        return self.expires_at <= time.time()

    def is_revoked(self):
        return self.is_access_revoked


class Store:
    def __init__(self, users, clients):
        self.users = {user.id: user for user in users}
        self.clients = {client.id: client for client in clients}
        self.codes = {}
        self.tokens = []
        self.nonces = set()

    def user_of(self, login, password):
        user = self.users.get(login)
        is_right = user and secrets.compare_digest(user.password.encode(), password.encode())
        return user if is_right else None

    def code_of(self, value, client):
        code = self.codes.get(value)
        is_good = code and code.client_id == client.id and code.expires_at > time.time()
        return code if is_good else None

    def save_token(self, token, request):
        self.tokens.append(
            Token(
                access=token["access_token"],
                refresh=token.get("refresh_token"),
                client_id=request.client.id,
                user=request.user,
                scope=token.get("scope", ""),
                expires_at=time.time() + token["expires_in"],
            )
        )

    def token_by_access(self, value):
        return next((token for token in self.tokens if token.access == value), None)

    def token_by_refresh(self, value):
        return next((token for token in self.tokens if token.refresh == value), None)

    def expire_access_tokens(self):
        for token in list(self.tokens):
            token.expires_at = 0
