"""Notices to people elsewhere, such as in a chat: what may be told, and where to.

```toml
[notify]
urls = ["env:SLACK_WEBHOOK_URL", "https://hooks.example/reconcile"]
```

An address often is a secret itself: who has it can post. `env:NAME` names a variable of the environment that holds it,
so that no file does; what is shown of any address is its host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args
from urllib.parse import urlsplit

from reconciler.core.endpoint import is_loopback
from reconciler.core.frozen import Frozen

if TYPE_CHECKING:
    import datetime as dt

    from reconciler.core.names import DatabaseName

NoticeKind = Literal["plan", "cutover-start", "cutover-end", "failure", "needs-a-human"]
NoticeFormat = Literal["auto", "slack", "json"]
KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
_VARIABLE = re.compile(r"env:([A-Za-z_][A-Za-z0-9_]*)")
SLACK = "hooks.slack.com"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that people may want to know; no secret in it."""

    at: dt.datetime
    kind: NoticeKind
    plan: str
    """Id of the plan it is about."""
    text: str
    database: DatabaseName | None = None


class NotifySettings(Frozen):
    """Where notices go, in which form, and which."""

    urls: tuple[str, ...] = ()
    """Addresses, or `env:NAME`."""
    format: NoticeFormat = "auto"
    """`auto`: Slack's for Slack, JSON for all others."""
    on: tuple[NoticeKind, ...] = KINDS

    def __repr__(self) -> str:
        """Without the addresses."""
        return f"NotifySettings({len(self.urls)} urls, {self.format}, {self.on})"

    __str__ = __repr__


def check_notify_url(text: str) -> str:
    """`text`, which is an address or `env:NAME`.

    Raises:
        ValueError: it is neither; the message does not repeat it, since it may be a secret.
    """
    if variable_of(text) is None and not is_notify_address(text):
        raise ValueError(
            'must be an https address, or "env:NAME" for a variable of the environment that holds one.'
        )
    return text


def variable_of(text: str) -> str | None:
    """The variable that `env:NAME` names; None for an address."""
    match = _VARIABLE.fullmatch(text)
    return match[1] if match else None


def is_notify_address(text: str) -> bool:
    """Whether it is https, or http on this machine, without user and password."""
    try:
        parts = urlsplit(text)
        host = parts.hostname or ""
        is_plain = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not host or not is_plain or parts.username or parts.password or not text.isprintable():
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))


def shown_address(address: str) -> str:
    """All of an address that may be shown: the rest of it often is the secret."""
    return f"{urlsplit(address).scheme}://{urlsplit(address).hostname}/..."


def is_slack(address: str, form: NoticeFormat) -> bool:
    """Whether notices go there in Slack's form."""
    return form == "slack" or (form == "auto" and urlsplit(address).hostname == SLACK)
