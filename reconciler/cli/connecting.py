"""From the desired state's endpoint to an address: Heroku, a stand-in that runs, or one started for this command."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.adapters.heroku.endpoint import read_endpoint
from reconciler.adapters.heroku.token import find_token
from reconciler.adapters.stand_in import check_answers, stand_in
from reconciler.core.endpoint import LiveEndpoint, StandInEndpoint, parse_endpoint
from reconciler.errors import HerokuUnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager

    from pydantic import SecretStr

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.core.desired import HerokuSettings
    from reconciler.core.endpoint import Endpoint

VARIABLE = "RECONCILE_ENDPOINT"
UNREACHABLE = "Check this machine's network and proxy settings, and https://status.heroku.com."


@dataclass(frozen=True, slots=True)
class Connection:
    """Where to speak to, and as whom. `label` stands in plans; it is the same from run to run."""

    url: str
    label: str
    token: SecretStr

    @property
    def is_stand_in(self) -> bool:
        """Whether it is this machine, and so never Heroku."""
        return LiveEndpoint(url=self.url).is_loopback


def chosen_endpoint(settings: HerokuSettings) -> Endpoint:
    """The endpoint of the environment, else of the desired state.

    Raises:
        UsageError: the environment's is not one.
    """
    text = os.environ.get(VARIABLE, "").strip()
    if not text:
        return settings.endpoint
    try:
        return parse_endpoint(text)
    except ValueError as error:
        raise UsageError(f"{VARIABLE} {error}") from error


def label_of(endpoint: Endpoint) -> str:
    """What a plan calls it; the same from run to run, whatever port a stand-in has."""
    is_loopback = isinstance(endpoint, LiveEndpoint) and endpoint.is_loopback
    return "loopback" if is_loopback else str(endpoint)


@contextlib.contextmanager
def connected(settings: HerokuSettings) -> Iterator[Connection]:
    """An address that answers until the context ends. The real token is looked up for Heroku only.

    Raises:
        ReconcileError: there is no token, or the stand-in does not start.
        UsageError: the address is neither Heroku's nor this machine's.
    """
    from pydantic import SecretStr  # not before the command needs it

    endpoint = chosen_endpoint(settings)
    match endpoint:
        case StandInEndpoint():
            with stand_in(endpoint.scenario) as url:
                yield Connection(url, label_of(endpoint), SecretStr(""))
        case LiveEndpoint(is_loopback=True):
            check_answers(endpoint.url)
            yield Connection(endpoint.url, label_of(endpoint), SecretStr(""))
        case LiveEndpoint():
            read_endpoint(endpoint.url)  # before the token is looked for: it goes to Heroku alone
            token = find_token(os.environ, Path.home())
            with _hint_when_unreachable():
                yield Connection(endpoint.url, label_of(endpoint), token)


@contextlib.contextmanager
def _hint_when_unreachable() -> Iterator[None]:
    """Say what to do when no answer came at all."""
    try:
        yield
    except HerokuUnavailableError as error:
        if error.status is None:
            error.hint = error.hint or UNREACHABLE
        raise


def client_of(
    connection: Connection, settings: HerokuSettings
) -> AbstractAsyncContextManager[HerokuClient]:
    """A client for `connection`, with the fleet's settings; belongs to the event loop that opens it."""
    from reconciler.adapters.clock import SystemClock
    from reconciler.adapters.heroku.opening import open_heroku

    return open_heroku(
        connection.url,
        connection.token,
        clock=SystemClock(),
        concurrency=settings.concurrency,
        reserve_requests=settings.reserve_requests,
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
