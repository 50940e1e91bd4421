"""Signing in elsewhere: OpenID Connect Core 1.0, authorization code flow with PKCE (RFC 7636)."""

import secrets
import time
from dataclasses import dataclass
from typing import Any

import httpx
import httpx2
from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from litestar import Response, get

from op26x import logs
from op26x.accounts.people import People
from op26x.accounts.people.providers import Claims
from op26x.errors import Op26xError, ProviderError, SignInRefused
from op26x.ids import same_secret
from op26x.processors import allow
from op26x.settings import CoreSettings
from op26x_service.auth import address_of
from op26x_service.pages.browser import AnyRequest, Browsers
from op26x_service.pages.rendering import page
from op26x_service.pages.sign_in import OPEN

log = logs.get("service")

CALLBACK = "/sign-in/provider/callback"
SCOPE = "openid email profile"
ALGORITHMS = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "PS384", "EdDSA"]
WAIT_S, MOST = 600.0, 1000
TIMEOUT_S = 10.0
LEEWAY_S = 60
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
REFUSED = "You are not signed in"


@dataclass(frozen=True, slots=True)
class _Begun:
    nonce: str
    verifier: str
    to: str
    until: float


class Provider:
    """The OpenID provider of the settings.

    Args:
        core: Name it and this service's registration there.
    """

    def __init__(self, core: CoreSettings) -> None:
        self._core = core
        self._begun: dict[str, _Begun] = {}

    async def begin(self, redirect_uri: str, to: str) -> tuple[str, str]:
        """Where a browser signs in, and the state that it must bring back.

        Raises:
            ProviderError: The provider does not answer.
        """
        now = time.monotonic()
        self._begun = {state: begun for state, begun in self._begun.items() if begun.until > now}
        while len(self._begun) >= MOST:
            del self._begun[next(iter(self._begun))]
        about = await self._about()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        async with self._client(redirect_uri) as client:
            url, state = client.create_authorization_url(
                about["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        self._begun[state] = _Begun(nonce, verifier, to, now + WAIT_S)
        return url, state

    async def finish(self, redirect_uri: str, state: str, code: str) -> tuple[Claims, str]:
        """What the provider says of whoever comes back, and where they wanted to go; each state is good once.

        Raises:
            SignInRefused: It was not begun here, came too late, or the provider does not vouch for them.
            ProviderError: The provider does not answer.
        """
        begun = self._begun.pop(state, None)
        if begun is None or begun.until <= time.monotonic():
            raise SignInRefused("Signing in took too long, or was not begun here.", "Begin again.")
        about = await self._about()
        try:
            async with self._client(redirect_uri) as client:
                tokens = await client.fetch_token(about["token_endpoint"], code=code, code_verifier=begun.verifier)
            keys = KeySet.import_key_set(await _json(about["jwks_uri"]))  # type: ignore[arg-type]
            claims = self._verified(str(tokens.get("id_token", "")), keys, begun.nonce)
        except (OAuthError, JoseError, ValueError) as error:
            log.error("the OpenID provider did not vouch for somebody", exc_info=error)
            raise SignInRefused("The provider does not vouch for you.", "Begin again, or ask an owner.") from None
        except (httpx.HTTPError, httpx2.HTTPError) as error:
            raise _unreachable(error) from error
        return Claims.of(claims, self._core), begun.to

    def _verified(self, token: str, keys: KeySet, nonce: str) -> dict[str, Any]:
        """The claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
        claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
        issuer = self._core.oidc_issuer.rstrip("/")
        audience: dict[str, Any] = {"essential": True, "value": self._core.oidc_client_id}
        registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "values": [issuer, f"{issuer}/"]},
            aud=audience,  # type: ignore[arg-type]
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(claims)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if several and claims.get("azp") != self._core.oidc_client_id:
            raise ValueError("The token is for several, and not for us alone.")
        return dict(claims)

    def _client(self, redirect_uri: str) -> AsyncOAuth2Client:
        return AsyncOAuth2Client(
            self._core.oidc_client_id,
            self._core.oidc_client_secret.reveal(),
            scope=SCOPE,
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._core.oidc_client_secret else "none",
            timeout=TIMEOUT_S,
        )

    async def _about(self) -> dict[str, Any]:
        issuer = self._core.oidc_issuer.rstrip("/")
        about = await _json(f"{issuer}/.well-known/openid-configuration")
        if str(about.get("issuer", "")).rstrip("/") != issuer:
            raise ProviderError("The OpenID provider calls itself by another name.", "Set oidc_issuer as it does.")
        if missing := [name for name in ENDPOINTS if not isinstance(about.get(name), str)]:
            raise ProviderError(f"The OpenID provider does not say where its {missing[0]} is.", "See oidc_issuer.")
        for name in ENDPOINTS:
            allow(about[name], "setting oidc_issuer")
        return about


async def _json(url: str) -> dict[str, Any]:
    try:
        async with httpx.AsyncClient(timeout=TIMEOUT_S) as client:
            answer = await client.get(url)
            answer.raise_for_status()
            found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise _unreachable(error) from error
    if not isinstance(found, dict):
        raise ProviderError("The OpenID provider answers something else than it should.", "See oidc_issuer.")
    return found


def _unreachable(error: Exception) -> ProviderError:
    return ProviderError(
        f"The OpenID provider does not answer: {type(error).__name__}.", "Try again, or see the setting oidc_issuer."
    )


def provider_routes(people: People, browsers: Browsers, core: CoreSettings) -> list[Any]:
    """The routes."""
    provider = Provider(core)

    @get("/sign-in/provider", **OPEN)
    async def begin(request: AnyRequest, to: str = "") -> Response[str]:
        """Sends a browser to the provider."""
        try:
            url, state = await provider.begin(address_of(request, core.public_url) + CALLBACK, to)
        except Op26xError as error:
            return page("gone", error=error, status=502, heading=REFUSED)
        return browsers.with_state(request, browsers.send_to(url), state)

    @get(CALLBACK, **OPEN)
    async def finish(request: AnyRequest) -> Response[str]:
        """Takes whom the provider sends back."""
        asked = request.query_params
        state = str(asked.get("state", ""))
        try:
            if not same_secret(state, browsers.state(request)):
                raise SignInRefused("Signing in was not begun in this browser.", "Begin again.")
            uri = address_of(request, core.public_url) + CALLBACK
            claims, to = await provider.finish(uri, state, str(asked.get("code", "")))
            signed_in = await people.signing_in.vouched(await people.providers.known(claims), browsers.visitor(request))
        except Op26xError as error:
            status = 502 if isinstance(error, ProviderError) else 403
            return page("gone", error=error, status=status, heading=REFUSED)
        return await browsers.let_in(request, signed_in, to)

    return [begin, finish]
