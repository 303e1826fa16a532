"""Apps, processes, config vars, releases."""

from __future__ import annotations

import itertools
import json

import pytest

pytestmark = pytest.mark.slow


def test_reading_apps_and_processes_changes_nothing(heroku):
    before = heroku.world.world.to_json()

    assert "shop" in heroku.run("apps")
    assert "shop" in heroku.run("apps:info", "--app", "shop")
    assert "off" in heroku.run("maintenance", "--app", "shop")
    assert "worker" in heroku.run("ps", "--app", "shop")
    assert "v2" in heroku.run("releases", "--app", "shop")
    assert "RACK_ENV" in heroku.run("releases:info", "v2", "--app", "shop")

    assert _without_clocks(heroku.world.world.to_json()) == _without_clocks(before)


def _without_clocks(text):
    world = json.loads(text)
    for key in ("now", "account"):
        world.pop(key)
    return world


def test_maintenance_mode_is_switched_on_and_off(heroku):
    heroku.run("maintenance:on", "--app", "shop")
    on = heroku.world.app("shop").maintenance
    heroku.run("maintenance:off", "--app", "shop")

    assert (on, heroku.world.app("shop").maintenance) == (True, False)


def test_processes_are_scaled_absolutely_relatively_and_in_size(heroku):
    heroku.run("ps:scale", "web=3:standard-2x", "worker+1", "--app", "shop")
    up = heroku.world
    heroku.run("ps:scale", "worker=0", "--app", "shop")
    heroku.skip("2s")
    down = heroku.world

    assert up.formation("shop") == {"web": 3, "worker": 2}
    assert up.app("shop").formation["web"].size == "Standard-2X"
    assert down.formation("shop") == {"web": 3, "worker": 0}
    assert sorted(down.app("shop").dynos) == ["web.1", "web.2", "web.3"]


def test_dynos_restart_one_by_one_by_type_and_all(heroku):
    started = [_started(heroku)]
    for arguments in (
        ("ps:stop", "--dyno-name", "web.1"),
        ("ps:restart", "--dyno-name", "web.2"),
        ("ps:stop", "--process-type", "worker"),
        ("ps:restart",),
    ):
        heroku.run(*arguments, "--app", "shop")
        started.append(_started(heroku))

    restarted = [
        {name for name in now if now[name] != before[name]}
        for before, now in itertools.pairwise(started)
    ]

    assert restarted == [{"web.1"}, {"web.2"}, {"worker.1"}, {"web.1", "web.2", "worker.1"}]


def _started(heroku):
    return {name: dyno.up_at for name, dyno in heroku.world.app("shop").dynos.items()}


def test_config_vars_are_read_set_and_unset_with_a_release_each(heroku):
    assert "production" in heroku.run("config:get", "RACK_ENV", "--app", "shop")
    assert "canary-" in heroku.run("config", "--app", "shop")
    heroku.run("config:set", "A=1", "B=2", "--app", "shop")
    both = dict(heroku.world.app("shop").config)
    heroku.run("config:unset", "A", "--app", "shop")

    assert both == {"RACK_ENV": "production", "A": "1", "B": "2"}
    assert heroku.world.app("shop").config == {"RACK_ENV": "production", "B": "2"}
    assert heroku.world.releases("shop")[-2:] == [
        ("succeeded", "Set A,"),
        ("succeeded", "Remove A"),
    ]
