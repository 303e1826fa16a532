from __future__ import annotations

import pytest


def names(heroku, app):
    return [dyno["name"] for dyno in heroku.get(f"/apps/{app}/dynos")]


def test_maintenance_mode_is_set_and_seen(heroku):
    assert heroku.do("PATCH", "/apps/shop", {"maintenance": True})["maintenance"] is True
    assert heroku.get("/apps/shop")["maintenance"] is True
    assert heroku.get("/apps/blog")["maintenance"] is False


def test_maintenance_must_be_a_boolean(heroku):
    assert heroku.refused("PATCH", "/apps/shop", {"maintenance": "yes"}) == (400, "bad_request")


def test_an_unknown_app_is_not_found(heroku):
    assert heroku.refused("GET", "/apps/nobody") == (404, "not_found")


@pytest.mark.parametrize(
    ("quantity", "expected"), [(5, 5), ("5", 5), ("+1", 3), ("-1", 1), ("-9", 0), (0, 0)]
)
def test_quantities_are_numbers_or_texts_absolute_or_relative(heroku, quantity, expected):
    heroku.do(
        "PATCH", "/apps/shop/formation", {"updates": [{"type": "worker", "quantity": quantity}]}
    )

    assert heroku.get("/apps/shop/formation/worker")["quantity"] == expected


@pytest.mark.parametrize("quantity", ["many", "", 1.5, True, 101])
def test_other_quantities_are_refused(heroku, quantity):
    heroku.refused("PATCH", "/apps/shop/formation/worker", {"quantity": quantity})

    assert heroku.get("/apps/shop/formation/worker")["quantity"] == 2


def test_one_bad_update_leaves_all_process_types_as_they_were(heroku):
    updates = [{"type": "web", "quantity": 0}, {"type": "nothing", "quantity": 0}]

    assert heroku.refused("PATCH", "/apps/shop/formation", {"updates": updates}) == (
        404,
        "not_found",
    )
    assert heroku.get("/apps/shop/formation/web")["quantity"] == 3


def test_sizes_come_as_size_or_dyno_size(heroku):
    updates = [
        {"type": "web", "size": "standard-2x"},
        {"type": "worker", "dyno_size": {"name": "Performance-M"}},
    ]
    formation = heroku.do("PATCH", "/apps/shop/formation", {"updates": updates})

    sizes = {each["type"]: each["size"] for each in formation}
    assert sizes["web"] == "Standard-2X"
    assert sizes["worker"] == "Performance-M"


def test_dynos_leave_the_list_some_seconds_after_scaling_down(heroku):
    heroku.do("PATCH", "/apps/shop/formation/worker", {"quantity": 0})
    heroku.wait(9)
    before = names(heroku, "shop")
    heroku.wait(2)

    assert before == ["clock.1", "web.1", "web.2", "web.3", "worker.1", "worker.2"]
    assert names(heroku, "shop") == ["clock.1", "web.1", "web.2", "web.3"]


def test_dynos_start_some_seconds_after_scaling_up(heroku):
    heroku.do("PATCH", "/apps/blog/formation/web", {"quantity": 2})
    at_first = {dyno["name"]: dyno["state"] for dyno in heroku.get("/apps/blog/dynos")}
    heroku.wait(10)

    assert at_first == {"web.1": "up", "web.2": "starting"}
    assert {dyno["state"] for dyno in heroku.get("/apps/blog/dynos")} == {"up"}


def test_scaling_down_and_up_again_at_once_keeps_the_dynos(heroku):
    heroku.do("PATCH", "/apps/shop/formation/worker", {"quantity": 0})
    heroku.wait(3)
    heroku.do("PATCH", "/apps/shop/formation/worker", {"quantity": 2})
    heroku.wait(60)

    assert names(heroku, "shop").count("worker.1") == 1
    assert len(names(heroku, "shop")) == 6


def test_config_vars_are_set_removed_and_released(heroku):
    version = heroku.get("/apps/example-app/releases")[-1]["version"]

    after = heroku.do("PATCH", "/apps/example-app/config-vars", {"NEW": "1", "RACK_ENV": None})

    assert after["NEW"] == "1"
    assert "RACK_ENV" not in after
    assert heroku.get("/apps/example-app/releases")[-1]["version"] == version + 1


def test_a_config_var_of_an_attachment_cannot_be_overwritten(heroku):
    refusal = heroku.refused("PATCH", "/apps/shop/config-vars", {"DATABASE_URL": "postgres://x"})

    assert refusal == (422, "unprocessable_entity")


def test_database_urls_hold_canary_passwords(heroku):
    found = heroku.get("/apps/shop/config-vars")

    assert found["DATABASE_URL"].startswith("postgres://")
    assert "canary-" in found["DATABASE_URL"]
    assert found["DATABASE_URL"] != found["DATABASE_CONNECTION_POOL_URL"]
    assert sorted(found) == ["DATABASE_CONNECTION_POOL_URL", "DATABASE_URL", "WORKER_POOL_URL"]
