"""What speaks for a method among those that are possible, and the limit that the user sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core import estimates
from reconciler.core.rules.prepared import prepared_follower
from reconciler.core.rules.rule import EVERY_METHOD, Rule, applies
from reconciler.core.rules.tiers import CHANGE_ARTICLE

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation


def _over_limit(situation: Situation) -> str | None:
    limit = situation.desired.max_downtime
    if limit is None or limit.seconds is None:
        return None
    upper_s = estimates.downtime(situation).upper_s
    if upper_s is None:
        return f"no upper bound is known, max_downtime = {limit}"
    is_over = upper_s > limit.seconds
    return applies(is_over, f"up to {estimates.span(upper_s)}, max_downtime = {limit}")


def _is_asked_for(situation: Situation) -> str | None:
    method = situation.desired.method
    return applies(method == situation.way, f'method = "{method}"')


def _is_prepared(situation: Situation) -> str | None:
    if situation.desired.method != "auto":
        return None
    follower = prepared_follower(situation)
    return None if follower is None else f"{follower.addon} on {follower.service_plan}"


def _is_auto(situation: Situation) -> str | None:
    return applies(situation.desired.method == "auto")


PREFERENCE_RULES = (
    Rule(
        id="R040",
        kind="limit",
        ways=EVERY_METHOD,
        sentence="Its downtime may be longer than the desired state allows",
        source="max_downtime in the desired state, compared with the upper estimate",
        date="2026-11-22",
        confidence="choice",
        check=_over_limit,
        wish="max_downtime",
        supposed_sentence="Its downtime may be longer than --what-if allows",
    ),
    Rule(
        id="R050",
        kind="preference",
        ways=EVERY_METHOD,
        sentence="The desired state asks for it",
        source="method in the desired state",
        date="2026-11-22",
        confidence="choice",
        check=_is_asked_for,
        wish="method",
        supposed_sentence="--what-if asks for it",
    ),
    Rule(
        id="R051",
        kind="preference",
        ways=("follower-switch",),
        sentence="A follower on the wanted plan is there already and is adopted",
        source="this tool: what is prepared need not be prepared again",
        date="2026-11-22",
        confidence="choice",
        check=_is_prepared,
    ),
    Rule(
        id="R052",
        kind="preference",
        ways=("addons-upgrade",),
        sentence="Heroku prefers it where it is possible: the add-on and its names stay, followers are repointed",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_is_auto,
    ),
)
