"""What is live, said as a desired state would say it: so that planning on it gives nothing to do.

A database is listed under the app that owns it, by the name that its readers most likely use. Its followers, further
names and poolers are listed with it. What the desired state cannot say, or would refuse, is left out and named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.desired import (
    DATABASE,
    DesiredAttachment,
    DesiredBackup,
    DesiredFollower,
)
from reconciler.core.desired_files import is_app_name, is_attachment_name, is_timezone
from reconciler.core.diff import observed_window
from reconciler.core.durations import parse_weekly_time
from reconciler.core.names import AttachmentName, DatabaseName
from reconciler.core.naming import is_mark, replaced_stem
from reconciler.core.observed import POOLER
from reconciler.core.plan_names import NotWanted, wanted_plan
from reconciler.core.planner.surroundings import HEROKUS_OWN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from reconciler.core.catalogue import Catalogue, ServicePlan
    from reconciler.core.durations import WeeklyTime
    from reconciler.core.names import AddonName, AppName, ServicePlanName
    from reconciler.core.observed import ObservedAttachment, ObservedDatabase, Snapshot

LONGEST_NAME = 40
CONFIG_VAR = "_URL"
"""What the name of a backup schedule ends in: it is that of a config var."""
Place = tuple["AppName", AttachmentName]


@dataclass(frozen=True, slots=True)
class LiveDatabase:
    """One database as a desired state would say it, without a logical name."""

    addon: AddonName
    owner: AppName
    app: AppName
    """That knows it as `attachment`; the owner, if that knows it by a name of its own."""
    attachment: AttachmentName
    service_plan: ServicePlanName
    version: int | None
    """None also where the desired state would refuse it."""
    window: WeeklyTime | None
    has_window: bool
    """Whether its tier has one at all."""
    followers: tuple[DesiredFollower, ...] = ()
    attach: tuple[DesiredAttachment, ...] = ()
    poolers: tuple[DesiredAttachment, ...] = ()
    backups: tuple[DesiredBackup, ...] | None = ()
    """Sorted by name; None: they could not be read."""
    notes: tuple[str, ...] = ()
    """What could not be said, and what is going on; a sentence each."""
    addons_behind: dict[Place, AddonName] = field(default_factory=dict)
    """The follower's add-on behind each of `followers`."""


@dataclass(frozen=True, slots=True, order=True)
class LeftOut:
    """A database that cannot be listed, and why."""

    app: AppName
    addon: AddonName
    reason: str


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything that is live of the asked apps, sorted by app and add-on."""

    databases: tuple[LiveDatabase, ...]
    left_out: tuple[LeftOut, ...]
    is_complete: bool
    """Whether all of it could be read."""


def survey_of(
    snapshot: Snapshot,
    catalogue: Catalogue,
    *,
    apps: AbstractSet[AppName] = frozenset(),
    identities: AbstractSet[Place] = frozenset(),
) -> Survey:
    """The databases that `apps` own (all, when none is named).

    `identities` are the names by which databases are listed already; they stay what they are.
    """
    surveyor = _Surveyor(snapshot, catalogue, identities)
    databases: list[LiveDatabase] = []
    left_out: list[LeftOut] = []
    for one in sorted(snapshot.databases, key=lambda each: (each.app, each.addon)):
        if apps and one.app not in apps:
            continue
        said = surveyor.say(one)
        if isinstance(said, LiveDatabase):
            databases.append(said)
        elif said:
            left_out.append(LeftOut(one.app, one.addon, said))
    unread = [one for one in snapshot.unread if not apps or one.app in apps]
    for place in unread:
        attachment = snapshot.attached_as(place.app, place.attachment)
        if attachment is not None:
            left_out.append(LeftOut(place.app, attachment.addon, place.reason))
    return Survey(tuple(databases), tuple(sorted(set(left_out))), is_complete=not unread)


def logical_name(
    app: AppName, attachment: AttachmentName, *, taken: Collection[DatabaseName]
) -> DatabaseName:
    """A name for the database that `app` knows as `attachment`; the app's own for DATABASE; not one of `taken`."""
    short = attachment.removeprefix(HEROKUS_OWN).lower()
    whole = app if attachment == DATABASE else f"{app}-{short}"
    name = whole[:LONGEST_NAME].rstrip("-_")
    number = 1
    while name in taken:
        number += 1
        name = f"{whole[: LONGEST_NAME - len(str(number)) - 1].rstrip('-_')}-{number}"
    return DatabaseName(name)


class _Surveyor:
    """Says what is live, database by database."""

    def __init__(
        self, snapshot: Snapshot, catalogue: Catalogue, identities: AbstractSet[Place]
    ) -> None:
        self.snapshot = snapshot
        self.catalogue = catalogue
        self.identities = identities
        self.followers: dict[AddonName, list[ObservedDatabase]] = {}
        for one in sorted(snapshot.databases, key=lambda each: each.addon):
            if one.leader is not None:
                self.followers.setdefault(one.leader, []).append(one)

    def say(self, one: ObservedDatabase) -> LiveDatabase | str:
        """The database, or why it is left out; an empty text for a follower, which is said with its leader."""
        if one.is_following:
            return self.follower_alone(one)
        plan = wanted_plan(one.service_plan, self.catalogue)
        if one.state != "provisioned":
            return f"it is {one.state or 'in an unknown state'}"
        if one.serving_plan is None:
            return "which plan serves could not be read"
        if isinstance(plan, NotWanted):
            return f"{plan.message} {plan.hint}".strip()
        identity = self.identity(one)
        if identity is None:
            return _why_nameless(one)
        return self.said(one, identity, plan)

    def follower_alone(self, one: ObservedDatabase) -> str:
        if one.leader is None:
            return "whom it follows could not be read"
        leader = self.snapshot.database(one.leader)
        if leader is None:
            return f"it follows {one.leader}, which was not looked at"
        return ""

    def identity(self, one: ObservedDatabase) -> ObservedAttachment | None:
        """The name by which it is listed, or should be."""
        names = list(_plain(one.attachments))
        listed = [each for each in names if (each.app, each.name) in self.identities]
        return _best(listed or names, owner=one.app)

    def said(
        self, one: ObservedDatabase, identity: ObservedAttachment, plan: ServicePlan
    ) -> LiveDatabase:
        notes = list(_going_on(one))
        tier = self.catalogue.tier(plan)
        has_window = tier is None or tier.maintenance_window is not False
        version, why_no_version = self.version(one)
        followers, behind, why_not = self.followers_of(one, plan)
        poolers = [each for each in one.attachments if each.is_pooler and _is_sayable(each)]
        if poolers and tier is not None and tier.connection_pooling is False:
            notes.append(f"{plan.name} should have no connection pool, and has one")
            poolers = []
        backups, why_no_backup = _backups(
            one, has_backups=tier is None or tier.pgbackups is not False
        )
        notes += [*why_no_version, *why_not, *_unsayable(one), *why_no_backup]
        return LiveDatabase(
            addon=one.addon,
            owner=one.app,
            app=identity.app,
            attachment=identity.name,
            service_plan=one.service_plan,
            version=version,
            window=_window(one) if has_window else None,
            has_window=has_window,
            followers=followers,
            attach=tuple(
                DesiredAttachment(app=each.app, name=each.name)
                for each in sorted(_plain(one.attachments))
                if each != identity and not _is_herokus_own(each, one)
            ),
            poolers=tuple(DesiredAttachment(app=each.app, name=each.name) for each in poolers),
            backups=backups,
            notes=tuple(notes),
            addons_behind=behind,
        )

    def version(self, one: ObservedDatabase) -> tuple[int | None, list[str]]:
        if one.version is None:
            return None, ["its version of PostgreSQL could not be read"]
        known = self.catalogue.version(one.version)
        if known is None or known.status == "eol":
            return None, [f"PostgreSQL {one.version} is not supported any more, and so not wanted"]
        return one.version, []

    def followers_of(
        self, one: ObservedDatabase, plan: ServicePlan
    ) -> tuple[tuple[DesiredFollower, ...], dict[Place, AddonName], list[str]]:
        """Those that can be listed, the add-on behind each, and why others are not."""
        said: list[DesiredFollower] = []
        behind: dict[Place, AddonName] = {}
        notes: list[str] = []
        live = self.followers.get(one.addon, [])
        for follower in live:
            name = self.identity(follower)
            reason = self.why_no_follower(follower, plan)
            if name is None or reason:
                notes.append(f"follower {follower.addon}: {reason or 'no app knows it by a name'}")
                continue
            said.append(
                DesiredFollower(
                    app=name.app, attachment=name.name, service_plan=follower.service_plan
                )
            )
            behind[name.app, name.name] = follower.addon
            further = [f"{each.app}::{each.name}" for each in self.further(follower, name)]
            if further:
                notes.append(f"follower {follower.addon} is also {', '.join(further)}")
        unseen = (one.follower_count or 0) - len(live)
        if unseen > 0:
            notes.append(f"{unseen} more of its followers could not be named")
        return tuple(sorted(said, key=lambda each: (each.app, each.attachment))), behind, notes

    def why_no_follower(self, follower: ObservedDatabase, leader: ServicePlan) -> str:
        plan = wanted_plan(follower.service_plan, self.catalogue)
        if isinstance(plan, NotWanted):
            return plan.message
        if self.catalogue.may_follow(plan, leader) is False:
            return f"{plan.name} should not be able to follow {leader.name}, and does"
        return ""

    def further(
        self, follower: ObservedDatabase, name: ObservedAttachment
    ) -> Iterator[ObservedAttachment]:
        """Names of a follower beside the listed one; a follower can be listed under one only."""
        for each in follower.attachments:
            if each != name and not is_mark(each.name) and not _is_herokus_own(each, follower):
                yield each


def _plain(attachments: Iterable[ObservedAttachment]) -> Iterator[ObservedAttachment]:
    """Those that lead to the server with the default credential, but our marks."""
    return (
        one
        for one in attachments
        if not one.namespace and not is_mark(one.name) and _is_sayable(one)
    )


def _why_nameless(one: ObservedDatabase) -> str:
    """Why a database that has no name of its own has none."""
    aliases = [f"{each.app}::{each.name}" for each in one.attachments if replaced_stem(each.name)]
    if aliases:
        return f"it was replaced earlier, and only an alias leads to it ({', '.join(aliases)})"
    return "no app knows it by a name of its own (only by marks, poolers or credentials)"


def _is_sayable(one: ObservedAttachment) -> bool:
    return is_attachment_name(one.name) and is_app_name(one.app)


def _best(names: list[ObservedAttachment], *, owner: AppName) -> ObservedAttachment | None:
    """The owner's before others', DATABASE before names that somebody chose, those before Heroku's own."""
    return min(
        names,
        key=lambda one: (
            one.app != owner,
            one.name != DATABASE,
            one.name.startswith(HEROKUS_OWN),
            one.app,
            one.name,
        ),
        default=None,
    )


def _is_herokus_own(one: ObservedAttachment, database: ObservedDatabase) -> bool:
    return one.app == database.app and one.name.startswith(HEROKUS_OWN)


def _window(one: ObservedDatabase) -> WeeklyTime | None:
    try:
        return parse_weekly_time(observed_window(one))
    except ValueError:
        return None


def _backups(
    one: ObservedDatabase, *, has_backups: bool
) -> tuple[tuple[DesiredBackup, ...] | None, list[str]]:
    """The daily backups that can be listed, and why others cannot."""
    if one.schedules is None and has_backups:
        return None, ["its daily backups could not be read"]
    said = []
    notes = []
    for each in sorted(one.schedules or (), key=lambda each: each.name):
        name = each.name.removesuffix(CONFIG_VAR)
        is_sayable = each.name.endswith(CONFIG_VAR) and is_attachment_name(AttachmentName(name))
        if has_backups and is_sayable and is_timezone(each.timezone):
            said.append(DesiredBackup(name=each.name, hour=each.hour, timezone=each.timezone))
        else:
            notes.append(f"also a daily backup as {each.name}, {each}, which cannot be listed")
    return tuple(said), notes


def _going_on(one: ObservedDatabase) -> Iterator[str]:
    if one.is_converging:
        yield f"on its way from {one.serving_plan} to {one.service_plan}"


def _unsayable(one: ObservedDatabase) -> Iterator[str]:
    """Names that the desired state has no words for; they are left alone."""
    for each in sorted(one.attachments):
        if is_mark(each.name):
            continue
        if each.namespace not in ("", POOLER):
            yield f"also {each.app}::{each.name}, with {each.namespace}"
        elif not _is_sayable(each):
            yield f"also {each.app}::{each.name}, a name that cannot be listed"
