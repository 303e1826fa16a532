"""Names that come to lead to another add-on.

The releases of one app follow one another, so what is asked of it is asked one after another, in the order of the
steps; different apps at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.naming import is_mark
from reconciler.core.plan import AttachmentMissing, Stage
from reconciler.core.steps import Attach, AwaitRelease

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.core.names import AddonName, AppName, AttachmentName
    from reconciler.core.plan import Phase
    from reconciler.core.rules import Situation
    from reconciler.core.steps import Step


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """One name of one app, and what it may lead to before."""

    app: AppName
    name: AttachmentName
    namespace: str = ""
    replaces: AddonName | None = None


def stage(phase: Phase, steps: Iterable[Step]) -> Iterator[Stage]:
    """One stage of these steps; none when there are none."""
    together = tuple(steps)
    if together:
        yield Stage(phase=phase, steps=together)


def missing_names(situation: Situation) -> tuple[Move, ...]:
    """The names that are wanted and lead elsewhere, or nowhere."""
    return tuple(
        Move(one.app, one.attachment, one.namespace, one.instead_of)
        for one in situation.changes
        if isinstance(one, AttachmentMissing)
    )


def names_of_primary(situation: Situation) -> tuple[Move, ...]:
    """Every name of the old primary but our marks, and the missing ones; the database's own name first.

    Those of an app that the database moves away from stay with the old primary.
    """
    old = situation.observed.addon
    moves = {
        (one.app, one.name): Move(one.app, one.name, one.namespace, old)
        for one in situation.observed.attachments
        if not is_mark(one.name) and one.app != situation.left_app
    }
    moves |= {(one.app, one.name): one for one in missing_names(situation)}
    own = (situation.desired.app, situation.desired.attachment)
    return tuple(sorted(moves.values(), key=lambda one: ((one.app, one.name) != own, one)))


def attach_stages(phase: Phase, addon: AddonName, moves: Sequence[Move]) -> Iterator[Stage]:
    """One stage that lets every name of `moves` lead to `addon`, and one that waits for the releases."""
    yield from stage(phase, attachments(addon, moves))
    yield from stage(phase, releases(addon, moves))


def attachments(addon: AddonName, moves: Sequence[Move]) -> tuple[Attach, ...]:
    """The steps that let every name of `moves` lead to `addon`, in their order."""
    return tuple(_attach(addon, move) for move in moves)


def releases(addon: AddonName, moves: Sequence[Move]) -> tuple[AwaitRelease, ...]:
    """The steps that wait for the outcome of every release that the moves made."""
    return tuple(AwaitRelease(app=one.app, name=one.name, addon=addon) for one in sorted(moves))


def _attach(addon: AddonName, move: Move) -> Attach:
    return Attach(
        app=move.app,
        name=move.name,
        addon=addon,
        namespace=move.namespace,
        replaces=move.replaces,
    )
