"""No password of any database is ever written or shown: every password of the stand-in begins with `canary-`.

Searched: all that each command says, in each of its formats, when all is well and when it fails, and every file under
the folder but the stand-in's own world, which is not ours.
"""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from support.serving import serving

if TYPE_CHECKING:
    from support.processes import Done, Place

CANARY = "canary-"
pytestmark = pytest.mark.slow


def leaks(place: Place, outputs: list[Done]) -> list[str]:
    said = [f"{one.out}\n{one.err}" for one in outputs]
    found = [f"output: {text}" for text in said if CANARY in text or "postgres://" in text]
    for path in sorted(place.folder.rglob("*")):
        inputs = (".reconcile/sim/", "desired/", "world.toml")
        is_ours = path.is_file() and not any(one in str(path) for one in inputs)
        text = path.read_text(encoding="utf-8", errors="replace") if is_ours else ""
        if CANARY in text or "postgres://" in text:
            found.append(str(path.relative_to(place.folder)))
    return found


def commands(plan: str) -> list[list[str]]:
    return [
        ["plan", "--format", "json"],
        ["plan", "--format", "markdown"],
        ["plan", "--html", "plan.html"],
        ["explain", "orders"],
        ["explain", "orders", "--format", "json"],
        ["explain", "orders", "--what-if", "plan=premium-0"],
        ["plan", "--check", plan],
        ["plan", "--retire"],
        ["show", plan, "--format", "markdown"],
        ["drift", "--format", "markdown"],
        ["status", "--all", "--format", "json"],
        ["validate", "--format", "sarif"],
        ["schema", "plan"],
        ["show", plan],
        ["show", plan, "--format", "json"],
        ["drift"],
        ["drift", "--format", "json"],
        ["import", "--out", "imported"],
        ["doctor"],
        ["status"],
        ["status", "--html", "status.html"],
        ["ledger", plan],
        ["ledger", plan, "--format", "json"],
        ["verify", plan],
        ["verify", plan, "--format", "json"],
        ["abort", "orders"],
        ["rules"],
        ["validate"],
    ]


def told(place: Place, *apply: str) -> list[Done]:
    """What every command says before and after an apply, which must succeed."""
    with serving(place, "--scenario", "world.toml", "--keep", ".reconcile/sim") as url:
        place.settings["RECONCILE_ENDPOINT"] = url

        def said(*words: str) -> Done:
            return place.run(*words, is_alone=False)

        before = [said("plan", "--out", "plan.json")]
        before += [said(*words) for words in commands("plan.json")]
        applied = said("apply", "plan.json", "--auto-approve", *apply)
        after = [said(*words) for words in commands("plan.json")]
    assert applied.code == 0, applied.err
    return [*before, applied, *after]


def test_no_password_is_written_or_shown_by_any_command(small: Place) -> None:
    outputs = told(small)

    kept = (small.folder / ".reconcile/sim/world.json").read_text(encoding="utf-8")
    assert CANARY in kept  # there is something to be found
    assert leaks(small, outputs) == []


def test_no_password_is_written_or_shown_when_an_apply_is_killed_or_fails(small: Place) -> None:
    world = small.folder / "world.toml"
    fault = '\n[[fault]]\nkind = "status"\nstatus = 422\nbody = "canary-in-a-body"\nmethod = "PUT"\npath = "*/unfollow"\ntimes = 1\n'
    world.write_text(world.read_text(encoding="utf-8") + fault, encoding="utf-8")
    running = small.start("apply", "--auto-approve")
    running.until("do .* stop all dynos of shop")
    running.signal(signal.SIGKILL)
    outputs = [running.end(), small.run("status")]

    outputs.append(small.run("apply", "--auto-approve", "--json"))

    assert outputs[-1].code == 1
    assert "backed-out" in outputs[-1].out + outputs[-1].err
    assert leaks(small, outputs) == []


def test_no_secret_of_any_input_is_written_or_shown(small: Place) -> None:
    world = small.folder / "world.toml"
    config = 'config = { API_KEY = "canary-of-a-config-var" }\n'
    text = world.read_text(encoding="utf-8").replace("[app.shop]\n", f"[app.shop]\n{config}", 1)
    world.write_text(text, encoding="utf-8")
    fleet = small.folder / "desired" / "reconcile.toml"
    hook = (
        '[notify]\nurls = ["http://127.0.0.1:1/services/canary-of-a-webhook", "env:CANARY_HOOK"]\n'
    )
    fleet.write_text(fleet.read_text(encoding="utf-8") + hook, encoding="utf-8")
    small.settings |= {
        "HEROKU_API_KEY": "canary-of-the-token",
        "CANARY_HOOK": "http://127.0.0.1:1/canary-of-the-environment",
    }

    assert leaks(small, told(small, "--json")) == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ('[state]\nurl = "postgresql://u:canary-in-a-file@127.0.0.1:1/d"\n', 1),
        ('[heroku]\nendpoint = "https://u:canary-in-a-file@127.0.0.1:1"\n', 1),
        ('[notify]\nurls = ["nonsense canary-in-a-file"]\n', 1),
    ],
)
def test_a_secret_in_a_file_that_is_refused_is_not_repeated(
    small: Place, written: str, code: int
) -> None:
    (small.folder / "desired" / "reconcile.toml").write_text(written, encoding="utf-8")

    outputs = [
        small.run("plan"),
        small.run("validate"),
        small.run("validate", "--format", "json"),
        small.run("validate", "--format", "sarif"),
        small.run("status"),
    ]

    assert outputs[0].code == code
    assert leaks(small, outputs) == []


def test_a_shared_state_that_cannot_be_reached_keeps_its_password(small: Place) -> None:
    small.settings["RECONCILE_STATE_URL"] = "postgresql://u:canary-of-the-state@127.0.0.1:1/d"

    outputs = [small.run("plan"), small.run("apply", "--auto-approve"), small.run("status")]

    assert [one.code for one in outputs] == [0, 1, 1]
    assert "cannot be reached" in outputs[1].err
    assert leaks(small, outputs) == []
