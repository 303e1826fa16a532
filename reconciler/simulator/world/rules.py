"""What Heroku refuses when a database is created or its plan is changed.

The rules are documented; the sentences, where no source quotes them, are the stand-in's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.plans import GIGABYTE, Plan
from reconciler.simulator.world.refusals import unprocessable

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App, Database


REGIONS = frozenset(
    {
        *("us", "eu", "california", "dublin", "frankfurt", "london", "montreal", "mumbai", "ohio"),
        *("oregon", "paris", "singapore", "sydney", "tokyo", "virginia"),
    }
)
"""Source: heroku/cli v11.9.0, the regions of spaces; heroku/platform-api schema.json, region."""


def sold_plan(heroku: Heroku, name: str) -> Plan:
    """The plan with that name, id-like service prefix or not.

    Raises:
        Refusal: 422 with the words that the vendor's CLI looks for (src/commands/addons/upgrade.ts), or that
            the plan is no longer sold.
    """
    plan = heroku.plans.get(name)
    if plan is None:
        raise unprocessable(
            f"Couldn't find either the add-on service or the add-on plan of {name}."
        )
    if not plan.sold:
        raise unprocessable(f"The {plan.name} plan has reached end-of-life.")
    return plan


def check_network(app: App, plan: Plan, region: str | None = None) -> None:
    """Private and shield plans live in a Private Space; others may be had for an app in one, outside its network.

    Essential is in `us` or `eu` only. The default region is the app's.
    Source: heroku/platform-api schema.json, plan: installable_inside_private_network; Dev Center
    heroku-postgres-and-private-spaces, 2026-03-31.

    Raises:
        Refusal: 422.
    """
    if plan.needs_space and app.space is None:
        raise unprocessable(f"The {plan.name} plan can only be installed in a Private Space.")
    if region is not None and region not in REGIONS:
        raise unprocessable(f"There is no region {region}.")
    if plan.is_essential and (region or app.region) not in {"us", "eu"}:
        raise unprocessable(f"The {plan.name} plan is not available in this region.")


def check_fit(plan: Plan, num_bytes: int) -> None:
    """The data must fit the plan's disk.

    Raises:
        Refusal: 422.
    """
    if plan.storage_bytes is not None and num_bytes > plan.storage_bytes:
        raise unprocessable(
            f"Your data of {num_bytes / GIGABYTE:.1f} GB does not fit the {plan.name} plan's "
            f"{plan.storage_bytes / GIGABYTE:g} GB."
        )


def check_plan_change(heroku: Heroku, database: Database, plan: Plan) -> None:
    """Whether `addons:upgrade` can do it.

    Essential stays within Essential, nothing else gets there, private and shield stay what they are.
    Source: Dev Center "Changing the Plan or Infrastructure of a Heroku Postgres Database", 2025-02-26.

    Raises:
        Refusal: 422.
    """
    served = heroku.served_plan(database)
    if plan.tier not in heroku.plans.upgrade_tiers.get(served.tier, ()):
        raise unprocessable(
            f"You can't change a database from {served.name} to {plan.name} in place. Copy it with pg:copy."
        )
    busy = database.maintenance is not None and database.maintenance.status != "completed"
    if busy or database.read_only or database.upgrade is not None:
        raise unprocessable("Another change of this database is in progress.")
    if heroku.now < database.ready_at or database.unfollowing:
        raise unprocessable("This database is not available yet.")
    check_fit(plan, _held_bytes(heroku, database))
    if database.leader_id is not None:
        check_follower_size(heroku, heroku.world.databases[database.leader_id], plan)


def check_follower(heroku: Heroku, leader: Database, plan: Plan) -> None:
    """Whether `leader` can get a follower on `plan`.

    Source: Dev Center "Heroku Postgres Follower Databases", 2026-03-31; Heroku Help JRN5S7V6 for the sizes.

    Raises:
        Refusal: 422.
    """
    if not (heroku.served_plan(leader).offers("follow") and plan.offers("follow")):
        raise unprocessable("Followers are not supported on Essential-tier databases.")
    if leader.leader_id is not None:
        raise unprocessable("You can't follow a database that is itself a follower.")
    check_forkable(heroku, leader)
    check_fit(plan, _held_bytes(heroku, leader))
    check_follower_size(heroku, leader, plan)


def check_forkable(heroku: Heroku, source: Database) -> None:
    """Whether the database can be forked or followed at this moment.

    Raises:
        Refusal: 422, also while `Fork/Follow` reads `Temporarily Unavailable`.
    """
    if not heroku.served_plan(source).offers("fork"):
        raise unprocessable("Fork and follow are not supported on Essential-tier databases.")
    if heroku.now < max(source.ready_at, source.followable_from):
        raise unprocessable("Fork and follow are temporarily unavailable for this database.")


def check_follower_size(heroku: Heroku, leader: Database, plan: Plan) -> None:
    """The table of smallest follower sizes.

    Raises:
        Refusal: 422, naming the smallest plan.
    """
    least = heroku.plans.least_follower.get(heroku.served_plan(leader).size)
    wanted, smallest = heroku.plans.rank(plan.size), heroku.plans.rank(least or "")
    if wanted is not None and smallest is not None and wanted < smallest:
        raise unprocessable(
            f"This follower is too small for its leader. Please provision at least a {plan.tier}-{least} plan."
        )


def _held_bytes(heroku: Heroku, database: Database) -> int:
    leader = heroku.world.databases.get(database.leader_id or "")
    return heroku.engine.measure(database, leader, now=heroku.now).num_bytes
