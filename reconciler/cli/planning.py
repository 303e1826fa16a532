"""The way from the desired state to a plan, over the network; shared by `plan` and `apply`."""

from __future__ import annotations

import asyncio
import difflib
import fnmatch
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.connecting import client_of
from reconciler.errors import HerokuError, UsageError

if TYPE_CHECKING:
    import argparse
    import datetime as dt
    from collections.abc import Callable

    from reconciler.adapters.heroku.client import HerokuClient
    from reconciler.cli.connecting import Connection
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredState
    from reconciler.core.names import AddonName, DatabaseName
    from reconciler.core.observed import Snapshot
    from reconciler.core.plan import Plan

    Closer = Callable[[DesiredState, Snapshot, Catalogue], tuple[AddonName, ...]]


def configure_scope(parser: argparse.ArgumentParser) -> None:
    """The options that say which databases a command is about."""
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="GLOB",
        help="only databases whose logical name fits, such as 'orders' or 'eu-*'; may be repeated",
    )


def read_scope(paths: list[str], only: list[str], catalogue: Catalogue) -> DesiredState:
    """The desired state under `paths`, cut down to `only`.

    Raises:
        DesiredStateError: the files are wrong.
        UsageError: no database has a name that fits.
    """
    from reconciler.adapters.toml_files import read_desired  # keeps --help fast

    desired = read_desired([Path(path) for path in paths], catalogue=catalogue)
    if not only:
        return desired
    names = [str(one.name) for one in desired.databases]
    chosen = {name for glob in only for name in fnmatch.filter(names, glob)}
    if not chosen:
        near = [close for glob in only for close in difflib.get_close_matches(glob, names)]
        raise UsageError(
            f"No database fits --only {' '.join(only)}.",
            hint=f"Did you mean {near[0]}?" if near else f"There are {len(names)} databases.",
        )
    return replace(desired, databases=tuple(one for one in desired.databases if one.name in chosen))


def make_plan(desired: DesiredState, catalogue: Catalogue, connection: Connection) -> Plan:
    """Look at the live account, more closely at what differs, and plan.

    Raises:
        HerokuError: the lists that planning starts from could not be read.
    """
    return make_plans(desired, catalogue, connection).plan


@dataclass(frozen=True, slots=True)
class Planned:
    """What one look gives."""

    plan: Plan
    retire: Plan | None
    """Only the destruction of what was replaced and kept long enough; None when `trouble` kept from planning it."""
    trouble: HerokuError | None
    looked_at: dt.datetime | None
    """When the look began, by Heroku's clock; None when it does not tell."""


def make_plans(desired: DesiredState, catalogue: Catalogue, connection: Connection) -> Planned:
    """As `make_plan`, and by the same look what is to be destroyed, which is always a plan of its own.

    Raises:
        HerokuError: the lists that planning starts from could not be read.
    """

    async def planned() -> Planned:
        async with client_of(connection, desired.heroku) as client:
            seen = await _seen(client, desired, catalogue, closer=_differing)

            from reconciler.core.planner import plan

            made = plan(
                desired, seen.snapshot, seen.catalogue, endpoint=connection.label, notes=seen.notes
            )
            retire, trouble = None, None
            try:
                retire = await _retire_plan(client, made, desired)
            except HerokuError as error:
                trouble = error
            return Planned(made, retire, trouble, client.heard_at())

    return asyncio.run(planned())


def _differing(
    desired: DesiredState, snapshot: Snapshot, catalogue: Catalogue
) -> tuple[AddonName, ...]:
    """The databases that are not as wanted."""
    from reconciler.core.planner import needs_closer_look

    return needs_closer_look(desired, snapshot, catalogue)


async def _retire_plan(client: HerokuClient, plan: Plan, desired: DesiredState) -> Plan:
    """Of what `plan` found, the destruction of what was kept long enough by Heroku's clock.

    Raises:
        HerokuError: something that the proof needs could not be read.
    """
    from reconciler.adapters.heroku.replaced import look_at_replaced
    from reconciler.core.planner.retire import due, retire_plan
    from reconciler.core.safety import guarded

    now = client.heard_at() or await client.time()
    retired = due(plan, now)
    return guarded(retire_plan(plan, retired, await look_at_replaced(client, retired)), desired)


def look_at_one(
    desired: DesiredState, name: DatabaseName, catalogue: Catalogue, connection: Connection
) -> Seen:
    """Look closely at one database, whether it is to change or not.

    Raises:
        HerokuError: the lists that planning starts from could not be read.
    """
    from reconciler.core.diff import primary_of

    (one,) = (each for each in desired.databases if each.name == name)

    def itself(_: DesiredState, snapshot: Snapshot, __: Catalogue) -> tuple[AddonName, ...]:
        primary = primary_of(one, snapshot)
        return () if primary is None else (primary.addon,)

    return _look(replace(desired, databases=(one,)), catalogue, connection, closer=itself)


@dataclass(frozen=True, slots=True)
class Seen:
    """What planning starts from."""

    snapshot: Snapshot
    catalogue: Catalogue
    """With Heroku's own list laid over it."""
    notes: tuple[str, ...]


def _look(
    desired: DesiredState, catalogue: Catalogue, connection: Connection, *, closer: Closer
) -> Seen:
    """As `_seen`, over a connection of its own."""

    async def look() -> Seen:
        async with client_of(connection, desired.heroku) as client:
            return await _seen(client, desired, catalogue, closer=closer)

    return asyncio.run(look())


async def _seen(
    client: HerokuClient, desired: DesiredState, catalogue: Catalogue, *, closer: Closer
) -> Seen:
    """The live account as far as `desired` speaks of it, more closely at the add-ons that `closer` names."""
    from reconciler.adapters.heroku.observe import observe
    from reconciler.adapters.heroku.plan_list import live_catalogue
    from reconciler.apply.together import both

    snapshot, (live, notes) = await both(
        observe(
            client,
            names=desired.looked_at(),
            apps=desired.apps(),
            backed_up=desired.backed_up(),
        ),
        live_catalogue(client, catalogue),
    )

    from reconciler.adapters.heroku.closer import look_closer
    from reconciler.core.planner import apps_by_primary

    addons = closer(desired, snapshot, live)
    more = apps_by_primary(desired, snapshot)
    nearer = await look_closer(client, snapshot, addons, more_apps=more)
    return Seen(nearer, live, notes)
