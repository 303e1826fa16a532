"""Machines at one plan: processes in folders of their own that share nothing but a stand-in and a state."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from support.processes import RECONCILE, Place
from support.serving import serving
from support.waiting import PATIENCE_S, until

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from support.state_server import StateDatabase

TIMES = """\
seed = 7
[clock]
start = 2026-11-22T20:00:00Z
speed = 600
[timing]
provision = "10m"
catch_up = "10m"
dyno_stop = "{dyno_stop}"
replacement = "20m"
"""
APP = """
[app.shop-{n}]
formation = {{ web = 2, worker = 1 }}
[app.shop-{n}.database.orders-{n}]
name = "postgresql-solid-{n:05}"
plan = "standard-0"
attachments = ["DATABASE"]
[app.shop-{n}.database.users-{n}]
name = "postgresql-round-{n:05}"
plan = "essential-0"
size = "100MB"
attachments = ["USERS"]
"""
WANTED = """
app = "shop-{n}"
[database.orders-{n}]
plan = "standard-2"
method = "follower-switch"
[database.users-{n}]
attachment = "USERS"
plan = "essential-1"
"""
AUDIT = """
CREATE TABLE audit (id bigserial, database text, epoch bigint, holder text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SET search_path = reconcile AS $$ BEGIN
    INSERT INTO audit (database, epoch, holder)
    SELECT NEW.database, l.epoch, l.holder FROM (SELECT 1) one
    LEFT JOIN leases l ON l.database = NEW.database AND l.plan = NEW.plan;
    RETURN NEW;
END $$;
CREATE TRIGGER note AFTER INSERT ON entries FOR EACH ROW EXECUTE FUNCTION note();
"""
"""Whoever holds the lease when an entry is written, as the state's own database sees it."""


@dataclass
class Machine:
    """A folder of its own with the same desired state; one command at a time."""

    place: Place
    process: subprocess.Popen[bytes] | None = None

    def start(self, *words: str) -> None:
        with (self.place.folder / "output.txt").open("ab") as output:
            self.process = subprocess.Popen(
                [RECONCILE, *words],
                cwd=self.place.folder,
                env=self.place.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def send(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> int:
        assert self.process is not None
        return self.process.wait(PATIENCE_S)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def said(self) -> str:
        return (self.place.folder / "output.txt").read_text()


@dataclass
class Estate:
    """A stand-in that runs, a state, and machines."""

    folder: Path
    url: str
    state: StateDatabase
    machines: list[Machine] = field(default_factory=list)

    def end(self) -> None:
        """Leave no process behind, also when a test has failed."""
        for one in self.machines:
            if one.process is not None and one.process.poll() is None:
                one.process.kill()
                one.process.wait()

    def machine(self, name: str) -> Machine:
        settings = {"RECONCILE_ENDPOINT": self.url, "RECONCILE_STATE_URL": self.state.url}
        folder = self.folder / name
        folder.mkdir()
        (folder / "desired").symlink_to(self.folder / "desired")
        self.machines.append(Machine(Place(folder, settings)))
        return self.machines[-1]

    def planned(self, *machines: Machine) -> str:
        """One plan, made on the first machine; each of them gets the file."""
        done = machines[0].place.run("plan", "--format", "json")
        assert done.code == 0, done.err
        (made,) = (machines[0].place.folder / "plans").glob("*.json")
        for one in machines:
            (one.place.folder / "plan.json").write_bytes(made.read_bytes())
        return str(json.loads(made.read_bytes())["digest"])

    def audit(self) -> None:
        for statement in AUDIT.split(";\nCREATE"):
            text = statement if statement.lstrip().startswith("CREATE") else f"CREATE{statement}"
            self.state.ask(text)

    def leases_last(self) -> None:
        """As if their holder was just heard of, however slow this machine is."""
        self.state.ask("UPDATE leases SET heartbeat = now() + interval '1 hour'")

    def leases_end(self) -> None:
        """As after 20 s in which nobody was heard of."""
        self.state.ask("DELETE FROM leases")

    def destroyed(self, beginning: str) -> None:
        """Somebody destroys the one add-on whose name begins so."""
        headers = {"Authorization": "Bearer x", "Accept": "application/vnd.heroku+json; version=3"}
        found = httpx.get(f"{self.url}/addons", headers=headers).raise_for_status().json()
        (one,) = [each for each in found if each["name"].startswith(beginning)]
        where = f"{self.url}/apps/{one['app']['name']}/addons/{one['id']}"
        httpx.delete(where, headers=headers).raise_for_status()

    def count(self, query: str) -> int:
        return int(self.state.ask(query)[0][0])

    def asked(self, path: str) -> dict[str, Any]:
        answer: dict[str, Any] = httpx.get(f"{self.url}/sim/{path}").raise_for_status().json()
        return answer

    def writes(self) -> dict[str, int]:
        routes: dict[str, int] = self.asked("requests")["routes"]
        return {route: count for route, count in routes.items() if not route.startswith("GET ")}


@contextmanager
def estate_of(
    apps: int, folder: Path, database: StateDatabase, *, dyno_stop: str = "10m"
) -> Iterator[Estate]:
    """So many apps with two databases each, in a stand-in of its own; one second of ours is ten minutes there."""
    (folder / "desired").mkdir()
    for n in range(1, apps + 1):
        (folder / "desired" / f"shop-{n}.toml").write_text(WANTED.format(n=n))
    world = TIMES.format(dyno_stop=dyno_stop) + "".join(APP.format(n=n) for n in range(1, apps + 1))
    (folder / "world.toml").write_text(world)
    with serving(Place(folder), "--scenario", "world.toml") as url:
        world = Estate(folder, url, database)
        try:
            yield world
        finally:
            world.end()


def until_so(is_so: Callable[[], bool], by: Machine | None = None) -> None:
    """Look until it is so; `by` is to bring it about."""

    def is_so_or_hopeless() -> bool:
        if is_so():
            return True
        assert by is None or by.is_running, by.said
        return False

    until(is_so_or_hopeless, lambda: by.said if by else "never came")
