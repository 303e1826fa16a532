"""What would make the choice another one: found by choosing again with one thing changed at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from reconciler.core.desired import WantedMethod
from reconciler.core.diff import diff
from reconciler.core.durations import Duration
from reconciler.core.explain.segments import segments
from reconciler.core.explain.values import Flip
from reconciler.core.methods import NotPossible, choose, verdicts
from reconciler.core.rules.copies import ASK_ABOVE_GB, REFUSE_ABOVE_GB
from reconciler.core.rules.rule import GIGABYTE
from reconciler.core.rules.tiers import needs_space

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.catalogue import ServicePlan
    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.plan import MethodName
    from reconciler.core.rules import Situation

STEP = 10**7
"""Sizes are told in hundredths of a gigabyte."""
LARGEST = 10**14
"""100 TB, more than any plan's disk."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What choosing came to, without the reasons."""

    method: MethodName | None
    is_blocked: bool


def flips(situation: Situation) -> tuple[Flip, ...]:
    """Everything tried that changes the outcome: size, method, downtime limit, version, plans beside the wanted one."""
    if not situation.needs_method:
        return ()
    present = outcome(situation)
    return (
        *_by_size(situation, present),
        *_by_method(situation, present),
        *_by_limit(situation, present),
        *_by_version(situation, present),
        *_by_plan(situation, present),
    )


def outcome(situation: Situation) -> Outcome:
    """What the situation's choice comes to."""
    choice = choose(situation)
    if isinstance(choice, NotPossible):
        return Outcome(None, is_blocked=True)
    return Outcome(choice.method, is_blocked=False)


def _flip(condition: str, what_if: str, situation: Situation) -> Flip:
    choice = choose(situation)
    if isinstance(choice, NotPossible):
        return Flip(condition=condition, what_if=what_if, method=None, reason=choice.reason)
    return Flip(condition=condition, what_if=what_if, method=choice.method)


def _by_size(situation: Situation, present: Outcome) -> Iterator[Flip]:
    def sized(size: int) -> Situation:
        return replace(situation, observed=replace(situation.observed, data_size_bytes=size))

    found = segments(lambda size: outcome(sized(size)), _sizes(situation))
    for first, last, answer in found:
        if answer == present:
            continue
        shown = _shown_size(first, last)
        if shown is not None:
            condition, inside = shown
            yield _flip(condition, f"size={_gigabytes(inside)}GB", sized(inside))


def _sizes(situation: Situation) -> set[int]:
    """Ten sizes a decade, and each that a rule or a disk names."""
    grid = {round(STEP * 10 ** (power / 10)) for power in range(71)} | {0, LARGEST}
    plans = [situation.before, situation.after]
    plans += [situation.catalogue.get(one.service_plan) for one in situation.desired.followers]
    disks = [plan.storage_gb for plan in plans if plan is not None and plan.storage_gb is not None]
    named = {GIGABYTE * one for one in (ASK_ABOVE_GB, REFUSE_ABOVE_GB, *disks)}
    return grid | named | {size + 1 for size in named}


def _shown_size(first: int, last: int | None) -> tuple[str, int] | None:
    """The stretch in words, and a size inside it; None for one too short to be told."""
    low, high = -(-first // STEP) * STEP, None if last is None else last // STEP * STEP
    if high is not None and low > high:
        return None
    is_after_round = first > 0 and (first - 1) % STEP == 0
    lower = (
        f"more than {_gigabytes(first - 1)} GB"
        if is_after_round
        else f"{_gigabytes(low)} GB or more"
    )
    if high is None:
        return f"{lower} of data", low
    is_before_round = last is not None and (last + 1) % STEP == 0
    upper = (
        f"less than {_gigabytes(high + STEP)} GB"
        if is_before_round
        else f"at most {_gigabytes(high)} GB"
    )
    return (f"{upper} of data" if first == 0 else f"{lower} and {upper} of data"), high


def _gigabytes(size: int) -> str:
    return f"{size / GIGABYTE:.2f}".rstrip("0").rstrip(".")


def _with(situation: Situation, **wishes: object) -> Situation:
    """The same with wishes that change nothing about what differs."""
    return replace(situation, desired=situation.desired.model_copy(update=wishes))


def _by_method(situation: Situation, present: Outcome) -> Iterator[Flip]:
    for method in get_args(WantedMethod):
        tried = _with(situation, method=method)
        found = outcome(tried)
        if found != present and not found.is_blocked:
            yield _flip(f'method = "{method}"', f"method={method}", tried)


def _by_limit(situation: Situation, present: Outcome) -> Iterator[Flip]:
    def limited(seconds: int) -> Situation:
        return _with(situation, max_downtime=Duration(seconds))

    uppers = [int(one.downtime.upper_s) for one in verdicts(situation) if one.downtime.upper_s]
    points = {0, *uppers, *(one + 1 for one in uppers)}
    for first, last, answer in segments(lambda seconds: outcome(limited(seconds)), points):
        if answer != present:
            condition = _shown_limit(first, last)
            what_if = f"max_downtime={Duration(first if last is None else last)}"
            yield _flip(condition, what_if, limited(first if last is None else last))
    if situation.desired.max_downtime is not None:
        tried = _with(situation, max_downtime=None)
        if outcome(tried) != present:
            yield _flip("no max_downtime", "max_downtime=none", tried)


def _shown_limit(first: int, last: int | None) -> str:
    if last is None:
        return f"max_downtime of {Duration(first)} or more" if first else "any max_downtime"
    under = f"under {Duration(last + 1)}"
    return f"max_downtime from {Duration(first)} to {under}" if first else f"max_downtime {under}"


def _by_version(situation: Situation, present: Outcome) -> Iterator[Flip]:
    if situation.desired.version is None:
        return
    tried = _rewished(situation, situation.desired.model_copy(update={"version": None}))
    if tried is not None and outcome(tried) != present:
        yield _flip("no version", "version=keep", tried)


def _by_plan(situation: Situation, present: Outcome) -> Iterator[Flip]:
    for plan in _neighbours(situation):
        desired = situation.desired.model_copy(update={"service_plan": plan.name})
        tried = _rewished(situation, desired)
        if tried is not None and outcome(tried) != present:
            yield _flip(f'plan = "{plan.name}"', f"plan={plan.name}", tried)


def _rewished(situation: Situation, desired: DesiredDatabase) -> Situation | None:
    """The situation of another wish; None where the primary could stay as it is."""
    observed = situation.observed
    if observed.is_converging and observed.service_plan == desired.service_plan:
        return None
    changes = diff(desired, situation.snapshot)
    tried = replace(situation, desired=desired, changes=changes)
    return tried if tried.needs_method else None


def _neighbours(situation: Situation) -> Iterator[ServicePlan]:
    """The next smaller and larger plan of the wanted tier, and the same size in tiers that can be had here."""
    wanted = situation.after
    if wanted is None:
        return
    sold = [plan for plan in situation.catalogue.plans if plan.is_sold and plan.tier != "advanced"]
    same_tier = [plan for plan in sold if plan.tier == wanted.tier]
    position = same_tier.index(wanted) if wanted in same_tier else None
    if position is not None:
        yield from same_tier[max(position - 1, 0) : position]
        yield from same_tier[position + 1 : position + 2]
    for plan in sold:
        is_here = needs_space(plan) in ("", situation.space)
        is_as_large = plan.size == wanted.size and plan.is_essential == wanted.is_essential
        if plan.tier != wanted.tier and is_as_large and is_here:
            yield plan
