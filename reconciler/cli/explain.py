"""Explain one database: every method side by side, with its rules, downtime, cost and what is left to do by hand.

Also what would flip the choice. `--what-if` supposes that something were otherwise: size=8GB, plan=premium-3,
version=18, method=pg-copy, max_downtime=5m; it may be repeated. Reads only; writes no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.cli.nearest import which
from reconciler.cli.options import configure_desired
from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse

    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredState
    from reconciler.core.explain import WhatIf
    from reconciler.core.names import DatabaseName


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("name", metavar="NAME", help="the logical name of a listed database")
    configure_desired(
        parser, "files or folders of the desired state (default: desired); may be repeated"
    )
    parser.add_argument(
        "--what-if",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="suppose another size, plan, version, method or max_downtime; may be repeated",
    )
    parser.add_argument(
        "--format", choices=["text", "json"], default="text", help="what to print (default: text)"
    )


def run(arguments: argparse.Namespace) -> int:
    """Look and explain; 1 when the database could not be read."""
    from reconciler.catalogue import load_catalogue
    from reconciler.cli import DONE, FAILED
    from reconciler.cli.connecting import connected
    from reconciler.cli.planning import look_at_one, read_scope
    from reconciler.cli.runs import warn_of_cut_off
    from reconciler.cli.terminal import is_ascii, show, width
    from reconciler.core.explain import explain
    from reconciler.render.explain import explain_document, explain_text

    catalogue = load_catalogue()
    what_if = _what_if(arguments.what_if, catalogue)
    listed = read_scope(arguments.desired or ["desired"], [], catalogue)
    name = _listed(arguments.name, listed)
    with connected(listed.heroku) as connection:
        warn_of_cut_off(connection.label, listed.state_url)
        seen = look_at_one(listed, name, catalogue, connection)
    found = explain(
        listed,
        name,
        seen.snapshot,
        seen.catalogue,
        endpoint=connection.label,
        what_if=what_if,
        notes=seen.notes,
    )
    if arguments.format == "json":
        print(explain_document(found), end="")
    else:
        show(explain_text(found, width=width(), is_ascii=is_ascii()))
    return FAILED if found.standing == "not read" else DONE


def _what_if(texts: list[str], catalogue: Catalogue) -> WhatIf:
    from reconciler.core.explain import parse_what_if

    try:
        return parse_what_if(texts, catalogue)
    except ValueError as error:
        raise UsageError(f"--what-if: {error}", hint="See: reconcile explain --help") from error


def _listed(text: str, desired: DesiredState) -> DatabaseName:
    names = [one.name for one in desired.databases]
    found = next((one for one in names if one == text), None)
    if found is None:
        raise UsageError(
            f"No database is listed as {text}.", hint=which(text, names, otherwise="Listed")
        )
    return found
