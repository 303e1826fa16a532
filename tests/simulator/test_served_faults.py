"""Faults over real connections, and what serving many requests takes."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import httpx
import pytest

START = "import sys; from reconciler.cli import main; sys.exit(main(sys.argv[1:]))"
OPTIONS = ("--port", "0", "--speed", "1", "--until-stdin-closes")
LONGEST = 20.0

pytestmark = pytest.mark.slow


@pytest.fixture
def heroku():
    """A client of a served stand-in that speaks no word on stderr."""
    with subprocess.Popen(
        [sys.executable, "-c", START, "sim", *OPTIONS],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        port = json.loads(process.stdout.readline())["port"]
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": "Bearer token"},
            timeout=LONGEST,
            trust_env=False,
        ) as client:
            yield client
        process.stdin.close()
        complaints = process.stderr.read()
        code = process.wait(LONGEST)
    assert (complaints, code) == ("", 0)


def break_(heroku, **rule):
    assert heroku.post("/sim/faults", json=rule).status_code == 201


def closed(heroku):
    return heroku.get("/sim/state").json()["apps"]["shop"]["maintenance"]


@pytest.mark.parametrize(("when", "effect"), [("before", False), ("after", True)])
def test_a_reset_connection_is_a_reset(heroku, when, effect):
    break_(heroku, kind="reset", when=when, method="PATCH")

    with pytest.raises(httpx.ReadError) as caught:
        heroku.patch("/apps/shop", json={"maintenance": True})

    assert "reset by peer" in str(caught.value)
    assert closed(heroku) is effect


def test_a_truncated_body_ends_before_its_length(heroku):
    break_(heroku, kind="truncate", path="/apps/shop")

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        heroku.get("/apps/shop")

    assert closed(heroku) is False


def test_a_closed_port_refuses_and_opens_again(heroku):
    break_(heroku, kind="refuse", path="/apps/shop", times=1, closed_for="1s")

    with pytest.raises(httpx.ReadError):
        heroku.get("/apps/shop")
    with pytest.raises(httpx.ConnectError):
        heroku.get("/apps/blog")

    assert first_answer(heroku, "/apps/shop").json()["name"] == "shop"


def first_answer(heroku, path):
    """The first answer that comes once the port is open again."""
    until = time.monotonic() + LONGEST
    while True:
        try:
            return heroku.get(path)
        except httpx.ConnectError:
            if time.monotonic() > until:
                raise


def test_a_slow_answer_makes_a_client_give_up(heroku):
    break_(heroku, kind="slow", when="after", delay="3s", method="PATCH")

    with pytest.raises(httpx.ReadTimeout):
        heroku.patch("/apps/shop", json={"maintenance": True}, timeout=0.3)

    assert closed(heroku) is True


def test_a_duplicate_delivery_of_a_body_acts_twice(heroku):
    break_(heroku, kind="duplicate", method="POST", path="/apps/shop/addons")
    before = heroku.get("/addons").json()
    heroku.post("/apps/shop/addons", json={"plan": "standard-0"})

    assert len(heroku.get("/addons").json()) == len(before) + 2


def test_answers_do_not_wait_for_the_clients_acknowledgement(heroku):
    took = []
    for _ in range(60):  # the first acknowledgements of a connection are never put off
        began = time.perf_counter()
        heroku.get("/apps/shop")
        took.append(time.perf_counter() - began)

    assert min(took[30:]) < 0.03  # every answer took 0.04 s when it waited
