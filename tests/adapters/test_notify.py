from __future__ import annotations

import datetime as dt
import time
from typing import TYPE_CHECKING

import pytest
from support.hooks import hooks

from reconciler.adapters.notify import MOST_FAILURES, MOST_WAITING, Notifier
from reconciler.core.notices import (
    KINDS,
    Notice,
    NotifySettings,
    check_notify_url,
    is_slack,
    shown_address,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.hooks import Hooks

SECRET = "T000/B000/canary-0123456789"  # noqa: S105  # no output may hold it
AT = dt.datetime(2026, 11, 22, 20, tzinfo=dt.UTC)


def notice(kind: str = "plan", text: str = "1 database") -> Notice:
    return Notice(AT, kind, "abcdef12", text)  # type: ignore[arg-type]


@pytest.fixture
def server() -> Iterator[Hooks]:
    with hooks() as state:
        yield state


def test_both_forms_are_sent_and_nothing_in_them_is_a_link(server: Hooks) -> None:
    said: list[str] = []
    urls = (f"{server.url}/json", "env:HOOK")
    environment = {"HOOK": f"{server.url}/more"}
    with Notifier(NotifySettings(urls=urls), environment, said.append) as notifier:
        notifier.tell(notice(text="a & <!channel>"))
    with Notifier(NotifySettings(urls=urls[:1], format="slack"), {}, said.append) as notifier:
        notifier.tell(notice(text="a & <!channel>"))

    document = {
        "format_version": "1.0",
        "kind": "plan",
        "at": "2026-11-22T20:00:00+00:00",
        "plan": "abcdef12",
        "database": None,
        "text": "a & <!channel>",
    }
    slack = {"text": "plan abcdef12: planned. a &amp; &lt;!channel&gt;", "mrkdwn": False}
    assert server.bodies("/json") == [document, slack]
    assert server.bodies("/more") == [document]
    assert said == []


def test_only_what_is_wanted_is_told(server: Hooks) -> None:
    settings = NotifySettings(urls=(server.url,), on=("failure",))
    with Notifier(settings, {}, pytest.fail) as notifier:
        for kind in KINDS:
            notifier.tell(notice(kind))

    assert [body["kind"] for body in server.bodies("/")] == ["failure"]


def test_a_hook_that_refuses_is_one_warning_and_soon_left_alone(server: Hooks) -> None:
    server.status = 500
    said: list[str] = []
    with Notifier(NotifySettings(urls=(f"{server.url}/{SECRET}",)), {}, said.append) as notifier:
        for _ in range(10):
            notifier.tell(notice())

    assert said == ["A notice to http://127.0.0.1/... was not taken: it answered with 500."]
    assert len(server.taken) == MOST_FAILURES


def test_a_hook_that_never_answers_takes_no_time_from_the_work(server: Hooks) -> None:
    server.goes_on.clear()
    said: list[str] = []
    settings = NotifySettings(urls=(f"{server.url}/{SECRET}",))
    began = time.monotonic()
    with Notifier(settings, {}, said.append, timeout_s=30, longest_end_s=0.5) as notifier:
        for _ in range(MOST_WAITING * 3):
            notifier.tell(notice())
        told_s = time.monotonic() - began
    took_s = time.monotonic() - began

    assert max(told_s, took_s) < 20  # one answer alone is waited for 30 s
    (line,) = said
    assert line.endswith(" notices were not sent: the hooks are too slow.")
    assert int(line.split()[0]) >= MOST_WAITING * 2


def test_a_hook_that_is_not_there_is_one_warning() -> None:
    said: list[str] = []
    with Notifier(NotifySettings(urls=(f"http://127.0.0.1:9/{SECRET}",)), {}, said.append) as one:
        one.tell(notice())
        one.tell(notice())

    assert said == ["A notice to http://127.0.0.1/... was not taken: it did not answer."]


@pytest.mark.parametrize(
    ("value", "why"),
    [(None, "is not set"), ("  ", "is not set"), (f"hook {SECRET}", "holds no https address")],
)
def test_a_variable_without_an_address_is_one_warning(value: str | None, why: str) -> None:
    said: list[str] = []
    environment = {} if value is None else {"HOOK": value}
    with Notifier(NotifySettings(urls=("env:HOOK",)), environment, said.append) as notifier:
        notifier.tell(notice())

    assert said == [f"No notices to env:HOOK: it {why}."]


@pytest.mark.parametrize(
    "text",
    [
        "http://hooks.example/x",
        "https://user:canary@hooks.example",
        "env:",
        "env:1",
        "slack",
        "https://",
        "https://[",
        "https://h.example/\x00",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="must be an https address") as raised:
        check_notify_url(text)

    assert "canary" not in str(raised.value)


def test_addresses_are_never_shown_whole() -> None:
    address = f"https://hooks.slack.com/services/{SECRET}"
    settings = NotifySettings(urls=(address,))

    assert shown_address(address) == "https://hooks.slack.com/..."
    assert SECRET not in repr(settings) + str(settings)
    assert is_slack(address, "auto")
    assert not is_slack(address, "json")
