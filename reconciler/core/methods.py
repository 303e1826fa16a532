"""Which method makes a change, and why not the others.

Each method is a function of the situation: feasible with estimates, or infeasible with every rule that it would
violate. Among the feasible the first in Heroku's order of preference is taken, unless the desired state names one,
or a follower on the wanted plan is prepared already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reconciler.core import estimates
from reconciler.core.plan import Reason, RejectedMethod
from reconciler.core.rules import METHODS, findings
from reconciler.core.rules.prepared import prepared_follower

if TYPE_CHECKING:
    from reconciler.core.plan import Estimate, MethodName
    from reconciler.core.rules import Situation


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one method would mean for one change."""

    method: MethodName
    violations: tuple[Reason, ...]
    """Every rule that forbids it; empty: it is feasible."""
    preparation: Estimate
    downtime: Estimate

    @property
    def is_feasible(self) -> bool:
        """Whether nothing forbids it."""
        return not self.violations


@dataclass(frozen=True, slots=True)
class Chosen:
    """The method that makes the change; None where the change needs none."""

    method: MethodName | None
    because: tuple[Reason, ...]
    rejected: tuple[RejectedMethod, ...] = ()


@dataclass(frozen=True, slots=True)
class NotPossible:
    """No method is allowed; `reason` says why in one or two sentences."""

    reason: str
    rejected: tuple[RejectedMethod, ...] = ()


def addons_upgrade(situation: Situation) -> Verdict:
    """Heroku changes the add-on itself: at once for Essential, through a maintenance for others."""
    return _verdict(situation, "addons-upgrade")


def pg_upgrade(situation: Situation) -> Verdict:
    """Heroku upgrades the add-on's PostgreSQL version: at once for Essential, prepared first for others."""
    return _verdict(situation, "pg-upgrade")


def follower_switch(situation: Situation) -> Verdict:
    """A follower on the wanted plan takes the primary's place."""
    return _verdict(situation, "follower-switch")


def pg_copy(situation: Situation) -> Verdict:
    """All data is copied into a new database while nobody writes."""
    return _verdict(situation, "pg-copy")


def verdicts(situation: Situation) -> tuple[Verdict, ...]:
    """Of every method that speaks to the change, in Heroku's order of preference.

    `pg-upgrade` changes nothing but the version: it is judged where one is wanted, or where it is asked for.
    """
    is_about_version = (
        situation.version_change is not None or situation.desired.method == "pg-upgrade"
    )
    return tuple(
        _verdict(situation, method)
        for method in METHODS
        if method != "pg-upgrade" or is_about_version
    )


def choose(situation: Situation) -> Chosen | NotPossible:
    """The method for the situation's changes, with reasons."""
    if not situation.needs_method:
        return _around(situation)
    if situation.desired.method == "auto":
        return _best(situation)
    return _asked_for(situation, situation.desired.method)


def _verdict(situation: Situation, method: MethodName) -> Verdict:
    by_method = situation.by(method)
    return Verdict(
        method=method,
        violations=findings(by_method, "stop") or findings(by_method, "limit"),
        preparation=estimates.preparation(by_method),
        downtime=estimates.downtime(by_method),
    )


def _around(situation: Situation) -> Chosen | NotPossible:
    violations = findings(situation.by("around"), "stop")
    if violations:
        return NotPossible(_sentence(violations))
    return Chosen(None, (Reason(text="The database itself stays as it is"),))


def _best(situation: Situation) -> Chosen | NotPossible:
    every = verdicts(situation)
    feasible = [one for one in every if one.is_feasible]
    if not feasible:
        return NotPossible(_none_feasible(every), tuple(_rejected(one) for one in every))
    best = feasible[0]
    switch = next((one for one in feasible if one.method == "follower-switch"), None)
    if switch is not None and prepared_follower(situation) is not None:
        best = switch
    because = findings(situation.by(best.method), "preference") or _as_last_resort(best, every)
    return Chosen(
        best.method, because, tuple(_rejected(one) for one in every if one.method != best.method)
    )


def _as_last_resort(best: Verdict, every: tuple[Verdict, ...]) -> tuple[Reason, ...]:
    """The rules that exclude what would be preferred are the reason for what is left."""
    preferred = every[: every.index(best)]
    return tuple(dict.fromkeys(reason for one in preferred for reason in one.violations))


def _asked_for(situation: Situation, method: MethodName) -> Chosen | NotPossible:
    every = verdicts(situation)
    asked = next(one for one in every if one.method == method)
    others = tuple(_rejected(one) for one in every if one.method != method)
    if asked.is_feasible:
        return Chosen(method, findings(situation.by(method), "preference"), others)
    possible = [one.method for one in every if one.is_feasible]
    way_on = f" Possible: {', '.join(possible)}." if possible else ""
    asking = "--what-if" if "method" in situation.supposed else "the desired state"
    return NotPossible(
        f"{method}, which {asking} asks for, is not possible: "
        f"{_sentence(asked.violations)}{way_on}",
        (_rejected(asked), *others),
    )


def _rejected(verdict: Verdict) -> RejectedMethod:
    takes = f"possible, with a downtime of {estimates.interval(verdict.downtime)}"
    reasons = verdict.violations or (Reason(text=takes),)
    return RejectedMethod(method=verdict.method, is_feasible=verdict.is_feasible, reasons=reasons)


def _none_feasible(every: tuple[Verdict, ...]) -> str:
    """The rules that stop all methods, else which rules stop which."""
    common = [
        reason
        for reason in every[0].violations
        if all(reason in one.violations for one in every[1:])
    ]
    if common:
        return _sentence(tuple(common))
    ids = (f"{one.method} [{', '.join(said.rule for said in one.violations)}]" for one in every)
    return f"No method is possible: {', '.join(ids)}."


def _sentence(reasons: tuple[Reason, ...]) -> str:
    return "; ".join(f"{one.text} [{one.rule}]" for one in reasons) + "."
