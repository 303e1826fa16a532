"""What must still be so when a plan is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.names import AttachmentName
from reconciler.core.plan import StartingPoint

if TYPE_CHECKING:
    from reconciler.core.names import AppName
    from reconciler.core.observed import ObservedAttachment, ObservedDatabase


def starting_point_of(database: ObservedDatabase) -> StartingPoint:
    """The fingerprint of `database`: what a plan for it rests on, in words."""
    return StartingPoint(
        addon=database.addon,
        addon_id=database.addon_id,
        service_plan=database.service_plan,
        serving_plan=database.serving_plan or database.service_plan,
        version=database.version,
        leader=database.leader,
        followers=tuple(sorted(database.followers)),
        attachments=tuple(sorted(attachment_words(one) for one in database.attachments)),
    )


def attachment_words(attachment: ObservedAttachment) -> str:
    """`app::NAME`, and the namespace where it has one."""
    return words_of(attachment.app, attachment.name, attachment.namespace)


def words_of(app: AppName, name: AttachmentName, namespace: str) -> str:
    """As `attachment_words`, of its parts."""
    return f"{app}::{name} {namespace}" if namespace else f"{app}::{name}"


def name_in(words: str) -> AttachmentName:
    """The attachment's name in such words."""
    return AttachmentName(words.partition("::")[2].partition(" ")[0])
