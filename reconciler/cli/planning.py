"""The way from the desired state to a plan, over the network; shared by `plan` and `apply`."""

from __future__ import annotations

import asyncio
import difflib
import fnmatch
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.cli.connecting import client_of
from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from reconciler.cli.connecting import Connection
    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredState
    from reconciler.core.names import AddonName, DatabaseName
    from reconciler.core.observed import Snapshot
    from reconciler.core.plan import Plan


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
    from reconciler.core.planner import needs_closer_look, plan

    seen = _look(desired, catalogue, connection, closer=needs_closer_look)
    return plan(desired, seen.snapshot, seen.catalogue, endpoint=connection.label, notes=seen.notes)


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
    desired: DesiredState,
    catalogue: Catalogue,
    connection: Connection,
    *,
    closer: Callable[[DesiredState, Snapshot, Catalogue], tuple[AddonName, ...]],
) -> Seen:
    """The live account as far as `desired` speaks of it, more closely at the add-ons that `closer` names."""
    from reconciler.adapters.heroku.closer import look_closer
    from reconciler.adapters.heroku.observe import observe
    from reconciler.adapters.heroku.plan_list import live_catalogue
    from reconciler.adapters.heroku.together import both
    from reconciler.core.planner import apps_by_primary

    async def look() -> Seen:
        async with client_of(connection, desired.heroku) as client:
            snapshot, (live, notes) = await both(
                observe(
                    client,
                    names=desired.names(),
                    apps=desired.apps(),
                    backed_up=desired.backed_up(),
                ),
                live_catalogue(client, catalogue),
            )
            addons = closer(desired, snapshot, live)
            more = apps_by_primary(desired, snapshot)
            nearer = await look_closer(client, snapshot, addons, more_apps=more)
            return Seen(nearer, live, notes)

    return asyncio.run(look())


def make_retire_plan(desired: DesiredState, catalogue: Catalogue, connection: Connection) -> Plan:
    """As `make_plan`, but only for the destruction of what was replaced and kept long enough by Heroku's clock.

    Raises:
        HerokuError: something that the proof needs could not be read.
    """
    from reconciler.core.planner.retire import due, retire_plan
    from reconciler.core.safety import guarded

    plan = make_plan(desired, catalogue, connection)

    async def look() -> Plan:
        from reconciler.adapters.heroku.reads import AccountReads

        async with client_of(connection, desired.heroku) as client:
            reads = AccountReads(client)
            retired = due(plan, await reads.time())
            seen = {one.addon: await reads.addon(one.addon) for one in retired}
            attached = {name: await reads.attachments_of(name) for name, one in seen.items() if one}
            found = {
                name: replace(one, attachments=attached[name])
                for name, one in seen.items()
                if one is not None
            }
            return guarded(retire_plan(plan, retired, found), desired)

    return asyncio.run(look())
