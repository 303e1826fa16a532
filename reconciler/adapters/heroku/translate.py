"""From the wire's words to ours. Pure; what Heroku did not say stays None."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.adapters.heroku import rows
from reconciler.core.catalogue import LivePlan
from reconciler.core.names import AddonName, AppName, AttachmentName, ProcessType, ServicePlanName
from reconciler.core.observed import (
    ObservedApp,
    ObservedAttachment,
    ObservedDatabase,
    ObservedMaintenance,
    ObservedSchedule,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reconciler.adapters.heroku.wire import (
        AddonRow,
        AppRow,
        AttachmentRow,
        DatabaseInfo,
        PlanRow,
        Price,
        ScheduleRow,
    )
    from reconciler.adapters.heroku.wire_closer import (
        FormationRow,
        MaintenanceRow,
    )
    from reconciler.core.observed import SpaceKind

SERVICE = "heroku-postgresql"
NO_MAINTENANCE = "not required"


def is_postgres(plan: str) -> bool:
    """Whether a full plan name such as `heroku-postgresql:standard-0` is one of Heroku Postgres."""
    return plan.partition(":")[0] == SERVICE


def service_plan(name: str) -> ServicePlanName:
    """The plan without its service: `standard-0`."""
    return ServicePlanName(name.removeprefix(f"{SERVICE}:"))


def attachment_of(row: AttachmentRow) -> ObservedAttachment:
    """One name of an add-on."""
    return ObservedAttachment(
        app=AppName(row.app.name),
        name=AttachmentName(row.name),
        addon=AddonName(row.addon.name),
        namespace=row.namespace,
        id=row.id,
        created_at=row.created_at,
    )


def attachments_of(found: Iterable[AttachmentRow]) -> tuple[ObservedAttachment, ...]:
    """Those names, sorted by app and name."""
    return tuple(sorted(map(attachment_of, found), key=lambda one: (one.app, one.name)))


def database_of(
    row: AddonRow, info: DatabaseInfo | None, names: tuple[ObservedAttachment, ...] = ()
) -> ObservedDatabase:
    """One database; `info` is None while the Data API does not know it."""
    asked_for = ObservedDatabase(
        addon=AddonName(row.name),
        addon_id=row.id,
        app=AppName(row.app.name),
        state=row.state,
        service_plan=service_plan(row.plan),
        created_on=row.created_at.date() if row.created_at else None,
        attachments=names,
        price_cents_month=monthly(row.billed_price),
    )
    return asked_for if info is None else serving(asked_for, info)


def serving(asked_for: ObservedDatabase, info: DatabaseInfo) -> ObservedDatabase:
    """The same database with what the Data API tells about it."""
    following = info.is_following
    return replace(
        asked_for,
        created_on=rows.day(info.created_at) or asked_for.created_on,
        serving_plan=service_plan(info.plan) if info.plan else None,
        version=rows.major_version(info.postgres_version or info.text("PG Version")),
        data_size_bytes=known(info.num_bytes, rows.size_bytes(info.text("Data Size"))),
        table_count=known(info.num_tables, rows.table_count(info.text("Tables"))),
        connection_count=known(
            info.num_connections, rows.connection_count(info.text("Connections"))
        ),
        connection_limit=rows.connection_limit(info.text("Connections")),
        credential_count=known(info.credentials, rows.table_count(info.text("Credentials"))),
        is_waiting=info.is_waiting,
        status=info.text("Status"),
        leader=AddonName(info.leader.name) if info.leader and info.leader.name else None,
        is_following=following,
        lag_commits=rows.commits_behind(info.text("Behind By")) if following else None,
        has_customer_key=bool(info.text("Customer Encryption Key").strip()),
        fork_follow=info.text("Fork/Follow"),
        follower_count=length(info.row("Followers")),
        maintenance=announced(info),
    )


def known(number: int | None, otherwise: int | None) -> int | None:
    """The number, or else what a row for people says."""
    return number if number is not None else otherwise


def length(values: tuple[str, ...] | None) -> int | None:
    """How many; None for a row that is not there."""
    return None if values is None else len(values)


def live_plan(row: PlanRow) -> LivePlan:
    """What Heroku's list says of a plan."""
    return LivePlan(
        name=service_plan(row.name),
        price_cents_month=monthly(row.price),
        is_negotiated=row.price is not None and row.price.contract,
        state=row.state,
    )


def monthly(price: Price | None) -> int | None:
    """US cents a month; None for a price in another unit or one that is not told."""
    if price is None or price.unit != "month" or (price.contract and not price.cents):
        return None
    return price.cents


def announced(info: DatabaseInfo) -> ObservedMaintenance | None:
    """The maintenance as far as info rows tell: the status is `none`, or their sentence about it."""
    text, window = info.text("Maintenance"), info.text("Maintenance window")
    if not text and not window:
        return None
    return ObservedMaintenance(status="none" if text == NO_MAINTENANCE else text, window=window)


def maintenance_of(row: MaintenanceRow) -> ObservedMaintenance:
    """The maintenance by its own endpoint."""
    return ObservedMaintenance(row.status, row.scheduled_for, row.window)


def schedules_of(found: Iterable[ScheduleRow]) -> tuple[ObservedSchedule, ...]:
    """Those daily backups, sorted by name."""
    schedules = (ObservedSchedule(one.name, one.hour, one.timezone) for one in found)
    return tuple(sorted(schedules, key=lambda one: one.name))


def app_of(row: AppRow, formation: Sequence[FormationRow]) -> ObservedApp:
    """One app, seen closely."""
    return ObservedApp(
        name=AppName(row.name),
        space=space_kind(row),
        region=row.region.name if row.region else "",
        in_maintenance=row.maintenance,
        formation=tuple(sorted((ProcessType(one.type), one.quantity) for one in formation)),
        changed_at=tuple(sorted((ProcessType(one.type), one.updated_at) for one in formation)),
        is_seen_closely=True,
    )


def space_kind(row: AppRow) -> SpaceKind:
    """Where the app runs."""
    if row.space is None:
        return "common"
    return "shield" if row.space.shield else "private"
