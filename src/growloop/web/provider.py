"""An OpenID Connect provider: who it says somebody is, by the authorization-code flow with PKCE, state and nonce."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from secrets import token_urlsafe
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from growloop.errors import GrowloopError, MissingExtra, NotAllowed, ProviderProblem
from growloop.records.base import Record
from growloop.records.people import Identity

NEEDED = ("GROWLOOP_OIDC_ISSUER", "GROWLOOP_OIDC_CLIENT_ID", "GROWLOOP_OIDC_CLIENT_SECRET")
DOMAINS = "GROWLOOP_OIDC_DOMAINS"
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
_ALGORITHMS = [f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)] + ["EdDSA", "Ed25519"]
"""Those with which nobody but the provider can sign."""
_KEY_TYPES = ("RSA", "EC", "OKP")
_TIMEOUT_SECONDS = 10.0
_LEEWAY_SECONDS = 60
"""How far the provider's clock may be from ours."""
_METADATA_SECONDS = 3600.0


class Started(Record):
    """A log-in that was begun: what its browser has to bring back."""

    state: str
    nonce: str
    verifier: str
    goes_to: str
    """A path of this server."""

    def packed(self) -> str:
        """As a cookie holds it."""
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")

    @classmethod
    def unpacked(cls, text: str) -> Started | None:
        """What was packed; None where it was not."""
        try:
            return cls.model_validate_json(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except (ValidationError, ValueError):
            return None


class Provider:
    """One that vouches for people. It is asked over the network while one waits: off the event loop."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str,
        *,
        domains: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`domains`: where a newcomer's e-mail address has to be; none: anywhere. Raises GrowloopError."""
        self.name = urlsplit(issuer).netloc
        self._issuer = _encrypted(issuer, NEEDED[0])
        self._client_id = client_id
        self._client_secret = client_secret
        self._domains = {domain.strip().lower().lstrip("@") for domain in domains} - {""}
        self._clock = clock
        self._metadata: tuple[float, dict[str, Any]] | None = None
        self._lock = Lock()

    @classmethod
    def from_environment(cls, given: Mapping[str, str] | None = None) -> Provider | None:
        """The one that GROWLOOP_OIDC_ISSUER, _CLIENT_ID and _CLIENT_SECRET name; None where none of them is set.

        Raises GrowloopError naming what lacks, MissingExtra where Authlib is not installed.
        """
        environment = os.environ if given is None else given
        told = [environment.get(name, "").strip() for name in NEEDED]
        if not any(told):
            return None
        lacking = [name for name, value in zip(NEEDED, told, strict=True) if not value]
        if lacking:
            raise GrowloopError(
                f"Not set: {', '.join(lacking)}. To log in through an identity provider, {', '.join(NEEDED)} are "
                f"needed, all three; without it, none of them."
            )
        _authlib()
        return cls(*told, domains=environment.get(DOMAINS, "").split(","))

    def start(self, back: str, goes_to: str) -> tuple[str, Started]:
        """The address where somebody logs in and is sent `back` from, and what is to be remembered until then."""
        started = Started(state=token_urlsafe(32), nonce=token_urlsafe(32), verifier=token_urlsafe(48), goes_to=goes_to)
        with self._client(back) as client:
            address, _ = client.create_authorization_url(
                self._known()["authorization_endpoint"],
                state=started.state,
                nonce=started.nonce,
                code_verifier=started.verifier,
            )
        return str(address), started

    def identity(self, code: str, back: str, started: Started) -> Identity:
        """Who came back with a code. Raises ProviderProblem, and NotAllowed where no verified address is told."""
        with self._client(back) as client:
            token = client.fetch_token(
                self._known()["token_endpoint"],
                grant_type="authorization_code",
                code=code,
                code_verifier=started.verifier,
            )
            claims = self._claims(client, token, started.nonce)
            claims = claims if "email" in claims else claims | self._more(client, claims["sub"])
        return _identity(str(self._known()["issuer"]), claims)

    def welcomes(self, identity: Identity) -> bool:
        """Whether somebody may come in whom no admin has named."""
        return not self._domains or identity.email.rpartition("@")[2].lower() in self._domains

    def _claims(self, client: Any, token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, once signature, issuer, audience, time and nonce have been looked at."""
        from authlib.oidc.core import CodeIDToken
        from joserfc import jwt
        from joserfc.jwk import KeySet

        published = _json(client.request("GET", self._known()["jwks_uri"], withhold_token=True))["keys"]
        keys = KeySet.import_key_set({"keys": [key for key in published if key.get("kty") in _KEY_TYPES]})
        signed = jwt.decode(str(token.get("id_token", "")), keys, algorithms=_ALGORITHMS)
        wanted = {
            "iss": {"essential": True, "value": self._known()["issuer"]},
            "aud": {"essential": True, "value": self._client_id},
            "sub": {"essential": True},
        }
        given = {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")}
        claims = CodeIDToken(signed.claims, signed.header, wanted, given)
        claims.validate(now=int(self._clock()), leeway=_LEEWAY_SECONDS)
        return dict(claims)

    def _more(self, client: Any, subject: str) -> dict[str, Any]:
        """What the provider tells of somebody only when asked; nothing where it cannot be asked."""
        endpoint = self._known().get("userinfo_endpoint")
        told = _json(client.get(_encrypted(endpoint, "userinfo_endpoint"))) if endpoint else {}
        if told and told.get("sub") != subject:
            raise ProviderProblem(f"{self.name} told of somebody else than it was asked about. Nobody was let in.")
        return {name: told[name] for name in ("email", "email_verified") if name in told}

    def _known(self) -> dict[str, Any]:
        """What the provider says of itself; it is asked once an hour."""
        with self._lock:
            if self._metadata is None or self._clock() - self._metadata[0] > _METADATA_SECONDS:
                self._metadata = (self._clock(), self._discovered())
            return self._metadata[1]

    def _discovered(self) -> dict[str, Any]:
        import httpx2

        with _asking(self.name):
            address = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
            found = _json(httpx2.get(address, timeout=_TIMEOUT_SECONDS, verify=self._trusted))
        if str(found.get("issuer", "")).rstrip("/") != self._issuer.rstrip("/"):
            raise ProviderProblem(f'{address} speaks for "{found.get("issuer")}". Set {NEEDED[0]} to what it says.')
        for name in _ENDPOINTS:
            _encrypted(str(found.get(name, "")), name)
        return found

    @cached_property
    def _trusted(self) -> Any:
        """The certificates one trusts; to read them takes longer than to ask."""
        import httpx2

        return httpx2.create_ssl_context()

    @contextmanager
    def _client(self, back: str) -> Iterator[Any]:
        """Authlib's client; what goes wrong with it is told as a ProviderProblem."""
        known = self._known().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        method = next((one for one in ("client_secret_basic", "client_secret_post") if one in known), known[0])
        with (
            _asking(self.name),
            _authlib()(
                self._client_id,
                self._client_secret,
                token_endpoint_auth_method=method,
                scope="openid email",
                redirect_uri=back,
                code_challenge_method="S256",
                timeout=_TIMEOUT_SECONDS,
                verify=self._trusted,
            ) as client,
        ):
            yield client


def _authlib() -> Any:
    try:
        from authlib.integrations.httpx_client import OAuth2Client
    except ImportError:
        raise MissingExtra("Authlib, which speaks with identity providers,", "oidc") from None
    return OAuth2Client


@contextmanager
def _asking(name: str) -> Iterator[None]:
    """Turn what goes wrong while a provider is asked into words."""
    import httpx2
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise ProviderProblem(f"{name} cannot be asked: {error or type(error).__name__}. Try again later.") from error
    except (AuthlibBaseError, JoseError) as error:
        raise ProviderProblem(f"{name} did not let you in, or what it said does not hold: {error}") from error
    except (ValueError, KeyError) as error:
        raise ProviderProblem(f"{name} answered what cannot be read: {error}") from error


def _json(reply: Any) -> dict[str, Any]:
    reply.raise_for_status()
    found = reply.json()
    if not isinstance(found, dict):
        raise ValueError(f"{reply.url} gave no JSON object")
    return found


def _encrypted(address: str, what: str) -> str:
    """The address, if nobody on the way can read what is sent there. Raises GrowloopError."""
    parts = urlsplit(address)
    is_here = parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise ProviderProblem(f'{what} of the identity provider has to begin with https://, and is "{address}".')
    return address


def _identity(issuer: str, claims: Mapping[str, Any]) -> Identity:
    """Raises NotAllowed where the address is not verified: anybody could claim anybody's."""
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") not in (True, "true"):
        raise NotAllowed(
            "The identity provider does not vouch for your e-mail address: `email` with `email_verified` is needed. "
            "Verify it there, or ask an admin for an invitation."
        )
    return Identity(issuer=issuer, subject=str(claims["sub"]), email=email)
