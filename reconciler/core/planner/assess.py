"""Where a listed database stands, before any method is chosen: unreadable, on its way, as wanted, or to change."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from reconciler.core.desired import names_of
from reconciler.core.diff import diff, observed_window, primary_of
from reconciler.core.moments import with_moments
from reconciler.core.naming import attachment_stem, is_mark, is_replaced_alias
from reconciler.core.plan import Converging, Unknown
from reconciler.core.rules import Situation
from reconciler.core.two_jobs import first_job

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.names import AddonName, AppName, AttachmentName, DatabaseName
    from reconciler.core.observed import ObservedDatabase, Snapshot


@dataclass(frozen=True, slots=True)
class Unchanged:
    """It is as wanted."""

    primary: ObservedDatabase


@dataclass(frozen=True, slots=True)
class OnItsWay:
    """A change under way leads to what is wanted."""

    primary: ObservedDatabase
    converging: Converging


Standing = Unknown | OnItsWay | Unchanged | Situation


class Assessor:
    """Says of each listed database where it stands; made once for a snapshot, since fleets are large."""

    def __init__(self, desired: DesiredState, snapshot: Snapshot, catalogue: Catalogue) -> None:
        self._names_of: dict[AddonName, list[DatabaseName]] = {}
        for one in desired.databases:
            primary = primary_of(one, snapshot)
            if primary is not None:
                self._names_of.setdefault(primary.addon, []).append(one.name)
        self.snapshot = snapshot
        self.catalogue = catalogue
        self._missing_apps = frozenset(snapshot.missing_apps)
        self._unread = {(one.app, one.attachment): one.reason for one in snapshot.unread}

    def assess(self, desired: DesiredDatabase) -> Standing:
        """Where `desired` stands."""
        primary = primary_of(desired, self.snapshot)
        reason = self._why_unknown(desired, primary)
        if reason or primary is None:
            return Unknown(
                name=desired.name, app=desired.app, attachment=desired.attachment, reason=reason
            )
        if primary.is_converging and primary.service_plan == desired.service_plan:
            return OnItsWay(primary, _converging(desired, primary))
        changes = diff(desired, self.snapshot)
        if not changes:
            return Unchanged(primary)
        return first_job(
            Situation(
                desired=desired,
                observed=primary,
                changes=changes,
                snapshot=self.snapshot,
                catalogue=self.catalogue,
            )
        )

    def _why_unknown(self, desired: DesiredDatabase, primary: ObservedDatabase | None) -> str:
        """Why nothing can be planned; empty when something can."""
        places = names_of(desired)
        if primary is None and desired.moved_from is not None:
            places = (*places, (desired.moved_from.app, desired.moved_from.attachment))
        for app, name in places:
            if app in self._missing_apps:
                return f"the app {app} does not exist, or is not visible with this token"
            if (app, name) in self._unread:
                return f"{app}::{name} could not be read: {self._unread[app, name]}"
        if primary is None:
            origin = desired.moved_from
            own = self.snapshot.attached_as(desired.app, desired.attachment)
            if origin is not None and own is None:
                return self._why_no_primary(origin.app, origin.attachment)
            return self._why_no_primary(desired.app, desired.attachment)
        names = self._names_of[primary.addon]
        if len(names) > 1:
            listed = " and ".join(names)
            return f"{listed} are the same database, {primary.addon}; list it once"
        return (
            self._why_origin_unclear(desired, primary)
            or _why_unclear(desired, primary)
            or self._why_followers_unclear(desired, primary)
        )

    def _why_origin_unclear(self, desired: DesiredDatabase, primary: ObservedDatabase) -> str:
        """Why it cannot be said whether a database that is moved has arrived; empty when it can."""
        origin = desired.moved_from
        left = self.snapshot.attached_as(origin.app, origin.attachment) if origin else None
        if origin is None or left is None:
            return ""
        place, own = f"{origin.app}::{origin.attachment}", f"{desired.app}::{desired.attachment}"
        if left.addon == primary.addon:
            if primary.app in {origin.app, desired.app}:
                return ""
            return f"{place} leads to {primary.addon}, which belongs to {primary.app}: move it from there"
        stem = attachment_stem(desired.name)
        marks = (one for one in self.snapshot.attachments if one.addon == left.addon)
        if any(is_replaced_alias(one.name, stem=stem) for one in marks):
            return ""
        return (
            f"{own} leads to {primary.addon} and {place} to {left.addon}: "
            "detach the one that it is not, or take moved_from away"
        )

    def _why_no_primary(self, app: AppName, name: AttachmentName) -> str:
        attachment = self.snapshot.attached_as(app, name)
        if attachment is not None:
            return f"{app}::{name} leads to {attachment.addon}, which could not be read"
        known = [
            one.name
            for one in self.snapshot.attachments
            if one.app == app and not is_mark(one.name)
        ]
        near = get_close_matches(name, known, n=1)
        if near:
            return f"{app} knows no database as {name}; did you mean {near[0]}?"
        has = f"; it knows {', '.join(known)}" if known else ""
        return f"{app} knows no database as {name}{has}"

    def _why_followers_unclear(self, desired: DesiredDatabase, primary: ObservedDatabase) -> str:
        for one in desired.followers:
            attachment = self.snapshot.attached_as(one.app, one.attachment)
            if attachment is None:
                continue
            live = self.snapshot.database(attachment.addon)
            if live is None:
                return f"{one.app}::{one.attachment} leads to {attachment.addon}, which could not be read"
            if live.is_following and live.leader is None and live.addon not in primary.followers:
                return f"whom {live.addon} follows could not be read"
        return ""


def _why_unclear(desired: DesiredDatabase, primary: ObservedDatabase) -> str:
    if primary.state != "provisioned":
        return f"{primary.addon} is {primary.state}; plan again when it is there"
    if primary.serving_plan is None:
        return f"which plan serves {primary.addon} could not be read"
    if desired.version is not None and primary.version is None:
        return f"the PostgreSQL version of {primary.addon} could not be read, and one is wanted"
    if desired.backups and primary.schedules is None:
        return f"the backup schedules of {primary.addon} could not be read, and some are wanted"
    if desired.not_older_than is not None and primary.created_on is None:
        return f"the age of {primary.addon} could not be read, and not_older_than asks for it"
    return ""


def _converging(desired: DesiredDatabase, primary: ObservedDatabase) -> Converging:
    return Converging(
        name=desired.name,
        addon=primary.addon,
        serving_plan=primary.serving_plan or primary.service_plan,
        service_plan=primary.service_plan,
        note=with_moments(_progress(primary)),
    )


def _progress(primary: ObservedDatabase) -> str:
    maintenance = primary.maintenance
    if maintenance is None or maintenance.status in ("", "none"):
        return primary.status or "under way"
    note = f"maintenance {maintenance.status}"
    if maintenance.scheduled_for:
        return f"{note}, scheduled for {maintenance.scheduled_for}"
    window = observed_window(primary)
    return f"{note}, window {window} UTC" if window else note
