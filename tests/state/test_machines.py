"""Several machines at one plan: processes in folders of their own that share nothing but the state."""

from __future__ import annotations

import random
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.json_lines import lines_of, of_type
from support.machines import WANTED, until_so
from support.processes import RECONCILE, Place
from support.state_server import PASSWORD
from support.state_wire import state_wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.state_server import StateDatabase, StateServer


def test_a_worker_tells_programs_what_it_has_taken(estate: Callable[[int], Any]) -> None:
    with estate(2) as world:
        asking, working = world.machine("here"), world.machine("there")
        digest = world.planned(asking)
        stopped = asking.place.run("apply", "plan.json", "--auto-approve", "--wait", "0s")

        done = working.place.run("worker", "--until-idle", "--json")

        lines = lines_of(done.out)
        plans = list(of_type(lines, "plan"))
        states = {one["database"]: one["state"] for one in of_type(lines, "outcome")}
        assert stopped.code == 3, stopped.err
        assert (done.code, lines[-1]["exit_code"]) == (0, 0), done.err
        assert {one["digest"] for one in plans} == {digest}
        assert {one["database"] for plan in plans for one in plan["databases"]} == set(states)
        assert states == dict.fromkeys(("orders-1", "orders-2", "users-1", "users-2"), "done")
        assert "Working on " in done.err


def test_two_machines_that_are_killed_do_everything_once(
    estate: Callable[[int], Any], record_property: Callable[[str, object], None]
) -> None:
    chance = random.Random(3)  # noqa: S311  # which moments are tried
    with estate(20) as world:
        machines = [world.machine("here"), world.machine("there")]
        digest = world.planned(*machines)
        prepared = world.machine("audit").place.run("status")
        assert prepared.code == 0, prepared.err
        world.audit()
        for one in machines:
            one.start("apply", "plan.json", "--auto-approve")
        kills = 0
        for share in (0.05, 0.15, 0.3, 0.45, 0.6, 0.8):
            due = int(share * 900)
            until_so(lambda due=due: world.count("SELECT count(*) FROM entries") >= due)
            victim = chance.choice(machines)
            victim.send(signal.SIGKILL)
            kills += victim.end() == -signal.SIGKILL
            victim.start("apply", "plan.json", "--auto-approve")
        codes = [one.end() for one in machines]
        seen = world.asked("state")
        said = "".join(one.said for one in machines)
        done = world.count("SELECT count(*) FROM entries WHERE body::json ->> 'what' = 'done'")
        audit = world.state.ask("SELECT database, epoch, holder FROM audit ORDER BY id")

    assert codes == [0, 0], said[-3000:]
    assert kills >= 4
    assert done == 40
    creates = (
        len(seen["databases"]) - 40
    )  # a request that a kill cut in two was asked, and made nothing
    assert creates == 20
    assert [name for name, app in seen["apps"].items() if app["maintenance"]] == []
    assert {tuple(app["formation"].items()) for app in seen["apps"].values()} == {
        (("web", 2), ("worker", 1))
    }
    assert sum(one["missing_commits"] for one in seen["databases"].values()) == 0
    holders: dict[str, list[tuple[int, str]]] = {}
    for name, epoch, holder in audit:
        holders.setdefault(name, []).append((epoch, holder))
    for name, held in holders.items():
        assert None not in [epoch for epoch, _ in held], name
        assert held == sorted(held), f"{name} was written by two at once"
        assert len(set(held)) == len({epoch for epoch, _ in held}), name
    took_over = sum(len(set(held)) > 1 for held in holders.values())
    assert len({holder for held in holders.values() for _, holder in held}) >= 2
    assert took_over >= 1
    assert not list(_with_password(world.folder))
    record_property(
        "figure",
        f"two machines, 40 databases, {kills} SIGKILL: {done} done, {creates} creates for 20 wanted, "
        f"{took_over} databases taken over (plan {digest[:8]})",
    )


@pytest.mark.parametrize("is_answered", [True, False])
def test_a_machine_that_was_paused_stops_before_its_next_write(
    estate: Callable[..., Any], database: StateDatabase, *, is_answered: bool
) -> None:
    with estate(1, dyno_stop="60m") as world, state_wire(database.url) as wire:
        here, there = world.machine("here"), world.machine("there")
        here.place.settings["RECONCILE_STATE_URL"] = wire.url
        digest = world.planned(here, there)
        here.start("apply", "plan.json", "--auto-approve")
        until_so(lambda: "dynos still there" in here.said, here)  # it only looks now
        here.send(signal.SIGSTOP)
        paused_at = world.state.ask("SELECT now()")[0][0]
        there.start("apply", "plan.json", "--auto-approve")
        until_so(lambda: "works on it since" in there.said, there)
        status = there.place.run("status", is_alone=False)
        code = there.end()
        took_over_at = world.state.ask(
            "SELECT min(l.since) FROM (SELECT since FROM leases UNION ALL SELECT now()) l"
        )[0][0]
        before = world.writes()
        if not is_answered:
            wire.go_dead()
        here.send(signal.SIGCONT)
        paused_code = here.end()
        after = world.writes()
        seen = world.asked("state")
        ledger = there.place.run("ledger", digest[:8])
        verified = there.place.run("verify", "plan.json")

    assert code == 0, there.said
    assert paused_code == 3, here.said
    assert after == before
    assert "lost" in here.said or "worked on by another process" in here.said
    assert f"worked on by: process {here.process.pid} on " in status.out
    assert "IN THE CUTOVER" in status.out
    assert seen["apps"]["shop-1"]["maintenance"] is False
    assert (took_over_at - paused_at).total_seconds() < 60
    assert ledger.code == 0, ledger.err
    assert "PATCH /apps/shop-1: 200, " in ledger.out
    assert verified.code == 0, verified.out
    assert verified.out.count(": done before, and still so: ") == 2


def test_a_worker_finishes_what_an_ephemeral_runner_has_begun(
    estate: Callable[[int], Any],
) -> None:
    with estate(2) as world:
        runner, worker = world.machine("runner"), world.machine("worker")
        world.planned(runner)
        idle = worker.place.run("worker", "--until-idle", is_alone=False)
        begun = runner.place.run(
            "apply", "plan.json", "--auto-approve", "--wait", "2s", is_alone=False
        )
        worked = worker.place.run("worker", "--until-idle", is_alone=False)
        again = runner.place.run("apply", "plan.json", "--auto-approve", is_alone=False)
        tables = world.count("SELECT count(*) FROM leases")

    assert idle.code == 0, idle.err
    assert begun.code == 3, begun.err
    assert worked.code == 0, worked.err + worked.out
    assert worked.out.count(": done") >= 2
    assert again.code == 0
    assert again.out.count(": done before, and still so: ") == 4
    assert tables == 0


def test_a_state_that_goes_away_in_a_cutover_leaves_no_app_closed_in_silence(
    estate: Callable[[int], Any], server: StateServer
) -> None:
    with estate(1) as world:
        here = world.machine("here")
        world.planned(here)
        here.start("apply", "plan.json", "--auto-approve")
        until_so(lambda: "CLOSED" in here.said, here)
        server.server.stop()
        try:
            code = here.end()
            seen = world.asked("state")["apps"]["shop-1"]
            unreachable = here.place.run("apply", "plan.json", "--auto-approve", is_alone=False)
            planned = here.place.run("plan", is_alone=False)
        finally:
            server.server.start()
        again = here.place.run("apply", "plan.json", "--auto-approve", is_alone=False)
        after = world.asked("state")

    assert code == 1
    assert "cannot be reached" in here.said
    is_open = not seen["maintenance"] and seen["formation"] == {"web": 2, "worker": 1}
    assert is_open or "NOT OPEN AGAIN" in here.said, here.said
    assert "orders-1: backed-out" in here.said
    assert "users-1: done" in here.said or "users-1: failed" in here.said
    assert unreachable.code == 1
    assert "cannot be reached" in unreachable.err
    assert planned.code == 0
    assert "Whether a cutover was cut off is not known" in planned.err
    assert again.code == 0, again.err
    assert after["apps"]["shop-1"]["maintenance"] is False
    assert sum(one["missing_commits"] for one in after["databases"].values()) == 0


def test_what_two_plans_have_left_in_their_cutovers_is_all_gone_on_with(
    estate: Callable[[int], Any],
) -> None:
    with estate(2) as world:
        here, there = world.machine("here"), world.machine("there")
        for machine, name in ((here, "orders-1"), (there, "orders-2")):
            assert machine.place.run("plan", "--only", name, "--out", "mine.json").code == 0
        for machine in (here, there):
            machine.start("apply", "mine.json", "--auto-approve")
            until_so(lambda machine=machine: "CLOSED" in machine.said, machine)
            machine.send(signal.SIGKILL)
            machine.end()
        world.leases_end()
        world.destroyed("shop-1-orders-1-standard-2")

        again = here.place.run("apply", "--auto-approve", is_alone=False)
        seen = world.asked("state")

    assert again.code == 1
    assert "orders-1: backed-out" in again.out
    assert "orders-2: done" in again.out
    assert "users-1" not in again.out  # nothing new is begun after that
    assert {name: app["maintenance"] for name, app in seen["apps"].items()} == {
        "shop-1": False,
        "shop-2": False,
    }


def test_what_is_closed_is_said_when_its_holder_is_not_given_up_yet_and_prepare_alone_opens_it(
    estate: Callable[..., Any],
) -> None:
    with estate(1, dyno_stop="60m") as world:
        here, there = world.machine("here"), world.machine("there")
        world.planned(here, there)
        here.start("apply", "plan.json", "--auto-approve")
        until_so(lambda: "dynos still there" in here.said, here)
        here.send(signal.SIGKILL)
        here.end()

        world.leases_last()
        waited = there.place.run(
            "apply", "plan.json", "--auto-approve", "--wait", "0s", is_alone=False
        )
        world.leases_end()
        prepared = there.place.run(
            "apply", "plan.json", "--auto-approve", "--phase", "prepare", is_alone=False
        )
        seen = world.asked("state")["apps"]["shop-1"]

    assert waited.code == 3
    assert "shop-1 is in maintenance mode" in waited.out.partition("NOT OPEN AGAIN:")[2]
    assert "orders-1: done" in prepared.out
    assert (seen["maintenance"], seen["formation"]) == (False, {"web": 2, "worker": 1})


def test_a_worker_passes_over_a_plan_it_cannot_read_and_ends_its_cutover(
    estate: Callable[[int], Any],
) -> None:
    with estate(1) as world:
        runner, worker = world.machine("runner"), world.machine("worker")
        world.planned(runner)
        begun = runner.place.run(
            "apply", "plan.json", "--auto-approve", "--wait", "0s", is_alone=False
        )
        worker.start("worker", "--until-idle")
        until_so(lambda: "CLOSED" in worker.said, worker)
        world.state.ask(
            "INSERT INTO runs (plan, endpoint, body) "
            "VALUES ('ff00', 'loopback', '{\"format_version\": \"2.0\"}')"
        )
        world.state.ask(
            "INSERT INTO work (plan, database, phases, state) "
            "VALUES ('ff00', 'other', '{prepare}', 'open')"
        )
        code = worker.end()
        seen = world.asked("state")["apps"]["shop-1"]

    assert begun.code == 3
    assert code == 0, worker.said
    assert "orders-1: done" in worker.said
    assert (seen["maintenance"], seen["formation"]) == (False, {"web": 2, "worker": 1})
    assert worker.said.count("! Plan ff00 in ") == 1


def test_a_worker_does_not_end_well_while_a_cutover_that_failed_is_open(
    estate: Callable[[int], Any],
) -> None:
    with estate(1) as world:
        runner, worker = world.machine("runner"), world.machine("worker")
        world.planned(runner)
        runner.start("apply", "plan.json", "--auto-approve")
        until_so(lambda: "CLOSED" in runner.said, runner)
        runner.send(signal.SIGKILL)
        runner.end()
        world.leases_end()
        world.state.ask("UPDATE work SET state = 'failed'")

        idle = worker.place.run("worker", "--until-idle", is_alone=False)

    assert idle.code == 1
    assert "The cutover of orders-1 was cut off, and its apps may be closed" in idle.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is Linux")
def test_a_worker_whose_stdout_takes_nothing_ends_its_work_and_says_so_on_stderr(
    estate: Callable[[int], Any],
) -> None:
    with estate(1) as world:
        runner, worker = world.machine("runner"), world.machine("worker")
        world.planned(runner)
        runner.place.run("apply", "plan.json", "--auto-approve", "--wait", "0s", is_alone=False)

        with Path("/dev/full").open("w") as full:
            done = subprocess.run(
                [RECONCILE, "worker", "--until-idle"],
                cwd=worker.place.folder,
                env=worker.place.environment(),
                stdin=subprocess.DEVNULL,
                stdout=full,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                check=False,
            )
        seen = world.asked("state")["apps"]["shop-1"]

    assert "  orders-1: done" in done.stderr
    assert "Traceback" not in done.stderr
    assert (seen["maintenance"], seen["formation"]) == (False, {"web": 2, "worker": 1})


def test_a_worker_needs_a_shared_state(tmp_path: Path) -> None:
    (tmp_path / "desired").mkdir()
    (tmp_path / "desired" / "shop.toml").write_text(WANTED.format(n=1))

    done = Place(tmp_path).run("worker")

    assert done.code == 64
    assert "A worker needs a state that it shares with others" in done.err


def _with_password(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and PASSWORD.encode() in path.read_bytes():
            yield path
