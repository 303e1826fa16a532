"""From the desired state and one look at the account to the plan: a function of its arguments.

Linear in the number of databases; one that is as wanted costs a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.desired import names_of
from reconciler.core.diff import primary_of
from reconciler.core.methods import NotPossible, choose
from reconciler.core.naming import is_mark
from reconciler.core.plan import Blocked, Plan, Unknown
from reconciler.core.planner.assess import Assessor, OnItsWay, Unchanged
from reconciler.core.planner.database import database_plan
from reconciler.core.planner.surroundings import forgotten, replaced, unlisted, used_followers
from reconciler.core.rules import Situation
from reconciler.core.safety import safety_of

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.names import AddonName, AppName, DatabaseName
    from reconciler.core.observed import ObservedAttachment, ObservedDatabase, Snapshot
    from reconciler.core.plan import Converging, DatabasePlan, Replaced, Unlisted
    from reconciler.core.planner.assess import Standing


def plan(
    desired: DesiredState,
    snapshot: Snapshot,
    catalogue: Catalogue,
    *,
    endpoint: str,
    notes: tuple[str, ...] = (),
) -> Plan:
    """The plan that brings what `snapshot` shows to `desired`, with its digest; it carries `notes`.

    `snapshot` should hold the closer look at what `needs_closer_look` names.
    """
    found = _Found()
    assessor = Assessor(desired, snapshot, catalogue)
    marks = _marks_by_app(snapshot)
    for one in desired.databases:
        standing = assessor.assess(one)
        found.settle(one, standing, desired)
        if not isinstance(standing, Unknown):
            found.look_around(one, standing.primary, snapshot, marks)
    found.unlisted.extend(forgotten(desired, snapshot))
    return found.plan(desired, endpoint=endpoint, notes=notes).with_digest()


def needs_closer_look(
    desired: DesiredState, snapshot: Snapshot, catalogue: Catalogue
) -> tuple[AddonName, ...]:
    """The primaries that are to change, sorted: of these more must be seen before `plan`."""
    assessor = Assessor(desired, snapshot, catalogue)
    standings = (assessor.assess(one) for one in desired.databases)
    changing = {one.observed.addon for one in standings if isinstance(one, Situation)}
    return tuple(sorted(changing))


def apps_by_primary(
    desired: DesiredState, snapshot: Snapshot
) -> dict[AddonName, frozenset[AppName]]:
    """Every app that the desired state names for a database, by the add-on that is its primary."""
    found: dict[AddonName, frozenset[AppName]] = {}
    for one in desired.databases:
        primary = primary_of(one, snapshot)
        if primary is not None:
            listed = frozenset(app for app, _ in names_of(one))
            found[primary.addon] = found.get(primary.addon, frozenset()) | listed
    return found


@dataclass
class _Found:
    """What is found, database by database."""

    databases: list[DatabasePlan] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    converging: list[Converging] = field(default_factory=list)
    unknown: list[Unknown] = field(default_factory=list)
    replaced: dict[tuple[AppName, str], Replaced] = field(default_factory=dict)
    unlisted: list[Unlisted] = field(default_factory=list)
    unchanged: list[DatabaseName] = field(default_factory=list)
    used: set[AddonName] = field(default_factory=set)
    """Followers that a plan makes, makes the primary, or replaces under all their names."""

    def settle(self, database: DesiredDatabase, standing: Standing, desired: DesiredState) -> None:
        """Put the database where it belongs."""
        match standing:
            case Unknown():
                self.unknown.append(standing)
            case OnItsWay():
                self.converging.append(standing.converging)
            case Unchanged():
                self.unchanged.append(database.name)
            case Situation():
                decided = _decided(standing)
                if isinstance(decided, Blocked):
                    where = desired.place_of(database.name)
                    self.blocked.append(decided.model_copy(update={"where": where}))
                else:
                    self.databases.append(decided)
                    self.used |= used_followers(decided)

    def look_around(
        self,
        desired: DesiredDatabase,
        primary: ObservedDatabase,
        snapshot: Snapshot,
        marks: dict[AppName, list[ObservedAttachment]],
    ) -> None:
        self.unlisted.extend(unlisted(desired, primary, snapshot, used=self.used))
        origin = {desired.moved_from.app} if desired.moved_from else set()
        apps = sorted({primary.app, *origin, *(one.app for one in desired.followers)})
        near = [mark for app in apps for mark in marks.get(app, ())]
        for one in replaced(desired, primary, near):
            self.replaced.setdefault((one.app, one.alias), one)

    def plan(self, desired: DesiredState, *, endpoint: str, notes: tuple[str, ...]) -> Plan:
        return Plan(
            desired_digest=desired.digest,
            endpoint=endpoint,
            databases=tuple(self.databases),
            blocked=tuple(self.blocked),
            converging=tuple(self.converging),
            unknown=tuple(self.unknown),
            replaced=tuple(self.replaced[key] for key in sorted(self.replaced)),
            unlisted=tuple(self.unlisted),
            unchanged=tuple(self.unchanged),
            notes=notes,
            safety=safety_of(self.databases, wanted=desired.safety, fleet_size=desired.fleet_size),
        )


def _decided(situation: Situation) -> DatabasePlan | Blocked:
    choice = choose(situation)
    if not isinstance(choice, NotPossible):
        return database_plan(situation, choice)
    return Blocked(
        name=situation.desired.name,
        app=situation.desired.app,
        attachment=situation.desired.attachment,
        changes=situation.changes,
        rejected=choice.rejected,
        reason=choice.reason,
    )


def _marks_by_app(snapshot: Snapshot) -> dict[AppName, list[ObservedAttachment]]:
    found: dict[AppName, list[ObservedAttachment]] = {}
    for one in snapshot.attachments:
        if is_mark(one.name):
            found.setdefault(one.app, []).append(one)
    return found
