from __future__ import annotations

import json
import re
import signal
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

import pytest
from support.processes import has_ended
from support.serving import serving
from support.terminals import typed

from reconciler.adapters.plan_files import read_plan
from reconciler.core.steps import MaintenanceOff, MaintenanceOn

if TYPE_CHECKING:
    from support.processes import Place

CRIMSON, OLD, REPLICA, COPIED = (
    "postgresql-concave-41876",
    "postgresql-curved-53302",
    "postgresql-tapered-12984",
    "postgresql-cubed-88041",
)


@pytest.mark.slow
def test_the_whole_story_ends_as_wanted_and_stays_so(hasty: Place) -> None:
    plan = f"plans/{_planned(hasty)}"
    formations = hasty.world()["formations"]

    applied = hasty.run("apply", plan, "--auto-approve")
    after = hasty.world()
    again = hasty.run("plan", "--detailed-exitcode")
    repeated = hasty.run("apply", plan, "--auto-approve")

    assert applied.code == 0, applied.err
    states = re.findall(r"^  (\w+): (\w+)", applied.out.rpartition("\nPlan ")[2], re.MULTILINE)
    assert states == [(name, "done") for name in ("crimson", "lavender", "legacy", "orders")]
    assert _without_mark(after["names"]) == {
        "accounts::DATABASE": "postgresql-spherical-26650",
        "blog::DATABASE": "blog-legacy-standard-0",
        "blog::LEGACY_REPLACED": COPIED,
        "blog::LEGACY_NEXT": "blog-legacy-standard-0",
        "example-app::DATABASE": "postgresql-rugged-70215",
        "example-app::HEROKU_POSTGRESQL_CRIMSON": "postgresql-concave-41876",
        "example-app::HEROKU_POSTGRESQL_LAVENDER": "postgresql-rugged-70215",
        "reports::ORDERS": "shop-orders-standard-2",
        "reports::ORDERS_REPLICA": "reports-orders-replica-standard-0",
        "reports::ORDERS_REPLICA_NEXT": "reports-orders-replica-standard-0",
        "reports::ORDERS_REPLICA_REPLACED": REPLICA,
        "sandbox::DATABASE": "postgresql-flat-31337",
        "search::DATABASE": "postgresql-parallel-64419",
        "shop::DATABASE": "shop-orders-standard-2",
        "shop::DATABASE_CONNECTION_POOL": "shop-orders-standard-2",
        "shop::ORDERS_NEXT": "shop-orders-standard-2",
        "shop::ORDERS_REPLACED": OLD,
        "shop::WORKER_POOL": "shop-orders-standard-2",
    }
    assert after["plans"]["postgresql-concave-41876"] == ("essential-1", "essential-1")
    assert after["plans"]["postgresql-rugged-70215"] == ("premium-4", "premium-4")
    assert (after["closed"], after["formations"]) == ([], formations)
    assert after["missing_commits"] == 0
    assert (again.code, again.out.splitlines()[1]) == (
        0,
        "reconcile plan: 6 databases: 1 converging, 5 unchanged",
    )
    assert repeated.code == 0
    assert repeated.out.count(": done before, and still so: ") == 4
    assert hasty.world()["names"] == after["names"]


@pytest.mark.slow
def test_without_a_terminal_and_without_approval_nothing_is_changed(place: Place) -> None:
    place.run("plan", "--only", "crimson")
    before = place.world()

    done = place.run("apply", "--only", "crimson")

    assert (done.code, done.err.splitlines()) == (
        5,
        ["To apply without being asked, add --auto-approve.", "Not approved; nothing was changed."],
    )
    assert place.world() == before
    assert not (place.folder / ".reconcile" / "runs").exists()


@pytest.mark.parametrize("answer", [b"no\n", b"y\n", b"\n", b"\x04"])
def test_anything_but_yes_changes_nothing(reader: Place, answer: bytes) -> None:
    with typed(answer) as stdin:
        done = reader.run("apply", "--only", "crimson", stdin=stdin)

    assert (done.code, done.err.splitlines()[-1]) == (5, "Not approved; nothing was changed.")
    assert "Type yes: " in done.out


@pytest.mark.slow
def test_yes_on_a_terminal_is_approval(hasty: Place) -> None:
    with typed(b"yes\n") as stdin:
        done = hasty.run("apply", "--only", "crimson", stdin=stdin)

    assert done.code == 0
    assert hasty.world()["plans"]["postgresql-concave-41876"] == ("essential-1", "essential-1")


def test_a_plan_file_changed_after_its_review_is_refused(reader: Place) -> None:
    path = reader.folder / "mine.json"
    reader.run("plan", "--only", "crimson", "--out", "mine.json")
    path.write_text(path.read_text().replace('"example-app"', '"blog"'))

    done = reader.run("apply", "mine.json", "--auto-approve")

    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "mine.json was changed after it was made: its digest does not fit.",
        "Only what was planned and reviewed is applied. Plan again: reconcile plan",
    ]


@pytest.mark.slow
def test_a_plan_made_elsewhere_is_refused(place: Place, served: str) -> None:
    place.run("plan", "--only", "crimson", "--out", "mine.json")
    place.settings["RECONCILE_ENDPOINT"] = served

    done = place.run("apply", "mine.json", "--auto-approve")

    assert (done.code, done.out) == (1, "")
    assert "was made against sim:example; this would speak to loopback." in done.err


@pytest.mark.slow
def test_a_plan_whose_starting_point_is_gone_is_stale_and_nothing_is_changed(place: Place) -> None:
    place.run("plan", "--only", "crimson", "--out", "mine.json")
    with serving(place, "--keep", ".reconcile/sim") as url:
        ask(url, "POST", "/addon-attachments", name="BORROWED", app="blog", addon=CRIMSON)
    before = place.world()

    done = place.run("apply", "mine.json", "--auto-approve")

    assert done.code == 4
    assert "  crimson: stale. attachments: planned from " in done.out
    assert "Plan again: reconcile plan" in done.out
    assert place.world() == before


@pytest.mark.slow
def test_what_was_killed_before_its_last_word_is_pending_until_its_own_apply_confirms_it(
    small: Place,
) -> None:
    small.run("apply", "--auto-approve")
    (run,) = (small.folder / ".reconcile/runs").iterdir()
    journal = run / "journal.jsonl"
    before, _, _ = journal.read_text().rpartition('{"at"')  # its last word: done
    journal.write_text(before)

    anew = small.run("apply", "--auto-approve")
    status = small.run("status")
    again = small.run("apply", str(run / "plan.json"), "--auto-approve")

    assert "Nothing to do" in anew.out
    assert "orders" in status.out
    assert "pending" in status.out
    assert again.code == 0, again.err
    assert "  orders: done. shop::DATABASE is " in again.out
    assert small.run("status").out == "No apply recorded in .reconcile is unfinished.\n"


@pytest.mark.slow
def test_ctrl_c_while_preparing_stops_at_a_safe_point_and_the_next_apply_finishes(
    unhurried: Place,
) -> None:
    running = unhurried.start("apply", "--auto-approve")
    running.until("wait .* being provisioned")
    stand_in = running.stand_in()

    running.signal(signal.SIGINT)
    stopped = running.end()

    assert stopped.code == 3
    assert "Stopping at the next safe point. Run the same apply again to go on." in stopped.err
    assert "  orders: pending. stopped on request" in stopped.out
    assert has_ended(stand_in)
    assert unhurried.world()["closed"] == []

    finished = unhurried.run("apply", "--auto-approve")

    assert finished.code == 0, finished.err
    assert_switched(unhurried)


@pytest.mark.slow
def test_killed_in_the_middle_of_a_cutover_the_next_apply_finishes_it_first(small: Place) -> None:
    running = small.start("apply", "--auto-approve")
    formations = {"reports": {"web": 1}, "shop": {"web": 2, "worker": 1}}
    running.until("do .* stop all dynos of shop")
    stand_in = running.stand_in()

    running.signal(signal.SIGKILL)
    killed = running.end()
    assert killed.code == -signal.SIGKILL
    assert has_ended(stand_in)
    assert small.world()["closed"] == ["reports", "shop"]

    warned = small.run("plan")

    assert warned.code == 0
    assert warned.err.startswith(
        "Cut off in the middle of a cutover: orders. Its apps may be closed.\n"
        "Finish it first: reconcile apply"
    )

    finished = small.run("apply", "--auto-approve")

    first, _, then = finished.out.partition("\nPlan ")
    assert finished.code == 0, finished.err
    assert first.startswith("Plan ")
    assert "was cut off in the cutover of orders." in first
    assert then.splitlines()[-1] == "Nothing to do."
    assert small.world()["formations"] == formations
    assert_switched(small)


def assert_switched(small: Place) -> None:
    world = small.world()
    assert _without_mark(world["names"]) == {
        "reports::ORDERS": "shop-orders-standard-2",
        "shop::DATABASE": "shop-orders-standard-2",
        "shop::ORDERS_NEXT": "shop-orders-standard-2",
        "shop::ORDERS_REPLACED": "postgresql-solid-10001",
    }
    assert (world["closed"], world["missing_commits"]) == ([], 0)
    assert len(world["plans"]) == 2


def _planned(place: Place) -> str:
    done = place.run("plan")
    assert done.code == 0, done.err
    (file,) = (place.folder / "plans").iterdir()
    return file.name


def _without_mark(names: dict[str, str]) -> dict[str, str]:
    """The attachments without the six digits that every plan derives anew."""
    return {
        re.sub(r"_[0-9A-F]{6}$", "", name): re.sub(r"-[0-9a-f]{6}$", "", addon)
        for name, addon in names.items()
    }


def ask(url: str, method: str, path: str, **body: str) -> None:
    request = Request(  # noqa: S310  # the loopback
        url + path,
        json.dumps(body).encode(),
        {
            "Authorization": "Bearer x",
            "Content-Type": "application/json",
            "Accept": "application/vnd.heroku+json; version=3",
        },
        method=method,
    )
    with urlopen(request) as answer:  # noqa: S310
        assert answer.status < 300


def test_a_plan_that_would_do_harm_is_refused_before_anything_begins(small: Place) -> None:
    made = read_plan(small.folder / "plans" / _planned(small))
    (database,) = made.databases
    stages = tuple(
        stage
        for stage in database.stages
        if not any(isinstance(step, MaintenanceOn | MaintenanceOff) for step in stage.steps)
    )
    careless = made.model_copy(
        update={"databases": (database.model_copy(update={"stages": stages}),)}
    ).with_digest()
    (small.folder / "careless.json").write_text(careless.to_json())
    before = small.world()

    done = small.run("apply", "careless.json", "--auto-approve")

    assert done.code == 1
    assert done.err.splitlines() == [
        (
            f"Plan {careless.id} would do harm to orders: reports is not closed when the data is "
            "taken as final (and 3 more)."
        ),
        "Nothing was changed. Plan again: reconcile plan",
    ]
    assert small.world() == before


def test_a_backup_that_is_wanted_is_scheduled_and_then_as_wanted(small: Place) -> None:
    (small.folder / "desired" / "shop.toml").write_text(
        'app = "shop"\n[database.orders]\nplan = "standard-0"\n'
        '[[database.orders.backup]]\nhour = 5\ntimezone = "Europe/Paris"\n'
    )

    applied = small.run("apply", "--auto-approve")
    again = small.run("plan", "--detailed-exitcode")
    drift = small.run("drift")

    assert "daily backup DATABASE_URL: 05:00 Europe/Paris" in applied.out
    assert "  orders: done. " in applied.out
    assert (applied.code, again.code, drift.code) == (0, 0, 0)
