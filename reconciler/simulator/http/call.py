"""One request as a route sees it, and one answer as a route gives it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reconciler.simulator.world import databases
from reconciler.simulator.world.refusals import bad_request

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Addon, App, Database

    Handler = Callable[["Call"], "Answer" | dict[str, Any] | list[Any]]
    Reader = Callable[[], Awaitable[bytes]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, body as JSON-able value (bytes: as they are; None: no body at all), further headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """A request: path parameters, query, headers in lower case, parsed body."""

    heroku: Heroku
    path: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def app(self) -> App:
        """The app that the path names."""
        return self.heroku.app(self.path["app"])

    @property
    def addon(self) -> Addon:
        """The add-on that the path names; below an app it must be owned by it."""
        return self.heroku.addon(self.path["addon"], app=self.app if "app" in self.path else None)

    @property
    def database(self) -> Database:
        """The database that the path names, as the Data API knows it."""
        return databases.find(self.heroku, self.path["database"])

    @property
    def sdk(self) -> bool:
        """Whether variant `3.sdk` is asked for."""
        return "version=3.sdk" in self.headers.get("accept", "")

    def asks(self, header: str, what: str) -> bool:
        """Whether `Accept-Expansion` or `Accept-Inclusion` lists `what`."""
        return what in (part.strip() for part in self.headers.get(header, "").split(","))

    def text(self, key: str, *, required: bool = False) -> str | None:
        """A string of the body; numbers are taken as text.

        Raises:
            Refusal: 400 when it is missing or no string.
        """
        value = self.body.get(key)
        if value is None and not required:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise bad_request(f"{key} must be a string.")
        return str(value)

    def named(self, key: str) -> str:
        """The name or id in `"x"`, `{"name": "x"}` or `{"id": "x"}`: real clients send all three.

        Raises:
            Refusal: 400.
        """
        value = self.body.get(key)
        if isinstance(value, dict):
            value = value.get("name") or value.get("id")
        if not isinstance(value, str) or not value:
            raise bad_request(f"{key} is required.")
        return value
