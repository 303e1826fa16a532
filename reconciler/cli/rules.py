"""List the rules that decide, prefer, warn or ask for work, or show one of them with its source."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from reconciler.errors import UsageError

if TYPE_CHECKING:
    import argparse


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("id", nargs="?", metavar="ID", help="show this rule, such as R021")
    parser.add_argument(
        "--page", action="store_true", help="print the documentation page of all rules, Markdown"
    )


def run(arguments: argparse.Namespace) -> int:
    """Print what was asked for."""
    from reconciler.cli import DONE
    from reconciler.cli.terminal import width
    from reconciler.core.rules import RULES
    from reconciler.render.rules import rule_text, rules_page, rules_text

    if arguments.page:
        print(rules_page(RULES), end="")
        return DONE
    if arguments.id is None:
        print(rules_text(RULES, width=width()), end="")
        return DONE
    rule = next((one for one in RULES if one.id == arguments.id.upper()), None)
    if rule is None:
        near = difflib.get_close_matches(arguments.id.upper(), [one.id for one in RULES], n=1)
        raise UsageError(
            f"There is no rule {arguments.id}.",
            hint=f"Did you mean {near[0]}?" if near else "See: reconcile rules",
        )
    print(rule_text(rule, width=width()), end="")
    return DONE
