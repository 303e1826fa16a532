"""What of the live account is not as the desired state says, without asking how it would be mended.

Drift is told apart from what only looks like it: a change that Heroku has accepted and that does not serve yet is
*converging*; what exists and is named nowhere is *unlisted* and nobody's business here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.diff import diff, primary_of
from reconciler.core.frozen import Frozen
from reconciler.core.names import AddonName, AppName, AttachmentName, DatabaseName
from reconciler.core.naming import is_mark
from reconciler.core.plan import Change, Converging, Unknown, Unlisted
from reconciler.core.planner.assess import Assessor, OnItsWay, Unchanged
from reconciler.core.planner.surroundings import forgotten, unlisted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.observed import ObservedDatabase, Snapshot


class Drifted(Frozen):
    """A listed database that is not as it should be."""

    name: DatabaseName
    app: AppName
    attachment: AttachmentName
    addon: AddonName
    changes: tuple[Change, ...]
    """What would make it so."""
    where: str
    """`file:line:column` of what asks for it; empty when it was not read from a file."""


class UnlistedDatabase(Frozen):
    """A database that a listed app knows and that the desired state does not name."""

    addon: AddonName
    app: AppName
    attachment: AttachmentName


class Drift(Frozen):
    """The findings of one look; each list in the order of names."""

    desired_digest: str
    endpoint: str
    drifted: tuple[Drifted, ...] = ()
    converging: tuple[Converging, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    unlisted: tuple[Unlisted, ...] = ()
    """On listed databases: names and followers that are not listed. Beside them: what was replaced for none of them."""
    unlisted_databases: tuple[UnlistedDatabase, ...] = ()
    unchanged: tuple[DatabaseName, ...] = ()
    """As wanted, and not converging."""


def drift(
    desired: DesiredState, snapshot: Snapshot, catalogue: Catalogue, *, endpoint: str
) -> Drift:
    """What `snapshot` shows that is not as `desired`. A database on its way can have drifted beside that."""
    assessor = Assessor(desired, snapshot, catalogue)
    drifted: list[Drifted] = []
    converging: list[Converging] = []
    unknown: list[Unknown] = []
    around: list[Unlisted] = []
    unchanged: list[DatabaseName] = []
    for one in desired.databases:
        standing = assessor.assess(one)
        if isinstance(standing, Unknown):
            unknown.append(standing)
            continue
        around.extend(unlisted(one, standing.primary, snapshot, used=set()))
        if isinstance(standing, Unchanged):
            unchanged.append(one.name)
            continue
        if isinstance(standing, OnItsWay):
            converging.append(standing.converging)
        found = _drifted(one, standing.primary, snapshot, where=desired.place_of(one.name))
        drifted += [found] if found.changes else []
    return Drift(
        desired_digest=desired.digest,
        endpoint=endpoint,
        drifted=tuple(drifted),
        converging=tuple(converging),
        unknown=tuple(unknown),
        unlisted=(*around, *forgotten(desired, snapshot)),
        unlisted_databases=tuple(_unlisted_databases(desired, snapshot)),
        unchanged=tuple(unchanged),
    )


def _drifted(
    desired: DesiredDatabase, primary: ObservedDatabase, snapshot: Snapshot, *, where: str
) -> Drifted:
    return Drifted(
        name=desired.name,
        app=desired.app,
        attachment=desired.attachment,
        addon=primary.addon,
        changes=diff(desired, snapshot),
        where=where,
    )


def _unlisted_databases(desired: DesiredState, snapshot: Snapshot) -> Iterator[UnlistedDatabase]:
    """Each under the first name by which a listed app knows it; what only our marks lead to left out."""
    listed = {
        attachment.addon
        for app, name in desired.names()
        if (attachment := snapshot.attached_as(app, name)) is not None
    }
    primaries = {found.addon for one in desired.databases if (found := primary_of(one, snapshot))}
    apps = set(desired.apps())
    seen = listed | primaries
    for one in sorted(snapshot.attachments):
        if one.app in apps and one.addon not in seen and not is_mark(one.name):
            seen.add(one.addon)
            yield UnlistedDatabase(addon=one.addon, app=one.app, attachment=one.name)
