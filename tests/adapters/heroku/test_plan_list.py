from __future__ import annotations

import httpx
import pytest

from reconciler.adapters.heroku.plan_list import live_catalogue
from reconciler.catalogue import load_catalogue


def listed(*plans):
    return httpx.Response(206, json=list(plans))


def plan(name, cents=None, *, contract=False, state="ga", unit="month"):
    price = {"cents": cents or 0, "contract": contract, "unit": unit}
    return {"id": name, "name": f"heroku-postgresql:{name}", "price": price, "state": state}


def overlaid(bench):
    return bench.client(lambda client: live_catalogue(client, load_catalogue()))


def test_the_live_list_is_one_request_and_says_the_prices(bench, stand_in):
    catalogue, notes = overlaid(bench)

    assert notes == ()
    assert sum(stand_in.requests.values()) == 1
    assert not stand_in.unknown_routes
    shipped = load_catalogue()
    for one in shipped.plans:
        assert catalogue.get(one.name).price_cents_month == one.price_cents_month
    assert catalogue.get("standard-0").price_confidence == "official"


def test_a_price_that_has_changed_is_the_live_one(scripted):
    bench = scripted(listed(plan("standard-0", 7700), plan("standard-1", 1), plan("gold", 1)))

    catalogue, notes = overlaid(bench)

    assert notes == ()
    assert catalogue.get("standard-0").price_cents_month == 7700
    assert catalogue.get("standard-2") == load_catalogue().get("standard-2")
    assert catalogue.get("standard-1") is None
    assert catalogue.get("gold") is None


def test_a_plan_that_the_tool_does_not_know_has_what_its_name_says(scripted):
    bench = scripted(
        listed(
            plan("standard-l-9", 480_000),
            plan("premium-11", 900_000),
            plan("private-11", 1, state="something new"),
        )
    )

    catalogue, _ = overlaid(bench)

    known, new = catalogue.get("standard-l-9"), catalogue.get("premium-11")
    assert (known.tier, known.storage_gb, known.price_cents_month) == ("standard", 5000, 480_000)
    assert (new.tier, new.storage_gb, new.price_cents_month) == ("premium", None, 900_000)
    assert (known.is_sold, new.is_sold, catalogue.get("private-11").is_sold) == (True, True, False)


def test_a_negotiated_price_that_is_not_told_is_unknown_and_not_nothing(scripted):
    bench = scripted(listed(plan("standard-0", contract=True), plan("standard-2", 5, unit="hour")))

    catalogue, _ = overlaid(bench)

    assert catalogue.get("standard-0").price_cents_month is None
    assert catalogue.get("standard-2") == load_catalogue().get("standard-2")


def test_a_plan_that_is_shut_down_is_not_sold(scripted):
    bench = scripted(
        listed(
            plan("standard-0", 1, state="shutdown"),
            plan("standard-2", 1, state="beta"),
            plan("standard-3", 1, state="something new"),
        )
    )

    catalogue, _ = overlaid(bench)

    statuses = [catalogue.get(f"standard-{size}").status for size in (0, 2, 3)]
    assert statuses == ["eol", "pilot", "available"]


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(503),
        httpx.Response(404, json={"id": "not_found", "message": "No such service."}),
        httpx.Response(200, json={"odd": True}),
        httpx.ConnectError("refused"),
    ],
)
def test_a_list_that_cannot_be_read_is_a_note_and_no_failure(scripted, answer):
    catalogue, (note,) = overlaid(scripted(answer))

    assert catalogue == load_catalogue()
    assert note.startswith("Heroku's list of plans could not be read, so prices are of ")
