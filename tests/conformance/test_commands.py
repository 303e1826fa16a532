"""Which commands are driven, and that a request to an unknown route would be noticed."""

from __future__ import annotations

import ast
import json
import urllib.error
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ASKED_FOR = """
    apps apps:info addons addons:info addons:create addons:wait addons:upgrade addons:attach addons:detach
    addons:destroy addons:plans config config:get config:set ps ps:scale maintenance maintenance:on
    maintenance:off releases releases:info pg:info pg:wait pg:unfollow pg:promote pg:copy pg:credentials
    pg:credentials:create pg:connection-pooling:attach pg:backups pg:backups:schedule pg:backups:schedules
    pg:backups:cancel pg:upgrade:prepare pg:upgrade:dryrun pg:upgrade:run pg:upgrade:wait pg:upgrade:cancel
    pg:links pg:settings data:maintenances data:maintenances:info data:maintenances:run
    data:maintenances:schedule data:maintenances:window data:maintenances:history
"""


def driven():
    """Every string that begins a call of `heroku.run`, or stands first in a tuple of arguments."""
    found = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            first = None
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "run" and node.args:
                first = node.args[0]
            elif isinstance(node, ast.Tuple) and node.elts:
                first = node.elts[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.add(first.value)
    return found


def test_every_command_that_was_asked_for_is_driven():
    assert set(ASKED_FOR.split()) - driven() == set()


def test_an_unknown_route_would_be_noticed(heroku):
    with pytest.raises(urllib.error.HTTPError) as refused:
        heroku.ask("GET", "/no-such-thing")

    counted = heroku.ask("GET", "/sim/unknown-routes")
    heroku.ask("DELETE", "/sim/unknown-routes")

    assert (refused.value.code, json.load(refused.value)["id"]) == (404, "not_found")
    assert counted == {"total": 1, "routes": {"GET /no-such-thing": 1}}
