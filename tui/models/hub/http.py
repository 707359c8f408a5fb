"""Requests to a hub: https, a token for the hub's own address only, and no other protocol.

``urllib``'s default opener follows redirects to ``ftp`` and copies every header to the new host, so
this module builds its own.
"""

from __future__ import annotations

import os
import urllib.request
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

from tui.core.errors import ModelError
from tui.models.hub.cache import hub_home

_DEFAULT_PORTS = {"http": 80, "https": 443}
_DEFAULT_ENDPOINT = "https://huggingface.co"


def endpoint() -> str:
    """Return the hub's address: ``HF_ENDPOINT``, or the default."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or _DEFAULT_ENDPOINT


def check_address(url: str) -> None:
    """Check that an address is https, or http if ``HF_ENDPOINT`` is http.

    Raises:
        ModelError: it has another scheme, or no host.
    """
    origin, hub = _origin(url), _origin(endpoint())
    schemes = {"https"} | ({"http"} & {hub[0]} if hub else set())
    if origin is None or origin[0] not in schemes:
        raise ModelError(
            f"{endpoint()} refers to an address that is not https; set HF_ENDPOINT to another hub."
        )


def headers_for(url: str) -> dict[str, str]:
    """Return the headers of a request, with the token if ``url`` is on the hub itself.

    Raises:
        ModelError: the token can't be sent.
    """
    headers = {"User-Agent": "photoseek", "Accept-Encoding": "identity"}
    token = _token()
    if token and _origin(url) is not None and _origin(url) == _origin(endpoint()):
        headers["Authorization"] = f"Bearer {token}"
    return headers


def opener(*, follow: bool) -> urllib.request.OpenerDirector:
    """Return an opener for http and https that sends the token to the hub only.

    Args:
        follow: whether it follows redirects; otherwise a redirect is an error.
    """
    director = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _Redirects(follow=follow),
    ):
        director.add_handler(handler)
    return director


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Checks the new address, and decides again whether the token is sent to it."""

    def __init__(self, *, follow: bool) -> None:
        self._follow = follow

    def redirect_request(self, req: urllib.request.Request, *answer: Any) -> Any:
        if not self._follow:
            return None
        request = super().redirect_request(req, *answer)
        if request is not None:
            check_address(request.full_url)
            if "Authorization" not in headers_for(request.full_url):
                request.remove_header("Authorization")
        return request

    def http_error_302(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any
    ) -> Any:
        location = headers.get("Location")
        if location and self._follow:
            # urllib would raise a ValueError, or show the address in its message.
            check_address(_redirect_target(req.full_url, location))
        return super().http_error_302(req, fp, code, msg, headers)

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def _origin(url: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port (RFC 6454), or None if the address has no host."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.hostname else None


def _redirect_target(base: str, location: str) -> str:
    """Return the target of a redirect, empty if it is invalid."""
    try:
        return urljoin(base, location)
    except ValueError:
        return ""


def _token() -> str:
    token = _stored_token()
    if not token.isascii() or not token.isprintable() or " " in token:
        # urllib's message would show the token.
        raise ModelError("The hub's token contains an invalid character; set HF_TOKEN again.")
    return token


def _stored_token() -> str:
    for name in ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"):
        if os.environ.get(name):
            return os.environ[name].strip()
    try:
        return (hub_home() / "token").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return ""
