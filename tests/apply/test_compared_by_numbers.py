"""Where there is no SQL, the Data API's numbers are compared, and the evidence says so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from support.apply_world import World, judged_world, plan_for

from reconciler.adapters.heroku.writes import HerokuAccount
from reconciler.adapters.sql import SqlContents
from reconciler.apply.behaviours import behaviour_of
from reconciler.apply.run import Run
from reconciler.apply.tools import CertificatesInMemory, Tools
from reconciler.core.steps import CompareContents

if TYPE_CHECKING:
    from reconciler.apply.behaviours.base import Seen
    from reconciler.apply.events import Event
    from reconciler.apply.outcome import Outcome
    from reconciler.core.contents import Certificate

TAKEN = {"orders": "seen unfollow", "legacy": "seen copy all data"}


def applied(world: World, name: str) -> tuple[Outcome, Certificate | None]:
    certificates = CertificatesInMemory()

    async def apply() -> tuple[Outcome, ...]:
        contents = SqlContents(is_stand_in=True)
        world.tools = Tools(contents=contents, certificates=certificates)
        try:
            return await world.applied(plan_for(name))
        finally:
            await contents.close()

    (outcome,) = asyncio.run(apply())
    return outcome, certificates.kept(plan_for(name).databases[0].name)


@pytest.mark.parametrize("name", TAKEN)
def test_without_sql_the_evidence_says_so(name: str) -> None:
    world, judge = judged_world()

    outcome, certificate = applied(world, name)

    assert (outcome.state, judge.lost()) == ("done", [])
    assert certificate is not None
    assert (certificate.over, certificate.why_not_sql) == (
        "data-api",
        "the stand-in's model databases answer no SQL",
    )
    assert [(one.what, one.result) for one in certificate.checks] == [("number of tables", "same")]
    seen = [one.text for one in world.journal.lines if one.step.startswith("compare what")]
    assert seen[-1].startswith(
        "not compared over SQL: the stand-in's model databases answer no SQL"
    )
    assert not any("postgres://" in one.model_dump_json() for one in world.journal.lines)


def test_a_database_is_never_compared_with_itself() -> None:
    """Names move while the addresses are read: both may come to be those of one database."""
    world, _ = judged_world()
    primary = plan_for("orders").databases[0].starting_point.addon

    async def look() -> Seen:
        async with world.client() as client:
            run = Run(
                plan=plan_for("orders").databases[0],
                plan_id="x",
                heroku=HerokuAccount(client),
                clock=world.clock,
                journal=world.journal,
                report=world.events.append,
            )
            step = CompareContents(old=primary, new=primary, way="follower-switch")
            return await behaviour_of(step, run).look()

    assert asyncio.run(look()).state == "under-way"


class Tampering(list["Event"]):
    """Takes a table away from the new one once it holds all."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__()
        self.world, self.name = world, name

    def append(self, event: Event) -> None:
        super().append(event)
        if f"{event.kind} {event.text}".startswith(TAKEN[self.name]):
            live = self.world.stand_in.world
            for addon in live.addons.values():
                if addon.name.startswith(("shop-orders-", "blog-legacy-")):
                    live.databases[addon.id].num_tables -= 1


@pytest.mark.parametrize("name", TAKEN)
def test_a_table_less_ends_backed_out_after_some_patience(name: str) -> None:
    world, judge = judged_world()
    before = world.end()["apps"]
    world.events = Tampering(world, name)

    outcome, certificate = applied(world, name)

    assert (outcome.state, outcome.closed) == ("backed-out", ())
    assert "does not hold all that" in outcome.reason
    assert certificate is not None
    assert certificate.checks[0].result == "different"
    assert world.end()["apps"] == before
    assert judge.lost() == []
