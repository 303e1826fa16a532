"""`StandIn`: one simulated Heroku, ready to be asked over ASGI."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reconciler.simulator.clock import ManualClock
from reconciler.simulator.engines.model import ModelEngine
from reconciler.simulator.http.app import make_app
from reconciler.simulator.http.call import Answer
from reconciler.simulator.minting import Mint
from reconciler.simulator.plans import load_plan_book
from reconciler.simulator.scenario import load_world
from reconciler.simulator.world.agenda import catch_up
from reconciler.simulator.world.heroku import Heroku
from reconciler.simulator.world.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from reconciler.simulator.clock import Clock
    from reconciler.simulator.engines import Engine
    from reconciler.simulator.plans import PlanBook


class StandIn:
    """A world, a clock and the ASGI app in front of them.

    `requests` and `unknown_routes` count by `METHOD /path`. `on_change` is called after each request that may
    have changed the world.
    """

    def __init__(
        self,
        world: World,
        clock: Clock,
        *,
        engine: Engine | None = None,
        plans: PlanBook | None = None,
        on_change: Callable[[World], None] | None = None,
        delay: Callable[[], float] | None = None,
    ) -> None:
        self.world = world
        self.clock = clock
        self.heroku = Heroku(world, engine or ModelEngine(), plans or load_plan_book())
        self.requests: Counter[str] = Counter()
        self.unknown_routes: Counter[str] = Counter()
        self._on_change = on_change
        self._delay = delay
        self._past: World | None = None
        self._napping: set[asyncio.Future[None]] = set()
        self.keep_step: Callable[[], None] | None = None
        """Brings writing dynos in line with the world, before each answer; set where there are some."""
        self.ledger: Callable[[float], Awaitable[dict[str, Any]]] | None = None
        """What they were told against what the databases hold, with outages of at least so many seconds."""
        self.on_refuse: Callable[[float], None] | None = None
        """Closes the port for so many seconds of real time; set by whoever serves."""
        self._request_ids = Mint(world.mint.seed)
        self.app = make_app(self)

    @staticmethod
    def from_scenario(name_or_path: str | Path, clock: Clock | None = None) -> StandIn:
        """A stand-in for a built-in scenario or a scenario file; its clock stands still unless one is given.

        Raises:
            ScenarioError: the file is wrong, with the place of every problem.
        """
        world = load_world(name_or_path)
        return StandIn(world, clock or ManualClock(datetime.fromtimestamp(world.now, UTC)))

    def settle(self) -> bool:
        """Bring the world up to the clock; whether anything happened."""
        return catch_up(self.heroku, self.clock.now().timestamp())

    def past(self, age: float) -> Heroku:
        """The service as it was some time ago: a copy of the world that is at most `age` seconds old.

        Called before each request while a rule on stale reads is in force, so that what a request changes
        is not in the copy yet.
        """
        now = self.clock.now().timestamp()
        if self._past is None or now - self._past.now > age:
            self._past = World.from_json(self.world.to_json())
        return Heroku(self._past, self.heroku.engine, self.heroku.plans)

    @asynccontextmanager
    async def turn(self, *, changes: bool) -> AsyncIterator[Heroku]:
        """One request's time with the world; the artificial delay comes before."""
        if self._delay is not None:
            await self.nap(self._delay())
        happened = self.settle()
        yield self.heroku
        if self.keep_step is not None:
            self.keep_step()
        if self._on_change is not None and (changes or happened):
            self._on_change(self.world)

    async def nap(self, seconds: float) -> None:
        """Let real time pass, or less when the stand-in is ending meanwhile."""
        alarm = asyncio.get_running_loop().create_future()
        self._napping.add(alarm)
        try:
            await asyncio.wait([alarm], timeout=seconds)
        finally:
            self._napping.discard(alarm)

    def wake(self) -> None:
        """End every nap."""
        for alarm in self._napping:
            if not alarm.done():
                alarm.set_result(None)

    def count(self, method: str, template: str) -> None:
        """Note a request to a path that is served."""
        self.requests[f"{method} {template}"] += 1

    def unknown(self, method: str, path: str) -> Answer:
        """Note and refuse a request to a path that is not."""
        self.unknown_routes[f"{method} {path}"] += 1
        message = (
            "The requested API endpoint was not found. Are you using the right HTTP verb and path?"
        )
        return Answer({"id": "not_found", "message": message}, 404)

    def next_request_id(self) -> str:
        """A new id for one request."""
        return self._request_ids.uuid("request")
