"""The names of what a plan creates: add-ons, and the attachments that mark them as ours.

A name is derived from what it is for, so a second attempt, or a later plan, recognises the first one's work
instead of creating a second add-on (`POST` of an add-on is not idempotent; its name is unique over all of Heroku).
The mark is six hexadecimal digits of a SHA-256; together with the owning app's name, which no other account can
have, two different intents practically never meet.

Three kinds of names carry the mark `9C1E77` of one intent:

* the add-on `shop-orders-standard-2-9c1e77`,
* `ORDERS_NEXT_9C1E77`, its first attachment, until the real names are moved to it,
* `ORDERS_REPLACED_9C1E77`, under which the owner keeps knowing what was replaced. A later plan finds the
  database by it and says until when it is kept.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.names import AddonName, AttachmentName

if TYPE_CHECKING:
    from reconciler.core.names import AppName, DatabaseName, ServicePlanName

ADDON_NAME = re.compile(r"[a-zA-Z][A-Za-z0-9_-]+")
"""Source: heroku/platform-api lib/platform-api/schema.json, add-on `name` pattern."""

LONGEST = 60
"""Characters of an add-on name; ours to choose, below what a DNS label may have."""

MARK_LENGTH = 6
_MARKED = re.compile(r"(?P<stem>.+)_(?P<kind>NEXT|REPLACED)_(?P<mark>[0-9A-F]{6})")


@dataclass(frozen=True, slots=True)
class NewNames:
    """What a new database and its marks are called."""

    addon: AddonName
    next_attachment: AttachmentName
    replaced_alias: AttachmentName


def new_names(
    *,
    app: AppName,
    name: str,
    replaces: AddonName | str,
    service_plan: ServicePlanName,
    version: int | None,
    attempt: int = 1,
) -> NewNames:
    """The names for what takes the place of `replaces`.

    `name` is the logical name of a database, or the attachment of a follower. The same arguments give the
    same names; `attempt` counts up where an add-on of the name exists that cannot be used any more.
    """
    parts = (app, name, replaces, service_plan, str(version or ""), str(attempt))
    mark = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:MARK_LENGTH]
    stem = attachment_stem(name)
    return NewNames(
        addon=_addon_name(app, name, service_plan, mark),
        next_attachment=AttachmentName(f"{stem}_NEXT_{mark.upper()}"),
        replaced_alias=AttachmentName(f"{stem}_REPLACED_{mark.upper()}"),
    )


def attachment_stem(name: DatabaseName | AttachmentName | str) -> str:
    """`name` as the beginning of an attachment name: `orders-eu` is `ORDERS_EU`."""
    stem = re.sub(r"[^A-Z0-9]+", "_", name.upper()).strip("_")
    return stem if stem[:1].isalpha() else f"DB_{stem}".rstrip("_")


def is_mark(name: AttachmentName) -> bool:
    """Whether an attachment of this name is one of our marks, not a name that an app reads."""
    return _MARKED.fullmatch(name) is not None


def is_prepared_mark(name: AttachmentName) -> bool:
    """Whether `name` marks something that we prepared, for whatever."""
    found = _MARKED.fullmatch(name)
    return found is not None and found["kind"] == "NEXT"


def is_next_mark(name: AttachmentName, *, stem: str) -> bool:
    """Whether `name` marks something that we prepared for what `stem` stands for."""
    return _is_mark_of(name, kind="NEXT", stem=stem)


def is_replaced_alias(name: AttachmentName, *, stem: str) -> bool:
    """Whether `name` marks something that was replaced for what `stem` stands for."""
    return _is_mark_of(name, kind="REPLACED", stem=stem)


def replaced_stem(name: AttachmentName) -> str:
    """What `name` marks something as replaced for, as an attachment stem; empty when it is no such mark."""
    found = _MARKED.fullmatch(name)
    return found["stem"] if found is not None and found["kind"] == "REPLACED" else ""


def _is_mark_of(name: AttachmentName, *, kind: str, stem: str) -> bool:
    found = _MARKED.fullmatch(name)
    return found is not None and found["kind"] == kind and found["stem"] == stem


def _addon_name(app: AppName, name: str, service_plan: ServicePlanName, mark: str) -> AddonName:
    end = f"-{service_plan}-{mark}".lower()
    begin = re.sub(r"[^a-z0-9]+", "-", f"{app}-{name}".lower()).strip("-")
    room = LONGEST - len(end)
    return AddonName(begin[:room].rstrip("-") + end)
