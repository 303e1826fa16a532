"""What would make the choice another one: found by choosing again with one thing changed at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from reconciler.core.catalogue import GIGABYTE
from reconciler.core.diff import diff
from reconciler.core.durations import Duration
from reconciler.core.explain.segments import segments
from reconciler.core.explain.values import Flip
from reconciler.core.methods import NotPossible, choose, verdicts
from reconciler.core.rules.copies import ASK_ABOVE_GB, REFUSE_ABOVE_GB
from reconciler.core.rules.tiers import needs_space
from reconciler.core.two_jobs import first_job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.core.catalogue import Catalogue, ServicePlan
    from reconciler.core.desired import DesiredDatabase
    from reconciler.core.plan import MethodName
    from reconciler.core.rules import Situation

PER_GIGABYTE = 100
"""Sizes are told in hundredths of a gigabyte."""
LARGEST = 100_000 * PER_GIGABYTE
"""About 100 TB, more than any plan's disk."""


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
            yield _flip(condition, f"size={_gigabytes(inside)}GB", sized(_bytes(inside)))


def _sizes(situation: Situation) -> set[int]:
    """Ten sizes a decade, and each that a rule or a disk names."""
    grid = {_bytes(round(10 ** (power / 10))) for power in range(71)} | {0, _bytes(LARGEST)}
    plans = [situation.before, situation.after]
    plans += [situation.catalogue.get(one.service_plan) for one in situation.desired.followers]
    disks = [plan.storage_gb for plan in plans if plan is not None and plan.storage_gb is not None]
    named = {GIGABYTE * one for one in (ASK_ABOVE_GB, REFUSE_ABOVE_GB, *disks)}
    return grid | named | {size + 1 for size in named}


def _shown_size(first: int, last: int | None) -> tuple[str, int] | None:
    """The stretch of bytes in words, and a size inside it; None for one too short to be told."""
    low, high = _least(first), None if last is None else _least(last + 1) - 1
    if high is not None and low > high:
        return None
    is_after_round = first > 0 and first - 1 == _bytes(_least(first - 1))
    lower = (
        f"more than {_gigabytes(_least(first - 1))} GB"
        if is_after_round
        else f"{_gigabytes(low)} GB or more"
    )
    if high is None:
        return f"{lower} of data", low
    is_before_round = last is not None and last + 1 == _bytes(_least(last + 1))
    upper = (
        f"less than {_gigabytes(high + 1)} GB"
        if is_before_round
        else f"at most {_gigabytes(high)} GB"
    )
    return (f"{upper} of data" if first == 0 else f"{lower} and {upper} of data"), high


def _bytes(hundredths: int) -> int:
    return hundredths * GIGABYTE // PER_GIGABYTE


def _least(size: int) -> int:
    """The fewest hundredths of a gigabyte that are `size` bytes or more."""
    least = size * PER_GIGABYTE // GIGABYTE
    return least if _bytes(least) >= size else least + 1


def _gigabytes(hundredths: int) -> str:
    return f"{hundredths / PER_GIGABYTE:.2f}".rstrip("0").rstrip(".")


def _with(situation: Situation, **wishes: object) -> Situation:
    """The same with wishes that change nothing about what differs."""
    return replace(
        situation,
        desired=situation.desired.model_copy(update=wishes),
        supposed=situation.supposed | wishes.keys(),
    )


def _by_method(situation: Situation, present: Outcome) -> Iterator[Flip]:
    """Leaving the method to us. One that is named is chosen or blocked, which is said where it is told in full."""
    tried = _with(situation, method="auto")
    found = outcome(tried)
    if found != present and not found.is_blocked:
        yield _flip('method = "auto"', "method=auto", tried)


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
        later = situation.later_version
        version = later.after if later else situation.desired.version
        wish = {"service_plan": plan.name, "version": version}
        desired = situation.desired.model_copy(update=wish)
        tried = _rewished(situation, desired)
        if tried is not None and outcome(tried) != present:
            yield _flip(f'plan = "{plan.name}"', f"plan={plan.name}", tried)


def _rewished(situation: Situation, desired: DesiredDatabase) -> Situation | None:
    """The situation of another wish; None where the primary could stay as it is."""
    observed = situation.observed
    if observed.is_converging and observed.service_plan == desired.service_plan:
        return None
    changes = diff(desired, situation.snapshot)
    whole = replace(situation, desired=desired, changes=changes, later_version=None)
    tried = first_job(whole)
    return tried if tried.needs_method else None


def beside(plan: ServicePlan, catalogue: Catalogue) -> Iterator[ServicePlan]:
    """The next smaller and the next larger plan of its tier, as far as there are such."""
    same_tier = [one for one in _sold(catalogue) if one.tier == plan.tier]
    if plan in same_tier:
        position = same_tier.index(plan)
        yield from same_tier[max(position - 1, 0) : position]
        yield from same_tier[position + 1 : position + 2]


def _sold(catalogue: Catalogue) -> list[ServicePlan]:
    return [plan for plan in catalogue.plans if plan.is_sold and plan.tier != "advanced"]


def _neighbours(situation: Situation) -> Iterator[ServicePlan]:
    """The next smaller and larger plan of the wanted tier, and the same size in tiers that can be had here."""
    wanted = situation.after
    if wanted is None:
        return
    yield from beside(wanted, situation.catalogue)
    for plan in _sold(situation.catalogue):
        is_here = needs_space(plan) in ("", situation.space)
        is_as_large = plan.size == wanted.size and plan.is_essential == wanted.is_essential
        if plan.tier != wanted.tier and is_as_large and is_here:
            yield plan
