"""All writing dynos together, kept in step with the world.

A dyno boots when the world says that it is up, with the config vars of its app's current release. When it is
restarted, the router sends nothing to the old web process any more; any other old process goes on until the new
one is up. A stopped one goes on until it has left the list: only then may an operator rely on its being gone.
`keep_step` returns when what is closed or gone writes no more, so that no answer of the stand-in runs ahead of
its dynos.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from reconciler.simulator.dynos.process import Boot, Process
from reconciler.simulator.world.writers import running_vars

if TYPE_CHECKING:
    from reconciler.simulator.dynos.ledger import Ledger
    from reconciler.simulator.world.model import App, Dyno, Writing
    from reconciler.simulator.world.world import World

WEB = "web"


class Crew:
    """The processes by app and dyno name."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self._world = world
        self._ledger = ledger
        self._running: dict[tuple[str, str], Process] = {}
        self._closed: set[str] = set()

    def keep_step(self) -> None:
        """Stop what is gone, start what is up, and let closed routers finish the requests under way."""
        for app in self._world.apps.values():
            if app.writing is not None:
                self._stop_gone(app)
                self._start_booted(app, app.writing)
                self._close_router(app)

    def close(self) -> None:
        """End every dyno."""
        self._end(list(self._running))

    def _stop_gone(self, app: App) -> None:
        self._end([key for key in self._running if key[0] == app.id and key[1] not in app.dynos])

    def _start_booted(self, app: App, writing: Writing) -> None:
        for dyno in app.dynos.values():
            if self._is_running(app, dyno):
                continue
            is_up = dyno.up_at <= self._world.now
            if is_up or dyno.type == WEB:
                self._end([key for key in self._running if key == (app.id, dyno.name)])
            if is_up:
                self._start(app, dyno, writing)

    def _is_running(self, app: App, dyno: Dyno) -> bool:
        held = self._running.get((app.id, dyno.name))
        return held is not None and (held.boot.dyno_id, held.boot.up_at) == (dyno.id, dyno.up_at)

    def _start(self, app: App, dyno: Dyno, writing: Writing) -> None:
        boot = Boot(
            app=app.name,
            dyno=dyno.name,
            dyno_id=dyno.id,
            up_at=dyno.up_at,
            url=running_vars(app).get(writing.config_var),
            per_second=writing.per_second,
        )
        may_write = partial(_is_open, app) if dyno.type == WEB else _always
        process = Process(boot, self._ledger, may_write)
        self._running[app.id, dyno.name] = process
        process.start()

    def _close_router(self, app: App) -> None:
        if not app.maintenance:
            self._closed.discard(app.id)
        elif app.id not in self._closed:
            self._closed.add(app.id)
            for (app_id, name), process in self._running.items():
                if app_id == app.id and name.partition(".")[0] == WEB:
                    process.finish_request()

    def _end(self, keys: list[tuple[str, str]]) -> None:
        ended = [self._running.pop(key) for key in keys]
        for process in ended:
            process.ask_to_stop()
        for process in ended:
            process.wait()


def _is_open(app: App) -> bool:
    return not app.maintenance


def _always() -> bool:
    return True
