"""Which Heroku is spoken to: the real one, or a stand-in on this machine. Nothing else is ever sent a token.

The address comes from a file that a pull request can change, so it is not enough that it is encrypted: a token
goes to Heroku's own hosts only, and this machine gets a dummy.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from reconciler.errors import UsageError

PLATFORM_API = "https://api.heroku.com"
"""Source: heroku/heroku-go v6/heroku.go."""
DATA_API = "https://api.data.heroku.com"
"""Source: @heroku/heroku-cli-util 10.10.0 dist/utils/pg/host.js."""
HINT = f"Use {PLATFORM_API}, or the address that `reconcile sim` prints."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Base addresses of the two APIs, without a slash at the end."""

    platform: str
    data: str
    is_loopback: bool


def read_endpoint(text: str) -> Endpoint:
    """Where `text` leads: a base address such as `https://api.heroku.com` or `http://127.0.0.1:5780`.

    Raises:
        UsageError: it is neither Heroku nor this machine, or holds more than scheme, host and port.
    """
    address = text.strip().rstrip("/")
    if address == PLATFORM_API:
        return Endpoint(PLATFORM_API, DATA_API, is_loopback=False)
    host, is_plain = _taken_apart(address)
    if is_plain and _is_loopback(host):
        return Endpoint(address, address, is_loopback=True)
    raise UsageError(
        f"The endpoint on host {host or '?'} is neither Heroku nor this machine.", hint=HINT
    )


def _taken_apart(address: str) -> tuple[str, bool]:
    """The host, and whether the address is an http(s) origin and nothing more."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return "", False
    is_origin = not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)
    is_http = parts.scheme in {"http", "https"} and port != 0
    return parts.hostname or "", is_origin and is_http


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
