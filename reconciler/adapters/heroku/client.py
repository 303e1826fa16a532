"""The transport: requests out, models or errors of ours in. Knows HTTP's rules at Heroku, no endpoint by name.

Reads are repeated while a failure may pass, lists are read to their end; a write is sent once. Source of paging
and headers: heroku/cli v11.9.0, @heroku/http-call 5.6.1; the Platform API reference for sizes.
"""

from __future__ import annotations

import asyncio
import copy
import functools
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Literal, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter, ValidationError

from reconciler.adapters.heroku import problems
from reconciler.adapters.heroku.budget import Budget
from reconciler.adapters.heroku.patience import Patience
from reconciler.adapters.heroku.wire import RateLimit, Wire
from reconciler.errors import HerokuError, HerokuRefusedError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Mapping

    from reconciler.adapters.heroku.connections import Connections
    from reconciler.adapters.heroku.endpoint import Endpoint
    from reconciler.apply.ports import Clock, Watch

W = TypeVar("W", bound=Wire)
T = TypeVar("T")
Api = Literal["platform", "data"]

ACCEPT = "application/vnd.heroku+json; version=3"
SDK = {"Accept": "application/vnd.heroku+json; version=3.sdk"}
WHOLE_LIST = "id ..; max=1000;"
"""As the vendor's CLI writes it; 1,000 is the most that a page can have."""
MISSING = 404
RATE_LIMITS = "/account/rate-limits"
DATABASES = ("client", "v11", "databases")
"""Of the Data API."""
MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `body` may hold secrets (a copy's addresses): it is sent and never shown."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    api: Api = "platform"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = field(default=None, repr=False)


def path(*parts: str) -> str:
    """`/apps/shop/formation`; each part is one segment, whatever is in it."""
    return "".join(f"/{quote(part, safe='~')}" for part in parts)


def platform(*parts: str, headers: Mapping[str, str] | None = None) -> Call:
    """A read of the Platform API."""
    return Call("GET", path(*parts), "platform", headers or {})


def data(*parts: str) -> Call:
    """A read of the Data API."""
    return Call("GET", path(*parts), "data")


@functools.cache
def adapter(shape: type[Any]) -> TypeAdapter[Any]:
    """The reader for bodies of `shape`; making one costs more than reading with it."""
    return TypeAdapter(shape)


class HerokuClient:
    """Both APIs over some connections."""

    def __init__(
        self,
        endpoint: Endpoint,
        connections: Connections,
        *,
        clock: Clock,
        concurrency: int,
        reserve_requests: int,
        spread: Callable[[], float],
        new_id: Callable[[], str],
        say: Callable[[str], None],
    ) -> None:
        self._bases: dict[Api, str] = {"platform": endpoint.platform, "data": endpoint.data}
        self._connections = connections
        self.concurrency = concurrency
        self._slots = asyncio.Semaphore(concurrency)
        self._budget = Budget(clock, reserve=reserve_requests, ask=self._ask_remaining)
        self._patience = Patience(clock, spread)
        self._new_id = new_id
        self._say = say
        self._watch: Watch | None = None
        self._first_date = ""

    @property
    def _is_urgent(self) -> bool:
        return self._watch is not None and self._watch.is_urgent

    def watched_by(self, watch: Watch) -> HerokuClient:
        """The same client with the same connections and budget; `watch` sees every write."""
        watched = copy.copy(self)
        watched._watch = watch  # noqa: SLF001  # of the same class
        return watched

    def announce(self, requests: int) -> None:
        """Tell people beforehand, if so many reads will have to wait for the account's budget."""
        text = self._budget.forecast(requests)
        if text:
            self._say(text)

    async def one(self, shape: type[T], call: Call) -> T | None:
        """The object, or None when Heroku says that it is not there.

        Raises:
            HerokuUnavailableError: after several attempts.
            HerokuRefusedError: a 4xx other than "not there".
            HerokuError: the answer is not what we know.
        """
        try:
            response, sent = await self._read(call)
        except NotThereError:
            return None
        return parsed(shape, response, sent)

    async def present(self, shape: type[T], call: Call) -> T:
        """As `one`, for what is always there.

        Raises:
            HerokuError: as `one`, and `HerokuRefusedError` when Heroku says that it is not there.
        """
        return _there(await self.one(shape, call), call)

    async def with_headers(self, shape: type[T], call: Call) -> tuple[T, Mapping[str, str]]:
        """As `present`, with the headers of the answer.

        Raises:
            HerokuError: as `present`.
        """
        response, sent = await self._read(call)
        return parsed(shape, response, sent), response.headers

    async def list_if_there(self, shape: type[W], call: Call) -> tuple[W, ...] | None:
        """The whole list of the Platform API, page after page; None when what it belongs to is not there.

        Raises:
            HerokuError: as `one`; also when the pages do not come to an end.
        """
        found: list[W] = []
        wanted = WHOLE_LIST
        for _ in range(MOST_PAGES):
            headers = {**call.headers, "Range": wanted}
            try:
                response, sent = await self._read(Call(call.method, call.path, call.api, headers))
            except NotThereError:
                return None
            found += parsed(list[shape], response, sent)  # type: ignore[valid-type]  # a shape is a value here
            following = response.headers.get("Next-Range", "")
            if not following:
                return tuple(found)
            if following == wanted:
                break
            wanted = following
        raise HerokuError(f"The pages of {call.method} {call.path} do not come to an end.")

    async def list_of(self, shape: type[W], call: Call) -> tuple[W, ...]:
        """As `list_if_there`, for a list that is always there.

        Raises:
            HerokuError: as `list_if_there`, and `HerokuRefusedError` when Heroku says that it is not there.
        """
        return _there(await self.list_if_there(shape, call), call)

    async def send(self, call: Call) -> None:
        """Have one effect. What the answer says about it is not believed: the next look tells.

        Raises:
            HerokuUnavailableError: surely without effect.
            HerokuUnclearError: the outcome is not known.
            HerokuRefusedError: refused.
        """
        await self._patience.write(lambda: self._exchange(call))

    async def _read(self, call: Call) -> tuple[httpx.Response, problems.Sent]:
        return await self._patience.read(lambda: self._exchange(call))

    async def _exchange(self, call: Call) -> tuple[httpx.Response, problems.Sent]:
        """One request and its answer, if that is a success."""
        sent = problems.Sent(call.method, call.path, self._new_id())
        async with self._budget.request(is_write=sent.is_write, is_urgent=self._is_urgent):
            async with self._slots:
                response = await self._transmit(call, sent)
            self._budget.learn(remaining(response))
        self._first_date = self._first_date or response.headers.get("Date", "")
        if response.is_success:
            return response, sent
        error = problems.refused(response, sent)
        if response.status_code == MISSING and problems.is_recognised(response):
            raise NotThereError(
                str(error),
                status=error.status,
                error_id=error.error_id,
                request_id=error.request_id,
            )
        raise error

    async def _transmit(self, call: Call, sent: problems.Sent) -> httpx.Response:
        watch = self._watch if sent.is_write else None
        if watch is not None:
            watch.before_write()
        try:
            request = self._request(call, sent)
            with self._connections.one() as http:
                response = await http.send(request)
        except problems.HTTP_FAILURES as error:
            if watch is not None:
                watch.answered(f"{call.method} {call.path}: no answer, {sent.request_id}")
            raise problems.failed(error, sent) from error
        if watch is not None:
            theirs = response.headers.get("Request-Id", sent.request_id)
            watch.answered(f"{call.method} {call.path}: {response.status_code}, {theirs}")
        return response

    def _request(self, call: Call, sent: problems.Sent) -> httpx.Request:
        """Made whole here: having httpx lay it together anew each time took a third more of its own time."""
        headers = {
            **self._connections.headers,
            "Accept": ACCEPT,
            "Request-Id": sent.request_id,
            **call.headers,
        }
        url = self._bases[call.api] + call.path
        return httpx.Request(call.method, url, headers=headers, json=call.body)

    async def time(self) -> dt.datetime:
        """The server's clock, from the `Date` of a fresh answer to a request that is free of charge.

        Raises:
            HerokuError: it could not be asked, or does not say.
        """
        response, _ = await self._read(Call("GET", RATE_LIMITS))
        try:
            return parsedate_to_datetime(response.headers["Date"])
        except (KeyError, ValueError) as error:
            raise HerokuError("Heroku's answer does not say what time it is.") from error

    def heard_at(self) -> dt.datetime | None:
        """What the server's clock showed at its first answer; None when it has not told."""
        try:
            return parsedate_to_datetime(self._first_date)
        except ValueError:
            return None

    async def _ask_remaining(self) -> int | None:
        """What is left of the budget; asking is free (heroku/platform-api schema.json, rate-limit)."""
        call = Call("GET", RATE_LIMITS)
        sent = problems.Sent(call.method, call.path, self._new_id())
        try:
            response = await self._transmit(call, sent)
            return parsed(RateLimit, response, sent).remaining if response.is_success else None
        except HerokuError:
            return None


def _there(found: T | None, call: Call) -> T:
    if found is None:
        text = f"Heroku does not know {call.method} {call.path} ({MISSING})."
        raise HerokuRefusedError(text, status=MISSING)
    return found


class NotThereError(HerokuRefusedError):
    """404 in Heroku's own words."""


def parsed(shape: type[T], response: httpx.Response, sent: problems.Sent) -> T:
    """The body of a success.

    Raises:
        HerokuError: it is not JSON, or of a form that we do not know.
    """
    try:
        body: T = adapter(shape).validate_json(response.content)  # type: ignore[arg-type]  # every type is hashable
    except ValidationError as error:
        odd = problems.not_understood(error, response, sent)
    else:
        return body
    raise odd  # outside of the handler, so that the body is not chained to it


def remaining(response: httpx.Response) -> int | None:
    """`RateLimit-Remaining`, if it was told."""
    text: Any = response.headers.get("RateLimit-Remaining", "")
    return int(text) if text.isdecimal() else None
