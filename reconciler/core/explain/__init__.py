"""How one database gets to what is wanted: every method side by side, not only the one that is chosen.

It asks the same functions that planning asks, so what it calls chosen is what a plan does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from reconciler.core.catalogue import GIGABYTE
from reconciler.core.explain.flips import beside, flips
from reconciler.core.explain.impact import impacts
from reconciler.core.explain.values import AppImpact, Explanation, Flip, Option
from reconciler.core.explain.what_if import WhatIf, parse_what_if
from reconciler.core.methods import Chosen, NotPossible, choose, verdicts
from reconciler.core.plan import Unknown
from reconciler.core.planner.assess import Assessor, OnItsWay, Unchanged
from reconciler.core.planner.database import database_plan
from reconciler.core.rules import Situation, findings

if TYPE_CHECKING:
    from typing import Any

    from reconciler.core.catalogue import Catalogue
    from reconciler.core.desired import DesiredDatabase, DesiredState
    from reconciler.core.explain.values import Verdict as VerdictWord
    from reconciler.core.methods import Verdict
    from reconciler.core.names import DatabaseName
    from reconciler.core.observed import ObservedDatabase, Snapshot
    from reconciler.core.planner.assess import Standing

__all__ = ["AppImpact", "Explanation", "Flip", "Option", "WhatIf", "explain", "parse_what_if"]


def explain(
    desired: DesiredState,
    name: DatabaseName,
    snapshot: Snapshot,
    catalogue: Catalogue,
    *,
    endpoint: str,
    what_if: WhatIf | None = None,
    notes: tuple[str, ...] = (),
) -> Explanation:
    """All there is to say of the database `name` of `desired`; `what_if` is supposed to be so.

    It carries `notes` along.
    `snapshot` should hold the closer look at it.

    Raises:
        ValueError: it is not in `desired`; the caller should have known.
    """
    one = desired.get(name)
    if one is None:
        raise ValueError(f"{name} is not listed")
    supposed = what_if or WhatIf()
    wished, seen = supposed.desired(one), supposed.snapshot(snapshot, one)
    others = tuple(wished if each.name == name else each for each in desired.databases)
    state = replace(desired, databases=others)
    standing = Assessor(state, seen, catalogue).assess(wished)
    if isinstance(standing, Situation):
        standing = replace(standing, supposed=supposed.supposed)
    really = ""
    if supposed.texts:
        really = _in_words(Assessor(desired, snapshot, catalogue).assess(one))
    facts = _facts(wished, standing, catalogue) | {"endpoint": endpoint, "notes": notes}
    return Explanation(**facts, what_if=supposed.texts, really=really)


def _in_words(standing: Standing) -> str:
    """What comes of it, in a few words."""
    match standing:
        case Unknown():
            return "not read"
        case OnItsWay():
            return "converging"
        case Unchanged():
            return "nothing to change"
        case Situation():
            choice = choose(standing)
            if isinstance(choice, NotPossible):
                return "blocked"
            return choice.method or "no method needed"


def _facts(desired: DesiredDatabase, standing: Standing, catalogue: Catalogue) -> dict[str, Any]:
    own = {
        "name": desired.name,
        "app": desired.app,
        "attachment": desired.attachment,
        "wanted_plan": desired.service_plan,
    }
    match standing:
        case Unknown():
            return own | {"standing": "not read", "note": standing.reason}
        case OnItsWay():
            note = standing.converging.note
            return own | _seen(standing.primary) | {"standing": "converging", "note": note}
        case Unchanged():
            plan = catalogue.get(desired.service_plan)
            another = [one.name for one in beside(plan, catalogue)][-1:] if plan else []
            found = {"standing": "unchanged", "another_plan": another[0] if another else None}
            return own | _seen(standing.primary) | found
        case Situation():
            return own | _seen(standing.observed) | _decided(standing)


def _seen(primary: ObservedDatabase) -> dict[str, Any]:
    size = primary.data_size_bytes
    return {
        "addon": primary.addon,
        "service_plan": primary.serving_plan or primary.service_plan,
        "version": primary.version,
        "size_gb": None if size is None else size / GIGABYTE,
    }


def _decided(situation: Situation) -> dict[str, Any]:
    choice = choose(situation)
    decided: dict[str, Any] = {
        "changes": situation.changes,
        "options": _options(situation, choice),
        "flips": flips(situation),
    }
    if isinstance(choice, NotPossible):
        return decided | {"standing": "blocked", "note": choice.reason}
    return decided | {
        "standing": "to change",
        "method": choice.method,
        "because": choice.because,
    }


def _options(situation: Situation, choice: Chosen | NotPossible) -> tuple[Option, ...]:
    if not situation.needs_method:
        return (_planned(situation, choice, "chosen"),) if isinstance(choice, Chosen) else ()
    return tuple(_option(situation, one, choice) for one in verdicts(situation))


def _option(situation: Situation, verdict: Verdict, choice: Chosen | NotPossible) -> Option:
    if isinstance(choice, Chosen) and choice.method == verdict.method:
        return _planned(situation, choice, "chosen")
    by_method = situation.by(verdict.method)
    speaks_for = findings(by_method, "preference")
    if findings(by_method, "stop"):
        return Option(
            method=verdict.method,
            verdict="not possible",
            forbidden_by=verdict.violations,
            because=speaks_for,
        )
    word: VerdictWord = "possible" if verdict.is_feasible else "over the limit"
    option = _planned(situation, Chosen(verdict.method, speaks_for), word)
    return option.model_copy(update={"forbidden_by": verdict.violations})


def _planned(situation: Situation, choice: Chosen, verdict: VerdictWord) -> Option:
    """The option with everything that a plan by it would say."""
    plan = database_plan(situation, choice)
    return Option(
        method=choice.method,
        verdict=verdict,
        forbidden_by=(),
        because=choice.because,
        preparation=plan.preparation,
        downtime=plan.downtime,
        money=plan.money,
        keep_old_primary=plan.keep_old_primary,
        undo_until=plan.undo_until,
        back_out=plan.back_out,
        apps=impacts(situation, plan),
        warnings=plan.warnings,
        redo=plan.redo,
    )
