"""Closing an app and opening it again: maintenance mode and dynos.

What was so before is remembered before it is changed, and restored to exactly that: an app that was in
maintenance mode before stays in it, a process type that had no dyno gets none. What somebody else, as an autoscaler,
starts while we stop dynos is stopped and restored too; what somebody has started beyond that is left alone. What a deploy
has taken out of the app meanwhile can not be started again.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, absent, done, under_way
from reconciler.apply.together import both
from reconciler.core.names import AppName, ProcessType
from reconciler.core.steps import MaintenanceOff, MaintenanceOn, ScaleDown, ScaleUp
from reconciler.errors import StepConflictError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reconciler.apply.ports import Heroku
    from reconciler.apply.run import Run
    from reconciler.core.observed import ObservedApp

RELEASE = ProcessType("release")
"""The release phase's process type: never scaled, runs by itself."""


STOPPED = "writes must stay stopped since"
"""The memory that data was taken from the old primary as final: a write to it from then on would be lost."""
WRITTEN = "could write to the new one"
"""The memory of the apps that could, before the point of no return, in words: people have to decide, and do."""


def flag_key(app: AppName) -> str:
    """The memory of an app's maintenance flag."""
    return f"maintenance {app}"


def dynos_key(app: AppName) -> str:
    """The memory of an app's formation."""
    return f"dynos {app}"


async def read_app(heroku: Heroku, name: AppName) -> ObservedApp:
    """The app.

    Raises:
        StepConflictError: it is gone.
    """
    app = await heroku.app(name)
    if app is None:
        raise StepConflictError(f"The app {name} is not there any more.")
    return app


def check_not_reopened(run: Run, what: str) -> None:
    """Nobody may write to the old primary once its data was taken as final.

    Raises:
        StepConflictError: somebody could.
    """
    since = run.recall(STOPPED)
    if since is not None:
        raise StepConflictError(
            f"{what} by somebody else after {since}: the old primary may have newer data "
            "than the new one.",
            hint="The old primary stays in charge. Plan again.",
        )


class MaintenanceOnBehaviour(Behaviour[MaintenanceOn]):
    """Close the app."""

    patience_s = 60
    undo_insists = True

    def __init__(self, step: MaintenanceOn, run: Run) -> None:
        super().__init__(step, run)
        self.turn = step.app
        self._was: bool | None = None

    async def foresee(self) -> bool:
        """Read the flag."""
        self._was = (await read_app(self.heroku, self.step.app)).in_maintenance
        return not self._was

    async def look(self) -> Seen:
        """Done when the flag is on; a conflict when somebody opened the app in the middle."""
        app = await read_app(self.heroku, self.step.app)
        if app.in_maintenance:
            return done("in maintenance mode")
        check_not_reopened(self.run, f"{self.step.app} was opened")
        return absent("open")

    async def act(self) -> None:
        """Remember the flag, then set it."""
        if self._was is None:
            await self.foresee()
        self.run.remember(flag_key(self.step.app), json.dumps(self._was))
        self._was = None
        await self.heroku.set_maintenance(self.step.app, on=True)

    async def undo(self) -> None:
        """Open the app if it was open before."""
        if self.run.recall(flag_key(self.step.app)) == "false":
            await self.heroku.set_maintenance(self.step.app, on=False)

    async def is_undone(self) -> bool:
        """Open, or was closed before."""
        return await is_flag_restored(self.run, self.step.app)


async def is_flag_restored(run: Run, name: AppName) -> bool:
    """Whether the app is open, or we did not close it."""
    if run.recall(flag_key(name)) in {None, "true"}:
        return True
    return not (await read_app(run.heroku, name)).in_maintenance


class MaintenanceOffBehaviour(Behaviour[MaintenanceOff]):
    """Open the app."""

    patience_s = 120

    def __init__(self, step: MaintenanceOff, run: Run) -> None:
        super().__init__(step, run)
        self.turn = step.app

    @property
    def insists(self) -> bool:
        """A look that shows it open may be from before we closed it."""
        return self.run.recall(flag_key(self.step.app)) == "false"

    async def look(self) -> Seen:
        """Done when the flag is off, or when it was on before we came."""
        if await is_flag_restored(self.run, self.step.app):
            was_closed = self.run.recall(flag_key(self.step.app)) in {None, "true"}
            return done("was in maintenance mode before, left so" if was_closed else "open")
        return absent("in maintenance mode")

    async def act(self) -> None:
        """Clear the flag."""
        await self.heroku.set_maintenance(self.step.app, on=False)


class ScaleDownBehaviour(Behaviour[ScaleDown]):
    """Stop the dynos."""

    patience_s = 300
    undo_insists = True

    def __init__(self, step: ScaleDown, run: Run) -> None:
        super().__init__(step, run)
        self.turn = step.app
        self._changed_at = ""

    async def foresee(self) -> bool:
        """Whether anything is to be stopped; how much of it is read right before it is stopped."""
        return bool(await self._scaled_up())

    async def _scaled_up(self) -> dict[ProcessType, int]:
        app = await read_app(self.heroku, self.step.app)
        return {kind: count for kind, count in app.formation if count and self._is_meant(kind)}

    def _is_meant(self, kind: ProcessType) -> bool:
        return kind != RELEASE and (not self.step.process_types or kind in self.step.process_types)

    async def look(self) -> Seen:
        """Done when nothing is scheduled to run and nothing still runs; a conflict when something did meanwhile."""
        app, alive = await both(
            read_app(self.heroku, self.step.app), self.heroku.running(self.step.app)
        )
        wanted = [kind for kind, count in app.formation if count and self._is_meant(kind)]
        if wanted:
            check_not_reopened(self.run, f"{', '.join(wanted)} of {self.step.app} was scaled up")
            return absent(f"{', '.join(wanted)} scaled up")
        self._changed_at = json.dumps([one for one in app.changed_at if self._is_meant(one[0])])
        if self._was_scaled_meanwhile():
            check_not_reopened(self.run, f"{self.step.app} was scaled up, and down again,")
        left = [kind for kind in alive if self._is_meant(kind)]
        if left:
            return under_way(f"{len(left)} dynos still there: {', '.join(sorted(set(left)))}")
        return done("no dyno left")

    def remember_scaled(self) -> None:
        """Remember when it was scaled last, as the last look showed: whoever scales it after that may write."""
        if self.run.recall(STOPPED) is None and self._changed_at not in {"", self._scaled_before}:
            self.run.remember(_next_key(self.run, self._scaled_key), self._changed_at)

    @property
    def _scaled_key(self) -> str:
        return f"scaled {self.step.app}"

    @property
    def _scaled_before(self) -> str | None:
        keys = sorted(_keys(self.run, self._scaled_key), key=lambda one: (len(one), one))
        return self.run.recall(keys[-1]) if keys else None

    def _was_scaled_meanwhile(self) -> bool:
        """Whether somebody has scaled it since data was taken, and no people have decided about that.

        Only scaling changes what is compared: inferred of "when dyno type was updated".
        Source: heroku/platform-api schema.json, formation; if a deploy does too, a run that goes on after it takes
        everything back for nothing.
        """
        before = self._scaled_before
        if before is None or self.run.recall(STOPPED) is None or self.run.recall(WRITTEN):
            return False
        then, now = dict(json.loads(before)), dict(json.loads(self._changed_at))
        return any(then[kind] != now[kind] for kind in then.keys() & now.keys())

    async def act(self) -> None:
        """Remember the formation, then set the process types to 0."""
        now = await self._scaled_up()
        remember_dynos(self.run, self.step.app, now)
        if now:
            await self.heroku.scale(self.step.app, dict.fromkeys(now, 0))

    async def undo(self) -> None:
        """Scale up to what ran before."""
        await scale_up(self.run, self.step.app)

    async def is_undone(self) -> bool:
        """Whether the formation is what it was."""
        return not await missing_dynos(self.run, self.step.app)


def remember_dynos(run: Run, name: AppName, now: dict[ProcessType, int]) -> None:
    """Keep what is about to be stopped; of what is stopped again, having been started meanwhile, the most."""
    key = dynos_key(name)
    if run.recall(key) is None:
        run.remember(key, json.dumps(now, sort_keys=True))
        return
    before = remembered_dynos(run, name)
    more = {kind: count for kind, count in now.items() if count > before.get(kind, 0)}
    if more:
        run.remember(_next_key(run, key), json.dumps(more, sort_keys=True))
        run.tell(
            "trouble",
            f"{name} was scaled up by somebody else to {_in_words(more)}: "
            "stopped, and started again with the others",
        )


def remembered_dynos(run: Run, name: AppName) -> dict[ProcessType, int]:
    """What we stopped, of each process type the most."""
    before: dict[ProcessType, int] = {}
    for key in _keys(run, dynos_key(name)):
        for kind, count in json.loads(run.progress.memory[key]).items():
            before[kind] = max(count, before.get(kind, 0))
    return before


def scaled_meanwhile(run: Run, name: AppName) -> str:
    """What somebody else started while we stopped dynos, which runs again, in words; empty when there is none."""
    first: dict[ProcessType, int] = json.loads(run.recall(dynos_key(name)) or "{}")
    last = remembered_dynos(run, name)
    more = {kind: count for kind, count in last.items() if count > first.get(kind, 0)}
    if not more:
        return ""
    return f"{name} was scaled up by somebody else during the cutover; it was stopped, and runs so again: {_in_words(more)}"


def _keys(run: Run, first: str) -> list[str]:
    """Under which what is kept as `first`, and again after that, is remembered; in no order."""
    return [key for key in run.progress.memory if key == first or key.startswith(f"{first} ")]


def _next_key(run: Run, first: str) -> str:
    """Under which to keep it once more."""
    count = len(_keys(run, first))
    return f"{first} {count + 1}" if count else first


async def missing_dynos(run: Run, name: AppName) -> dict[ProcessType, int]:
    """What must be scaled to how many, to have again at least what we stopped."""
    before = remembered_dynos(run, name)
    if not before:
        return {}
    return _short_of(before, await _formation(run, name))


def _short_of(
    before: dict[ProcessType, int], now: dict[ProcessType, int]
) -> dict[ProcessType, int]:
    """What is missing of the process types that the app still has."""
    return {kind: count for kind, count in before.items() if kind in now and now[kind] < count}


async def scale_up(run: Run, name: AppName) -> None:
    """Scale to what was remembered, in one request; where somebody has started more by now, to that."""
    before = remembered_dynos(run, name)
    if before:
        now = await _formation(run, name)
        most = {kind: max(count, now[kind]) for kind, count in before.items() if kind in now}
        if most:
            await run.heroku.scale(name, most)


async def _formation(run: Run, name: AppName) -> dict[ProcessType, int]:
    return dict((await read_app(run.heroku, name)).formation)


def _in_words(dynos: dict[ProcessType, int]) -> str:
    return ", ".join(f"{kind}={count}" for kind, count in sorted(dynos.items()))


def _differing(before: dict[ProcessType, int], now: dict[ProcessType, int]) -> Iterator[str]:
    """In words, what runs otherwise than before and is left so."""
    more = {kind: now[kind] for kind, count in before.items() if now.get(kind, 0) > count}
    gone = [kind for kind in sorted(before) if kind not in now]
    if more:
        yield f"more than before, which was left so: {_in_words(more)}"
    if gone:
        yield f"not started, since the app has it no more: {', '.join(gone)}"


class ScaleUpBehaviour(Behaviour[ScaleUp]):
    """Start the dynos again."""

    patience_s = 120

    def __init__(self, step: ScaleUp, run: Run) -> None:
        super().__init__(step, run)
        self.turn = step.app

    @property
    def insists(self) -> bool:
        """A look that shows all of them may be from before we stopped them."""
        return bool(remembered_dynos(self.run, self.step.app))

    async def look(self) -> Seen:
        """Done when at least as many dynos are scheduled to run as before the scale-down."""
        before = remembered_dynos(self.run, self.step.app)
        now = await _formation(self.run, self.step.app) if before else {}
        missing = _short_of(before, now)
        if missing:
            return absent(f"to scale up: {_in_words(missing)}")
        return done("; ".join(_differing(before, now)) or "as before")

    async def act(self) -> None:
        """Scale to what was remembered, or to more where somebody has started more."""
        await scale_up(self.run, self.step.app)
