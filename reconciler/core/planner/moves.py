"""Names that come to lead to another add-on, in rounds.

The releases of one app follow one another, so its names are moved one after another; different apps at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
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
    """Every name of the old primary but our marks, and the missing ones; the database's own name first."""
    old = situation.observed.addon
    moves = {
        (one.app, one.name): Move(one.app, one.name, one.namespace, old)
        for one in situation.observed.attachments
        if not is_mark(one.name)
    }
    moves |= {(one.app, one.name): one for one in missing_names(situation)}
    own = (situation.desired.app, situation.desired.attachment)
    return tuple(sorted(moves.values(), key=lambda one: ((one.app, one.name) != own, one)))


def attach_in_rounds(phase: Phase, addon: AddonName, moves: Sequence[Move]) -> Iterator[Stage]:
    """Stages that let every name of `moves` lead to `addon`, in their order within each app."""
    by_app: dict[AppName, list[Move]] = {}
    for move in moves:
        by_app.setdefault(move.app, []).append(move)
    queues = [by_app[app] for app in sorted(by_app)]
    for together in zip_longest(*queues):
        yield from stage(phase, (_attach(addon, move) for move in together if move is not None))


def await_releases(phase: Phase, addon: AddonName, moves: Sequence[Move]) -> Iterator[Stage]:
    """One stage that waits for the outcome of every release that the moves made."""
    yield from stage(
        phase, (AwaitRelease(app=one.app, name=one.name, addon=addon) for one in sorted(moves))
    )


def _attach(addon: AddonName, move: Move) -> Attach:
    return Attach(
        app=move.app,
        name=move.name,
        addon=addon,
        namespace=move.namespace,
        replaces=move.replaces,
    )
