"""Where a database can not be looked into, that is said in words without its address; nothing else is ever tried."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from reconciler.adapters.sql import SqlContents
from reconciler.apply.ports import Comparison, Pair

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIR = Pair(old="a", new="b", way="pg-copy")  # type: ignore[arg-type]


def compared(url: str, *, is_stand_in: bool = True, within_s: float = 2) -> Comparison:
    async def compare() -> Comparison:
        contents = SqlContents(is_stand_in=is_stand_in)
        try:
            return await contents.compare(
                PAIR, old_url=SecretStr(url), new_url=SecretStr(url), within_s=within_s
            )
        finally:
            await contents.close()

    return asyncio.run(compare())


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "is_stand_in", "why_not"),
    [
        ("postgres://u:canary@c1.example.com:5432/d", True, "the stand-in's model databases answer no SQL"),
        ("postgres://u:canary@127.0.0.1:5432/d", False, "its address is on this machine, which is not Heroku's"),
        ("postgres://u:canary@localhost/d?host=c1.example.com&sslmode=disable", False, "its address is on this machine, which is not Heroku's"),
        ("postgres://u:canary@127.0.0.1:x/d", True, "its address is not one"),
        ("postgres://u:canary@[::1/d", True, "its address is not one"),
        ("service=canary", True, "its address is not one"),
        ("postgres:///d?host=/tmp&password=canary", True, "its address is not one"),
        ("", True, "its address is not one"),
        ("postgres://u:canary@127.0.0.1:1/d", True, "it could not be connected to (OperationalError)"),
    ],
)  # fmt: skip
def test_what_is_not_to_be_reached_is_said(url: str, is_stand_in: bool, why_not: str) -> None:  # noqa: FBT001
    found = compared(url, is_stand_in=is_stand_in)

    assert (found.checks, found.why_not) == ((), why_not)


def test_a_server_that_says_nothing_costs_seconds_only(silent_port: int) -> None:
    began = time.monotonic()

    found = compared(f"postgres://u:canary@127.0.0.1:{silent_port}/d", within_s=1)

    assert time.monotonic() - began < 30  # without an end of its own it would wait for minutes
    assert found.why_not in {
        "no answer in time",
        "it could not be connected to (ConnectionTimeout)",
    }


def test_without_a_comparison_there_is_no_rest() -> None:
    found = asyncio.run(SqlContents(is_stand_in=True).rest(PAIR))

    assert found is not None
    assert found.why_not.startswith("nothing was left to be counted")
