"""From files as they are written to one `DesiredState`: defaults filled in, everything that is wrong named at once.

What one file alone can show (types, unknown keys, the form of names) is found before, when it is read. Here
stands what needs the catalogue or the other files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.core.catalogue import bare
from reconciler.core.desired import (
    HOOK_TIMEOUT,
    THREE_DAYS,
    DesiredAttachment,
    DesiredBackup,
    DesiredDatabase,
    DesiredFollower,
    DesiredState,
    Origin,
)
from reconciler.core.desired_sources import Entry, Found, Places
from reconciler.core.limits import Safety
from reconciler.core.plan_names import NotWanted, wanted_plan
from reconciler.errors import DesiredStateError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reconciler.core.catalogue import Catalogue, ServicePlan
    from reconciler.core.desired import HerokuSettings, Place
    from reconciler.core.desired_files import AttachTable, FollowerTable, PoolerTable
    from reconciler.core.desired_sources import FileInFleet, KeyPath
    from reconciler.core.durations import WeeklyTime
    from reconciler.core.names import AppName, AttachmentName, DatabaseName
    from reconciler.errors import Problem


def desired_state(
    files: Sequence[FileInFleet],
    *,
    heroku: HerokuSettings,
    catalogue: Catalogue,
    safety: Safety | None = None,
) -> DesiredState:
    """All databases of `files`, sorted by name.

    Raises:
        DesiredStateError: everything that is wrong with them, each with its place.
    """
    entries = [
        Entry(name, table, file)
        for file in files
        for name, table in file.written.value.database.items()
    ]
    checks = _Checks(catalogue)
    for entry in entries:
        checks.look_at(entry)
    checks.look_at_origins(entries)
    if checks.problems:
        raise DesiredStateError(tuple(dict.fromkeys(checks.problems)))
    entries.sort(key=lambda entry: entry.name)
    return DesiredState(
        databases=tuple(_database(entry, catalogue) for entry in entries),
        heroku=heroku,
        places=Places(entries),
        safety=safety or Safety(),
        fleet_size=len(entries),
        file_count=len({entry.file.written.file for entry in entries}),
    )


@dataclass(frozen=True, slots=True)
class _Claim:
    """Who wants a name, and where in the database's table that is written."""

    entry: Entry
    path: KeyPath

    @property
    def place(self) -> Place:
        return self.entry.place_of(self.path)


@dataclass(slots=True)
class _Checks:
    """What was found wrong so far, and what is already taken."""

    catalogue: Catalogue
    problems: list[Problem] = field(default_factory=list)
    plans: dict[str, ServicePlan | NotWanted] = field(default_factory=dict)
    """What was asked about already: looking for near names takes a millisecond."""
    names: dict[DatabaseName, Entry] = field(default_factory=dict)
    claims: dict[tuple[AppName, AttachmentName], _Claim] = field(default_factory=dict)

    def look_at(self, entry: Entry) -> None:
        """Add everything that is wrong with `entry`, alone or beside those before it."""
        self.look_at_name(entry)
        if not entry.app:
            message = "no app is named, neither here nor above for the whole file."
            self.problems.append(entry.problem((), message, 'Add app = "NAME".'))
        else:
            self.look_at_claims(entry)
        self.look_at_backups(entry)
        plan = self.look_at_plan(entry)
        self.look_at_version(entry)
        if plan is not None:
            self.look_at_tier(entry, plan)
        for number, follower in enumerate(entry.table.followers):
            self.look_at_follower(entry, number, follower.plan, leader=plan)

    def look_at_name(self, entry: Entry) -> None:
        first = self.names.setdefault(entry.name, entry)
        if first is not entry:
            message = f'the name "{entry.name}" is already taken at {first.place}.'
            hint = "Names are unique across all files; choose another."
            self.problems.append(entry.problem((), message, hint))

    def look_at_claims(self, entry: Entry) -> None:
        for app, name, path in _claims(entry):
            mine = _Claim(entry, path)
            taken = self.claims.setdefault((app, name), mine)
            if taken is mine:
                continue
            message = f'{app}::{name} is already listed, for "{taken.entry.name}" at {taken.place}.'
            hint = "An app can know only one database by a name."
            self.problems.append(entry.problem(path, message, hint))

    def look_at_origins(self, entries: Sequence[Entry]) -> None:
        """That nothing else is listed where a database is moved from."""
        for entry in entries:
            origin = _origin(entry)
            if origin is None or not entry.app:
                continue
            place = f"{origin.app}::{origin.attachment}"
            path = ("moved_from",)
            mine = _Claim(entry, path)
            taken = self.claims.setdefault((origin.app, origin.attachment), mine)
            if origin.app == entry.app:
                message = f"{place} is a name of the database's own app."
                hint = "Leave it out; a database moves from one app to another."
                self.problems.append(entry.problem((*path, "app"), message, hint))
            elif taken.entry.name != entry.name or _is_follower(entry, origin):
                message = f'{place} is already listed, for "{taken.entry.name}" at {taken.place}.'
                hint = "What a database is moved from can be no other's name."
                self.problems.append(entry.problem(path, message, hint))

    def look_at_backups(self, entry: Entry) -> None:
        names = [one.name for one in _backups(entry)]
        for number, name in enumerate(names):
            if name in names[:number]:
                message = f"a backup of {name.removesuffix('_URL')} is already listed above."
                hint = "Heroku keeps one a name: give this one another attachment."
                self.problems.append(entry.problem(("backup", number), message, hint))

    def look_at_plan(self, entry: Entry) -> ServicePlan | None:
        found = entry.find("plan")
        if found is None:
            message = 'the key "plan" is missing here.'
            hint = 'Add the plan wanted, such as plan = "standard-0".'
            self.problems.append(entry.problem(("plan",), message, hint))
            return None
        return self.wanted(found)

    def wanted(self, found: Found) -> ServicePlan | None:
        """The plan that is named there, or None and a problem."""
        name = found.value
        if name not in self.plans:
            self.plans[name] = wanted_plan(name, self.catalogue)
        plan = self.plans[name]
        if isinstance(plan, NotWanted):
            self.problems.append(found.written.problem(found.path, plan.message, plan.hint))
            return None
        return plan

    def look_at_version(self, entry: Entry) -> None:
        found = entry.find("version")
        known = self.catalogue.version(found.value) if found else None
        if found is None or (known is not None and known.status != "eol"):
            return
        message = f"there is no PostgreSQL {found.value} on Heroku."
        if known is not None:
            message = f"PostgreSQL {known.major} reached its end of life on {known.end_of_life}."
        supported = ", ".join(map(str, self.catalogue.supported_versions))
        self.problems.append(found.written.problem(found.path, message, f"Supported: {supported}."))

    def look_at_tier(self, entry: Entry, plan: ServicePlan) -> None:
        """What the plan's tier cannot do; a window that is a mere default is passed over."""
        tier = self.catalogue.tier(plan)
        if tier is None:
            return
        if tier.connection_pooling is False:
            for number, _ in enumerate(entry.table.poolers):
                message = f"{plan.name} has no connection pool."
                hint = "Leave the pooler out, or choose Standard or above."
                self.problems.append(entry.problem(("pooler", number), message, hint))
        if tier.maintenance_window is False and entry.table.maintenance_window is not None:
            message = f"{plan.name} is maintained without a window."
            hint = "Leave it out, or choose Standard or above."
            self.problems.append(entry.problem(("maintenance_window",), message, hint))
        if tier.pgbackups is False:
            for number, _ in enumerate(entry.table.backups):
                message = f"{plan.name} has no logical backups."
                hint = "Leave the backup out; Heroku's own continuous protection stays."
                self.problems.append(entry.problem(("backup", number), message, hint))

    def look_at_follower(
        self, entry: Entry, number: int, name: str, *, leader: ServicePlan | None
    ) -> None:
        path = ("follower", number, "plan")
        plan = self.wanted(Found(name, entry.file.written, (*entry.path, *path)))
        if plan is None or leader is None or self.catalogue.may_follow(plan, leader) is not False:
            return
        least = self.catalogue.least_follower_size(leader)
        message = f"{plan.name} is too small to follow {leader.name}."
        hint = f"The smallest that may is {plan.tier}-{least}."
        if leader.is_essential:
            message = f"{leader.name} cannot be followed."
            hint = "Leave the follower out, or choose Standard or above for the database."
        elif plan.is_essential:
            message = f"{plan.name} cannot follow another database."
            hint = "Choose Standard or above for the follower."
        self.problems.append(entry.problem(path, message, hint))


def _claims(entry: Entry) -> Iterator[tuple[AppName, AttachmentName, KeyPath]]:
    """Every (app, attachment) that the database wants, and the place of the wish."""
    table = entry.table
    yield entry.app, table.attachment, ("attachment",)
    for number, follower in enumerate(table.followers):
        path = ("follower", number, "attachment")
        yield follower.app or entry.app, follower.attachment, path
    for number, other in enumerate(table.attach):
        yield other.app or entry.app, other.name, ("attach", number, "as")
    for number, pooler in enumerate(table.poolers):
        yield pooler.app or entry.app, pooler.name, ("pooler", number, "as")


def _origin(entry: Entry) -> Origin | None:
    written = entry.table.moved_from
    if written is None:
        return None
    return Origin(app=written.app, attachment=written.attachment or entry.table.attachment)


def _is_follower(entry: Entry, origin: Origin) -> bool:
    """Whether the database lists a follower under the name that it is moved from."""
    names = ((one.app or entry.app, one.attachment) for one in entry.table.followers)
    return (origin.app, origin.attachment) in names


def _database(entry: Entry, catalogue: Catalogue) -> DesiredDatabase:
    """The database with everything filled in; it was found to be right."""
    app, table = entry.app, entry.table
    return DesiredDatabase(
        name=entry.name,
        app=app,
        attachment=table.attachment,
        moved_from=_origin(entry),
        service_plan=bare(entry.get("plan")),
        version=entry.get("version"),
        method=entry.get("method") or "auto",
        not_older_than=entry.get("not_older_than"),
        max_downtime=entry.get("max_downtime"),
        keep_old_primary=entry.get("keep_old_primary") or THREE_DAYS,
        cutover_window=entry.get("cutover_window"),
        maintenance_window=_window(entry, catalogue),
        scale_down=entry.get("scale_down") or (),
        before_writes_stop=entry.get("before_writes_stop") or (),
        after_writes_resume=entry.get("after_writes_resume") or (),
        hook_timeout=entry.get("hook_timeout") or HOOK_TIMEOUT,
        labels=entry.labels,
        followers=_followers(table.followers, app),
        attach=_attachments(table.attach, app),
        poolers=_attachments(table.poolers, app),
        backups=tuple(sorted(_backups(entry), key=lambda one: one.name)),
    )


def _backups(entry: Entry) -> list[DesiredBackup]:
    """As written. Source of the names: heroku/cli v11.9.0 src/commands/pg/backups/schedule.ts."""
    return [
        DesiredBackup(
            name=f"{one.attachment or entry.table.attachment}_URL",
            hour=one.hour,
            timezone=one.timezone,
        )
        for one in entry.table.backups
    ]


def _window(entry: Entry, catalogue: Catalogue) -> WeeklyTime | None:
    plan = catalogue.get(entry.get("plan"))
    tier = catalogue.tier(plan) if plan else None
    has_window = tier is not None and tier.maintenance_window is not False
    return entry.get("maintenance_window") if has_window else None


def _attachments(
    tables: Iterable[AttachTable | PoolerTable], app: AppName
) -> tuple[DesiredAttachment, ...]:
    ones = (DesiredAttachment(app=one.app or app, name=one.name) for one in tables)
    return tuple(sorted(ones, key=lambda one: (one.app, one.name)))


def _followers(tables: Iterable[FollowerTable], app: AppName) -> tuple[DesiredFollower, ...]:
    ones = (
        DesiredFollower(app=one.app or app, attachment=one.attachment, service_plan=bare(one.plan))
        for one in tables
    )
    return tuple(sorted(ones, key=lambda one: (one.app, one.attachment)))
