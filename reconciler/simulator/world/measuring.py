"""What a look into a database shows, with what faults do to a follower's lag.

The engine tells the truth; a rule in force adds to the distance behind the leader. What is shown as missing
is missing: an unfollow at that moment leaves it behind.
"""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.simulator.engines import Measures
    from reconciler.simulator.world.faults import Fault
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import Database


def measure(heroku: Heroku, database: Database) -> Measures:
    """Size, tables, commits and lag of `database` now."""
    leader = heroku.world.databases.get(database.leader_id or "")
    true = heroku.engine.measure(database, leader, now=heroku.now)
    if leader is None or true.behind is None:
        return true
    behind = true.behind
    for fault in lag_rules(heroku, database):
        behind = max(behind, _at_least(heroku, database, fault, true))
    return replace(
        true, behind=behind, transactions=max(0, true.transactions - (behind - true.behind))
    )


def lag_rules(heroku: Heroku, database: Database) -> Iterator[Fault]:
    """The rules on lag that are about this follower; each looked at is counted."""
    addon = heroku.world.addons[database.id]
    app = heroku.world.apps[addon.app_id]
    for fault in heroku.world.faults.rules:
        if (
            fault.kind in {"follower-stuck", "lag-never-ends", "lag-jumps-back"}
            and fnmatchcase(app.name, fault.app)
            and fnmatchcase(addon.name, fault.database)
        ):
            yield fault


def _at_least(heroku: Heroku, database: Database, fault: Fault, true: Measures) -> int:
    """How far behind the rule wants the follower to be."""
    fault.seen += 1
    behind = true.behind or 0
    if fault.kind == "lag-never-ends":
        fault.struck += 1
        return fault.commits
    if fault.kind == "follower-stuck":
        fault.struck += 1
        stopped_at = fault.marks.setdefault(database.id, float(true.transactions))
        return behind + true.transactions - int(stopped_at)
    since = fault.marks.get(database.id)
    if since is None:
        if behind == 0:
            fault.marks[database.id] = heroku.now
        return 0
    if heroku.now >= since + fault.lasts:
        return 0
    fault.struck += 1
    return fault.commits
