"""Whether a name is a service plan that can be wanted, and if not, why and what would be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core.catalogue import SERVICE, bare

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue, ServicePlan

_SHORT_FORM = "hpg:"
_SHORT_TIERS = {"s": "standard-", "p": "premium-"}
_ADVANCED = ("advanced", "performance")
"""How names of the Advanced tier begin. Source: heroku/cli v11.9.0, tier detection of its utilities."""
_SHOWN_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class NotWanted:
    """Why a name cannot stand where a plan is asked for, and the way on."""

    message: str
    hint: str


def wanted_plan(name: str, catalogue: Catalogue) -> ServicePlan | NotWanted:
    """The plan called `name` (with or without `heroku-postgresql:`) if a database can be put on it."""
    plan = catalogue.get(name)
    short = bare(name)
    if short.startswith(_ADVANCED):
        return NotWanted(
            f"{_shown(short)} is of the Advanced tier, which has levels instead of plans and a "
            "migration of its own; that is not supported yet.",
            "Name a Standard, Premium, Private or Shield plan.",
        )
    if short in catalogue.pseudo_plans or short.startswith(_SHORT_FORM):
        return _pseudo(short, catalogue)
    if plan is None:  # newer than this tool, perhaps: whether Heroku sells it, planning asks Heroku
        return catalogue.supposed(name) or _unknown(name, catalogue)
    return plan if plan.is_sold else _withdrawn(plan, catalogue)


def _pseudo(name: str, catalogue: Catalogue) -> NotWanted:
    known = catalogue.pseudo_plans.get(name)
    if known is not None and known.instead is None:
        return NotWanted(f"{_shown(name)} is not a plan: {known.meaning}.", "Leave it out.")
    meaning = known.meaning if known else "short forms were expanded by the old command line only"
    letter, size = name.removeprefix(_SHORT_FORM)[:1], name.removeprefix(_SHORT_FORM)[1:]
    whole = catalogue.get(_SHORT_TIERS.get(letter, "") + size)
    instead = f'Write "{whole.name}".' if whole else "Write the plan's whole name."
    return NotWanted(f"{_shown(name)} is not a plan: {meaning}.", instead)


def _withdrawn(plan: ServicePlan, catalogue: Catalogue) -> NotWanted:
    hint = _nearest(plan.name, catalogue)
    if plan.successor:
        hint = f'Its successor is "{plan.successor}".'
    return NotWanted(f"{_shown(plan.name)} is not sold any more.", hint)


def _unknown(name: str, catalogue: Catalogue) -> NotWanted:
    service, colon, _ = name.partition(":")
    if colon and service != SERVICE:
        return NotWanted(
            f"{_shown(name)} is not a Heroku Postgres plan.",
            'Plans are named like "standard-0" or "heroku-postgresql:standard-0".',
        )
    return NotWanted(f"there is no plan {_shown(name)}.", _nearest(name, catalogue))


def _nearest(name: str, catalogue: Catalogue) -> str:
    near = catalogue.nearest(name)
    if near:
        return f"Nearest: {', '.join(near)}."
    return "Plans are named like essential-0, standard-2, premium-4, private-0, shield-0."


def _shown(name: str) -> str:
    return f'"{name}"' if len(name) <= _SHOWN_CHARACTERS else "this"
