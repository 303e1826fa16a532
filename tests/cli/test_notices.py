from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from support.hooks import hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.hooks import Hooks
    from support.processes import Place

SECRET = "canary-0123456789"  # noqa: S105  # no output may hold it


@pytest.fixture
def server() -> Iterator[Hooks]:
    with hooks() as state:
        yield state


def configured(place: Place, server: Hooks, more: str = "") -> None:
    place.settings["HOOK"] = f"{server.url}/{SECRET}"
    fleet = place.folder / "desired" / "reconcile.toml"
    fleet.write_text(f'{fleet.read_text()}\n[notify]\nurls = ["env:HOOK"]\n{more}')


def told(server: Hooks) -> list[tuple[str, str | None]]:
    return [(body["kind"], body["database"]) for body in server.bodies(f"/{SECRET}")]


@pytest.mark.slow
def test_a_plan_and_its_cutover_are_told_in_their_order(small: Place, server: Hooks) -> None:
    configured(small, server)

    planned = small.run("plan", "--out", "plan.json")
    applied = small.run("apply", "plan.json", "--auto-approve")

    assert (planned.code, applied.code) == (0, 0), applied.err
    assert told(server) == [("plan", None), ("cutover-start", "orders"), ("cutover-end", "orders")]
    text = server.bodies(f"/{SECRET}")[0]["text"]
    assert text.startswith("1 database: 1 to change (against the stand-in). Downtime in 1")
    assert SECRET not in planned.out + planned.err + applied.out + applied.err


@pytest.mark.slow
def test_what_is_refused_needs_somebody(small: Place, server: Hooks) -> None:
    configured(small, server, "[limits]\nmost_changes = 0\n")

    planned = small.run("plan", "--out", "plan.json")
    applied = small.run("apply", "plan.json", "--auto-approve")

    assert (planned.code, applied.code) == (0, 5)
    assert told(server) == [("plan", None), ("needs-a-human", None), ("needs-a-human", None)]


def test_a_hook_that_fails_is_one_line_and_the_plan_is_the_same(
    reader: Place, server: Hooks
) -> None:
    usual = reader.run("plan", "--out", "one.json")
    server.status = 404
    configured(reader, server)

    done = reader.run("plan", "--out", "one.json")

    assert (done.code, done.out) == (usual.code, usual.out)
    assert done.err == "A notice to http://127.0.0.1/... was not taken: it answered with 404.\n"


def test_nothing_to_change_is_not_told(reader: Place, server: Hooks) -> None:
    configured(reader, server)

    done = reader.run("plan", "--only", "accounts")

    assert (done.code, server.taken) == (0, [])


def test_an_address_that_is_wrong_is_said_without_it(reader: Place) -> None:
    fleet = reader.folder / "desired" / "reconcile.toml"
    fleet.write_text(f'{fleet.read_text()}\n[notify]\nurls = ["http://hooks.example/{SECRET}"]\n')

    done = reader.run("validate")

    assert done.code == 1
    assert "reconcile.toml:" in done.out + done.err
    assert "must be an https address" in done.out + done.err
    assert SECRET not in done.out + done.err
