"""What people do by hand while an apply is under way or between two: requests to the stand-in, past apply's wire."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from support.apply_world import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.apply_world import World
    from support.judge import Judge
    from support.killing import Case

    from reconciler.apply.events import Event, Report

HEADERS = {
    "Authorization": "Bearer x",
    "Accept": "application/vnd.heroku+json; version=3",
}


def by_hand(world: World, method: str, path: str, body: Any = None) -> None:
    """One request that must succeed."""

    async def sent() -> None:
        transport = httpx.ASGITransport(app=world.stand_in.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sim") as client:
            answer = await client.request(method, path, json=body or {}, headers=HEADERS)
            assert answer.is_success, answer.text

    with ThreadPoolExecutor(1) as thread:  # an event loop may run here
        thread.submit(lambda: asyncio.run(sent())).result()


def attach(world: World, app: str, name: str, addon: str, namespace: str = "") -> None:
    body = {"addon": {"name": addon}, "app": {"name": app}, "name": name, "confirm": app}
    more = {"namespace": namespace} if namespace else {}
    by_hand(world, "POST", "/addon-attachments", body | more)


def open_up(world: World, app: str, **dynos: int) -> None:
    """Start so many dynos of each type, and end the maintenance mode."""
    updates = [{"type": kind, "quantity": count} for kind, count in dynos.items()]
    by_hand(world, "PATCH", f"/apps/{app}/formation", {"updates": updates})
    by_hand(world, "PATCH", f"/apps/{app}", {"maintenance": False})


def close(world: World, app: str, *kinds: str) -> None:
    """Stop all dynos of those types, and begin the maintenance mode."""
    by_hand(world, "PATCH", f"/apps/{app}", {"maintenance": True})
    updates = [{"type": kind, "quantity": 0} for kind in kinds]
    by_hand(world, "PATCH", f"/apps/{app}/formation", {"updates": updates})
    world.clock.world.advance(60)


def remove(world: World, name: str) -> None:
    """Destroy that add-on, whoever knows it."""
    addon = world.stand_in.world.addon(name)
    assert addon is not None
    by_hand(world, "DELETE", f"/apps/{addon.app_id}/addons/{addon.id}", {"force": True})
    world.clock.world.advance(120)


def take_away(world: World, app: str, name: str) -> None:
    """Let the app lose that name."""
    heroku = world.stand_in.world
    found = heroku.app(app)
    assert found is not None
    held = heroku.attachment_on(found.id, name)
    assert held is not None
    by_hand(world, "DELETE", f"/addon-attachments/{held.id}")


def commits(world: World, name: str) -> float:
    """How many commits that database has by now."""
    world.stand_in.settle()
    heroku = world.stand_in.world
    addon = heroku.addon(name)
    assert addon is not None
    return heroku.databases[addon.id].commits.at(heroku.now)


def killed_after(
    world: World, judge: Judge, request: tuple[str, str], nth: int, *, case: Case
) -> None:
    """A run of the case that ends right after the `nth` such request (its method, and how its path ends) was answered."""
    count = 0

    def after(sent: httpx.Request, answer: httpx.Response) -> httpx.Response:
        nonlocal count
        judge.watch(sent, answer)
        count += sent.method == request[0] and sent.url.path.endswith(request[1])
        if count >= nth:
            raise Killed
        return answer

    world.wire.after = after
    with pytest.raises(Killed):
        asyncio.run(world.applied(case.plan()))
    world.wire.after = judge.watch
    judge.new_process()


def led_to(world: World, app: str, *names: str) -> set[str]:
    """The add-ons that those names of the app lead to."""
    heroku = world.stand_in.world
    found = heroku.app(app)
    assert found is not None
    held = [heroku.attachment_on(found.id, name) for name in names]
    return {heroku.addons[one.addon_id].name if one else "nothing" for one in held}


def once(world: World, line: str, act: Callable[[], None]) -> Report:
    """Does `act` at the first event that is told as `line` begins."""
    done: list[str] = []

    def report(event: Event) -> None:
        world.events.append(event)
        if not done and f"{event.kind} {event.text}".startswith(line):
            done.append(line)
            act()

    return report
