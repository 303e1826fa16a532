"""Everything around the listed databases: what a change touches, what is not listed, what was replaced before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from reconciler.core.diff import primary_names, primary_of
from reconciler.core.names import DatabaseName
from reconciler.core.naming import attachment_stem, is_mark, is_replaced_alias, replaced_stem
from reconciler.core.plan import BlastRadius, Replaced, Unlisted
from reconciler.core.rules.rule import COPYING
from reconciler.core.steps import Attach, AwaitFollower, ChangeServicePlan, Provision, ScaleDown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.names import AddonName, AppName
    from reconciler.core.observed import ObservedAttachment, ObservedDatabase, Snapshot
    from reconciler.core.plan import DatabasePlan, Stage
    from reconciler.core.rules import Situation

HEROKUS_OWN = "HEROKU_POSTGRESQL_"
"""Heroku gives every add-on such a name on its owner; nobody need list it."""


def blast_radius(situation: Situation, stages: Sequence[Stage]) -> BlastRadius:
    """All that the stages touch."""
    steps = [step for each in stages for step in each.steps]
    attached = _touched_attachments(situation)
    restarts = {step.app for step in steps if isinstance(step, Attach | Provision | ScaleDown)}
    if any(isinstance(step, ChangeServicePlan) for step in steps):
        restarts |= {one.app for one in attached}
    names = {f"{one.app}::{one.name}" for one in attached}
    names |= {f"{step.app}::{step.name}" for step in steps if isinstance(step, Attach)}
    apps = restarts | {one.app for one in attached} | {situation.observed.app, situation.owner}
    return BlastRadius(
        apps=tuple(sorted(apps)),
        restarts=tuple(sorted(restarts)),
        attachments=tuple(sorted(names)),
        followers=situation.observed.followers
        if situation.way != "around"
        else _replaced_followers(situation),
        release_phases=tuple(one for one in sorted(restarts) if _has_release_phase(situation, one)),
    )


def unlisted(
    desired: DesiredDatabase, primary: ObservedDatabase, snapshot: Snapshot, *, used: set[AddonName]
) -> Iterator[Unlisted]:
    """Names and followers of the primary that the desired state does not mention, and names of its listed followers.

    Each kind is sorted; followers in `used` are left out.
    """
    listed = {(app, name) for app, name, _ in primary_names(desired)}
    if desired.moved_from is not None:
        listed.add((desired.moved_from.app, desired.moved_from.attachment))
    for one in sorted(primary.attachments):
        if (one.app, one.name) not in listed and not _is_heroku_given(one, primary):
            yield Unlisted(name=desired.name, what=f"attachment {one.app}::{one.name}")
    yield from _unlisted_schedules(desired, primary)
    wanted = {
        attachment.addon
        for one in desired.followers
        if (attachment := snapshot.attached_as(one.app, one.attachment)) is not None
    }
    for follower in sorted(primary.followers):
        if follower not in wanted | used:
            yield Unlisted(name=desired.name, what=f"follower {follower}")
    for follower in sorted(wanted - used):
        yield from _further_names(desired, primary, follower, snapshot)
    unnamed = (primary.follower_count or 0) - max(len(primary.followers), len(wanted))
    if unnamed > 0:
        yield Unlisted(name=desired.name, what=f"{unnamed} more of its followers")


def _further_names(
    desired: DesiredDatabase, primary: ObservedDatabase, follower: AddonName, snapshot: Snapshot
) -> Iterator[Unlisted]:
    """Names of a listed add-on that follows, beside the one by which it is listed."""
    live = snapshot.database(follower)
    listed = {(one.app, one.attachment) for one in desired.followers}
    if live is None or live.leader != primary.addon:
        return
    for one in sorted(live.attachments):
        if (one.app, one.name) not in listed and not _is_heroku_given(one, live):
            what = f"attachment {one.app}::{one.name} of follower {follower}"
            yield Unlisted(name=desired.name, what=what)


def _unlisted_schedules(desired: DesiredDatabase, primary: ObservedDatabase) -> Iterator[Unlisted]:
    """Backup schedules beside the listed ones; where none is listed, whatever there is is nobody's wish."""
    listed = {one.name for one in desired.backups}
    for one in primary.schedules or () if listed else ():
        if one.name not in listed:
            yield Unlisted(name=desired.name, what=f"backup schedule {one.name}, {one}")


def used_followers(database: DatabasePlan) -> frozenset[AddonName]:
    """The followers that `database`'s plan makes, makes the primary, or replaces under all their names."""
    steps = [step for stage in database.stages for step in stage.steps]
    made = {step.follower for step in steps if isinstance(step, AwaitFollower)}
    moved = {step.replaces for step in steps if isinstance(step, Attach) and step.replaces}
    return frozenset(made | moved)


def replaced(
    desired: DesiredDatabase, primary: ObservedDatabase, marks: Sequence[ObservedAttachment]
) -> Iterator[Replaced]:
    """What earlier plans replaced for this database: found by our aliases among `marks`."""
    stems = _stems(desired, primary.app)
    keep = desired.keep_old_primary
    for one in marks:
        is_ours = any(
            one.app == app and is_replaced_alias(one.name, stem=stem) for app, stem in stems
        )
        if is_ours and one.addon != primary.addon:
            yield Replaced(
                name=desired.name,
                app=one.app,
                addon=one.addon,
                alias=one.name,
                since=_iso(one.created_at),
                keep=str(keep),
                until=_until(one.created_at, keep.seconds),
            )


def forgotten(desired: DesiredState, snapshot: Snapshot) -> Iterator[Unlisted]:
    """What earlier plans replaced for databases that are not listed any more, or not by that name; sorted.

    Where only some of the listed databases are asked about it may be the others', and nothing is said.
    """
    marks = [one for one in sorted(snapshot.attachments) if replaced_stem(one.name)]
    if not marks or len(desired.databases) < desired.fleet_size:
        return
    used, known, unread = set(), set(), set()
    for one in desired.databases:
        primary = primary_of(one, snapshot)
        if primary is None:
            unread |= {stem for _, stem in _stems(one, one.app)}
        else:
            used.add(primary.addon)
            known |= _stems(one, primary.app)
    for mark in marks:
        stem = replaced_stem(mark.name)
        if (mark.app, stem) not in known and stem not in unread and mark.addon not in used:
            yield Unlisted(name=DatabaseName(mark.addon), what=_forgotten_text(mark))


def _forgotten_text(mark: ObservedAttachment) -> str:
    return (
        f"replaced earlier, as {mark.app}::{mark.name} tells, for a database that is not listed by that name; "
        "nothing retires it: destroy it by hand, or give the database its old name again"
    )


def _stems(desired: DesiredDatabase, owner: AppName) -> set[tuple[AppName, str]]:
    """Where, and how, the aliases begin that mark what was replaced for the database."""
    stem = attachment_stem(desired.name)
    origin = {(desired.moved_from.app, stem)} if desired.moved_from is not None else set()
    followers = {(one.app, attachment_stem(one.attachment)) for one in desired.followers}
    return {(owner, stem)} | origin | followers


def _touched_attachments(situation: Situation) -> list[ObservedAttachment]:
    """Names of the primary, where it changes, and of the followers that lose theirs."""
    found: list[ObservedAttachment] = []
    if situation.way != "around":
        found += (one for one in situation.observed.attachments if not is_mark(one.name))
    for follower in _replaced_followers(situation):
        live = situation.snapshot.database(follower)
        found += (one for one in live.attachments if not is_mark(one.name)) if live else ()
    return found


def _replaced_followers(situation: Situation) -> tuple[AddonName, ...]:
    if situation.way in COPYING:
        return situation.observed.followers
    gone = {one.instead_of for one in situation.missing_followers if one.instead_of}
    return tuple(one for one in situation.observed.followers if one in gone)


def _has_release_phase(situation: Situation, name: AppName) -> bool:
    app = situation.snapshot.app(name)
    return app is not None and app.has_release_phase


def _is_heroku_given(one: ObservedAttachment, database: ObservedDatabase) -> bool:
    is_own = one.app == database.app and one.name.startswith(HEROKUS_OWN)
    return is_own or is_mark(one.name)


def _iso(moment: dt.datetime | None) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def _until(since: dt.datetime | None, keep_s: int | None) -> str:
    if since is None or keep_s is None:
        return ""
    return _iso(since + dt.timedelta(seconds=keep_s))
