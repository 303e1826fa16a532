"""Whom to speak to: Heroku, or a stand-in of it.

A token goes wherever the endpoint says, so what is accepted is narrow: https, plain http on the loopback
only, and the stand-in. A user or password in the address is refused, since it would end up in output.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Literal
from urllib.parse import urlsplit

from reconciler.core.frozen import Frozen

HEROKU = "https://api.heroku.com"
_SCENARIO = re.compile(r"[a-z0-9][a-z0-9-]*")
_LOOPBACK = ("loopback", "localhost", "127.0.0.1", "::1")
"""The first is what a plan calls all the others, since its bytes must not depend on a port."""
_WAY_ON = f'must be "{HEROKU}", another https address, http on 127.0.0.1, or "sim:NAME".'


class LiveEndpoint(Frozen):
    """A server that runs: Heroku itself, or a stand-in that was started before."""

    kind: Literal["live"] = "live"
    url: str
    """Scheme, host and port; no path, no slash at the end."""

    def __str__(self) -> str:
        """The address."""
        return self.url

    @property
    def is_loopback(self) -> bool:
        """Whether it is this machine, and so never Heroku."""
        return is_loopback(urlsplit(self.url).hostname or "")


class StandInEndpoint(Frozen):
    """A stand-in that is to be started for the command."""

    kind: Literal["sim"] = "sim"
    scenario: str
    """Name of a built-in scenario, or path of a `.toml` file."""

    def __str__(self) -> str:
        """`sim:example`."""
        return f"sim:{self.scenario}"

    @property
    def is_file(self) -> bool:
        """Whether the scenario is a file."""
        return self.scenario.endswith(".toml")


Endpoint = LiveEndpoint | StandInEndpoint


def parse_endpoint(text: str) -> Endpoint:
    """The endpoint written as an address or as `sim:NAME` or `sim:PATH.toml`.

    Raises:
        ValueError: it is written otherwise; the message is for the writer.
    """
    if text.startswith("sim:"):
        return _stand_in(text.removeprefix("sim:"))
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(_WAY_ON) from None
    host = parts.hostname
    if parts.scheme not in ("https", "http") or not host:
        raise ValueError(_WAY_ON)
    if parts.username or parts.password or "@" in parts.netloc:
        raise ValueError("must not hold a user or password; the token comes from HEROKU_API_KEY.")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("must end after the host and port.")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must be https: plain http is for the loopback (127.0.0.1) only.")
    shown = f"[{host}]" if ":" in host else host
    return LiveEndpoint(url=f"{parts.scheme}://{shown}" + (f":{port}" if port else ""))


def _stand_in(scenario: str) -> StandInEndpoint:
    if not scenario.endswith(".toml") and not _SCENARIO.fullmatch(scenario):
        raise ValueError(
            'must name a scenario after "sim:": a built-in one such as "example", or a .toml file.'
        )
    return StandInEndpoint(scenario=scenario)


def is_loopback(host: str) -> bool:
    """Whether `host`, as an address has it, is this machine: a secret may go there unencrypted, and nowhere else."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_stand_in(endpoint: str) -> bool:
    """Whether a plan was made against a stand-in: one of ours, or a server on this machine."""
    if endpoint.startswith("sim:"):
        return True
    try:
        host = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}").hostname
    except ValueError:  # a plan file may say anything; this is no address at all
        return False
    return host in _LOOPBACK
