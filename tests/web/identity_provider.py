"""A small OpenID Connect provider that keeps to the rules, unless a test has it break one."""

from __future__ import annotations

import hashlib
import time
from base64 import b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "growloop", "a secret & more"


@dataclass
class IdentityProvider:
    """Whoever comes is logged in as `person` at once and sent back."""

    address: str = ""
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "248", "email": "eve@example.org", "email_verified": True}
    )
    tells_when_asked: bool = False
    """The ID token says who it is alone; the address is told at the userinfo endpoint."""
    algorithm: str = "RS256"
    amiss: dict[str, Any] = field(default_factory=dict)
    """What an ID token says instead of what it should."""
    about: dict[str, Any] = field(default_factory=dict)
    """What the provider says of itself instead of what is so."""
    signs_with: Any = None
    """A key that is not among its own."""
    refuses: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def keys(self) -> dict[str, Any]:
        return {
            "RS256": RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig", "alg": "RS256"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "ec", "use": "sig", "alg": "ES256"}),
        }

    @cached_property
    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.metadata),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/keys", self.jwks),
                Route("/userinfo", self.userinfo),
            ]
        )

    def reset(self) -> None:
        """Keep to the rules again; the keys stay."""
        fresh = IdentityProvider(self.address)
        self.__dict__ |= {name: getattr(fresh, name) for name in fresh.__dataclass_fields__}

    async def metadata(self, request: Request) -> Response:
        told = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        }
        return JSONResponse(told | self.about)

    async def authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert (asked["client_id"], asked["response_type"], asked["scope"]) == (CLIENT, "code", "openid email")
        assert (asked["code_challenge_method"], len(asked["nonce"]) > 30) == ("S256", True)
        code = token_urlsafe()
        self.codes[code] = asked
        answer = {"error": "access_denied"} if self.refuses else {"code": code}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode({**answer, 'state': asked['state']})}", 302)

    async def token(self, request: Request) -> Response:
        sent = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(sent.get("code", ""), None)
        if not self._is_client(request) or asked is None or not _fits(sent, asked):
            return JSONResponse({"error": "invalid_grant"}, 400)
        return JSONResponse({"access_token": "open", "token_type": "Bearer", "id_token": self._id_token(asked)})

    async def jwks(self, request: Request) -> Response:
        return JSONResponse(KeySet(list(self.keys.values())).as_dict(private=False))

    async def userinfo(self, request: Request) -> Response:
        assert request.headers["authorization"] == "Bearer open"
        return JSONResponse(self.person)

    def _is_client(self, request: Request) -> bool:
        return b64decode(request.headers["authorization"].partition(" ")[2]).decode() == f"{CLIENT}:{SECRET}"

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        told = {"sub": "248"} if self.tells_when_asked else self.person
        claims = {"iss": self.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **told}
        claims = {name: value for name, value in (claims | self.amiss).items() if value is not None}
        key = self.signs_with or self.keys[self.algorithm]
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key, algorithms=[self.algorithm])


def _fits(sent: dict[str, str], asked: dict[str, str]) -> bool:
    digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
    is_proven = urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
    return is_proven and sent["redirect_uri"] == asked["redirect_uri"]
