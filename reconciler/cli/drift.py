"""Look whether the live databases are as desired/ says. Only reads; writes no file.

Told apart: what has drifted, what is converging (Heroku has accepted a change that does not serve yet), what could
not be read, and what exists without being listed. `reconcile plan` says how drift would be mended.

Exit code 0 when all is as wanted or on its way, 2 when something has drifted, 1 when something could not be read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from reconciler.cli.planning import configure_scope
from reconciler.cli.terminal import configure_quiet

if TYPE_CHECKING:
    import argparse

    from reconciler.cli.connecting import Connection
    from reconciler.core.desired import DesiredState
    from reconciler.core.observed import Snapshot


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "paths",
        nargs="*",
        default=["desired"],
        metavar="PATH",
        help="files or folders of the desired state (default: desired)",
    )
    configure_scope(parser)
    parser.add_argument(
        "--format",
        choices=["text", "json", "markdown"],
        default="text",
        help="what to print (default: text)",
    )
    configure_quiet(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look, compare, print."""
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import CHANGES, DONE, FAILED
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import read_scope
    from reconciler.cli.runs import warn_of_cut_off
    from reconciler.cli.terminal import is_ascii, show, width
    from reconciler.core.drift import drift
    from reconciler.render.drift import drift_document, drift_text
    from reconciler.render.markdown.drift import drift_markdown

    catalogue = load_catalogue()
    desired = read_scope(arguments.paths, arguments.only, catalogue)
    with connected(desired.heroku) as connection:
        warn_of_cut_off(connection.label, desired.state_url)
        snapshot = asyncio.run(look(desired, connection))
    found = drift(desired, snapshot, catalogue, endpoint=connection.label)
    if arguments.format == "json":
        print(drift_document(found), end="")
    elif arguments.format == "markdown":
        print(drift_markdown(found), end="")
    else:
        ascii_only, is_quiet = is_ascii(), arguments.quiet
        show(drift_text(found, width=width(), is_ascii=ascii_only, is_quiet=is_quiet))
    if found.unknown:
        return FAILED
    return CHANGES if found.drifted else DONE


async def look(desired: DesiredState, connection: Connection) -> Snapshot:
    """One look at what is listed; one request a database."""
    from reconciler.adapters.heroku.observe import observe
    from reconciler.cli.connecting import client_of

    async with client_of(connection, desired.heroku) as client:
        return await observe(
            client,
            names=desired.looked_at(),
            apps=desired.apps(),
            backed_up=desired.backed_up(),
        )
