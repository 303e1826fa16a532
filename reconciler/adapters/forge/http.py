"""Requests to a code host: JSON in and out, waits as long as the host asks for, every failure one sentence.

A read is repeated while its failure may pass. A write is repeated only where it surely had no effect (the host
refused it for want of budget, or nothing was sent); after any other failure the caller looks before it writes again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import httpx

from reconciler import __version__
from reconciler.errors import ForgeRefusedError, ForgeUnavailableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.adapters.forge.settings import ForgeSettings
    from reconciler.apply.ports import Clock
    from reconciler.errors import ForgeError

Method = Literal["GET", "POST", "PATCH", "PUT", "DELETE"]

TRIES = 3
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
"""In one command, all waits together; a pipeline that waits longer is better started again."""
MOST_PAGES = 100
PAGE = 100
"""The most that either host gives at once."""
NAMES = {"github": "GitHub", "gitlab": "GitLab"}
REFUSED, NOT_ALLOWED, MISSING, TOO_MANY = 401, 403, 404, 429
HINTS = {
    REFUSED: "The token is not valid any more, or belongs to another host.",
    NOT_ALLOWED: "The token needs the right to write there; a pipeline of a fork never has it.",
    MISSING: "It is not there, or the token may not see it.",
    422: "Nothing was posted; what the host says may tell why.",
}


@dataclass(frozen=True, slots=True)
class _Failure:
    """A request that brought nothing, and whether sending it again is safe."""

    error: ForgeError
    may_repeat: bool
    wait_s: float | None = None
    """How long the host asks to wait."""


@dataclass(slots=True)
class Host:
    """One host over one HTTP client."""

    client: httpx.AsyncClient
    settings: ForgeSettings
    clock: Clock
    waited_s: float = field(default=0.0)

    @property
    def name(self) -> str:
        """As people call it."""
        return NAMES[self.settings.provider]

    async def pages(self, path: str, parameters: Mapping[str, str]) -> list[Any]:
        """Every entry of a list, page by page.

        The next page is asked for by its number: an address that an answer names gets no token.

        Raises:
            ForgeError: as `read`; or the list does not end.
        """
        found: list[Any] = []
        for number in range(1, MOST_PAGES + 1):
            paging = {"per_page": str(PAGE), "page": str(number)}
            answer = await self.send("GET", path, parameters={**parameters, **paging})
            entries = _json(answer, self.name)
            if not isinstance(entries, list):
                raise self._not_understood()
            found += entries
            if not entries or not _has_more(answer.headers, len(entries)):
                return found
        raise ForgeRefusedError(f"{self.name} lists more than {MOST_PAGES * PAGE:,} entries there.")

    async def read(self, path: str) -> Any:  # JSON is of any kind
        """The document at `path`.

        Raises:
            ForgeError: it is refused, or does not come in time.
        """
        return _json(await self.send("GET", path), self.name)

    async def write(self, method: Method, path: str, body: Mapping[str, str]) -> Any:  # as above
        """What the host says to one write.

        Raises:
            ForgeUnavailableError: it may or may not have happened: look.
            ForgeRefusedError: it did not happen.
        """
        answer = await self.send(method, path, body=body)
        return _json(answer, self.name) if answer.content else None

    async def send(
        self,
        method: Method,
        path: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request, repeated where that is safe; a good answer."""
        for number in range(TRIES):
            request = self.client.build_request(
                method, f"{self.settings.api}{path}", params=parameters, json=body
            )
            found = await self._once(request)
            if isinstance(found, httpx.Response):
                return found
            wait_s = found.wait_s or FIRST_WAIT_S * 2**number
            is_last = number == TRIES - 1 or self.waited_s + wait_s > LONGEST_WAIT_S
            if is_last or not found.may_repeat:
                raise found.error
            self.waited_s += wait_s
            await self.clock.sleep(wait_s)
        raise AssertionError("the last try returns or raises")

    async def _once(self, request: httpx.Request) -> httpx.Response | _Failure:
        is_read = request.method == "GET"
        try:
            answer = await self.client.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            error = ForgeUnavailableError(f"{self.name} cannot be reached.")
            return _Failure(error, may_repeat=True)
        except httpx.HTTPError:
            error = ForgeUnavailableError(f"{self.name} did not answer in time, or not to the end.")
            return _Failure(error, may_repeat=is_read)
        if answer.is_success:
            return answer
        asked_s = _asked_to_wait(answer, now_s=self.clock.now().timestamp())
        if asked_s is not None:
            wait_s = max(asked_s, FIRST_WAIT_S)
            return _Failure(self._busy(wait_s), may_repeat=True, wait_s=wait_s)
        if answer.is_server_error:
            error = ForgeUnavailableError(f"{self.name} answered with {answer.status_code}.")
            return _Failure(error, may_repeat=is_read)
        return _Failure(self._refused(answer), may_repeat=False)

    def _busy(self, wait_s: float) -> ForgeUnavailableError:
        return ForgeUnavailableError(
            f"{self.name} asks to wait {wait_s:.0f} s before the next request.",
            hint="Run it again then.",
        )

    def _not_understood(self) -> ForgeUnavailableError:
        return ForgeUnavailableError(f"{self.name} answered with something that is not understood.")

    def _refused(self, answer: httpx.Response) -> ForgeRefusedError:
        said = _message(answer, self.settings.token.get_secret_value())
        return ForgeRefusedError(
            f"{self.name} refused to {answer.request.method} "
            f"{answer.request.url.path} ({answer.status_code}{said}).",
            hint=HINTS.get(answer.status_code, "Is the address of its API right?"),
            status=answer.status_code,
        )


def open_client(settings: ForgeSettings, *, timeout_s: float) -> httpx.AsyncClient:
    """A client with the token in its headers; follows no redirect, which could lead elsewhere."""
    token = settings.token.get_secret_value()
    own = (
        {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        if settings.provider == "github"
        else {"PRIVATE-TOKEN": token}
    )
    return httpx.AsyncClient(
        headers={**own, "User-Agent": f"reconcile/{__version__}"},
        timeout=httpx.Timeout(timeout_s, connect=min(timeout_s, 5)),
        follow_redirects=False,
        trust_env=not settings.is_loopback,
    )


def _json(answer: httpx.Response, name: str) -> Any:  # JSON is of any kind
    try:
        return json.loads(answer.content)
    except (ValueError, RecursionError):
        raise ForgeUnavailableError(
            f"{name} answered with something that is no JSON.",
            hint="Is the address of its API right, and no sign-in page before it?",
        ) from None


def _has_more(headers: Mapping[str, str], count: int) -> bool:
    """GitHub names the next page in `Link`, GitLab also in `X-Next-Page`; without either a full page may have one."""
    if "x-next-page" in headers:
        return bool(headers["x-next-page"].strip())
    if "link" in headers:
        return 'rel="next"' in headers["link"]
    return count >= PAGE


def _asked_to_wait(answer: httpx.Response, *, now_s: float) -> float | None:
    """Seconds until the host takes requests again; None: that is not what is wrong.

    Source: docs.github.com "Rate limits for the REST API", read 2026-11-22: 403 or 429, with `Retry-After` or with
    `X-RateLimit-Remaining: 0` and `X-RateLimit-Reset`; GitLab sends 429 with `Retry-After`.
    """
    if answer.status_code not in {NOT_ALLOWED, TOO_MANY, 503}:
        return None
    after, reset = (answer.headers.get(name, "") for name in ("retry-after", "x-ratelimit-reset"))
    if after.strip().isdecimal():
        return float(after)
    if answer.headers.get("x-ratelimit-remaining", "").strip() == "0" and reset.isdecimal():
        return max(float(reset) - now_s, 0.0)
    return FIRST_WAIT_S if answer.status_code == TOO_MANY else None


def _message(answer: httpx.Response, token: str) -> str:
    """What the host says was wrong, in a few words; empty when it says nothing that is text."""
    try:
        said = json.loads(answer.content)
    except (ValueError, RecursionError):
        return ""
    words = said.get("message") if isinstance(said, dict) else None
    if not isinstance(words, str) or token in words:
        return ""
    line = "".join(one if one.isprintable() else " " for one in words)[:200]
    return f", {' '.join(line.split())}"
