from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from reconciler.adapters.heroku.translate import database_of
from reconciler.adapters.heroku.translate_work import transfer_of, upgrade_of
from reconciler.adapters.heroku.wire import HIDDEN, AddonRow, AppRow, AttachmentRow, DatabaseInfo
from reconciler.adapters.heroku.wire_closer import CredentialRow, TransferRow, UpgradeRow
from reconciler.apply.ports import ObservedUpgrade
from reconciler.core.observed import ObservedMaintenance

ADDON = {
    "id": "a1",
    "name": "db",
    "app": {"name": "shop"},
    "plan": {"name": "heroku-postgresql:standard-0"},
}
URL = "postgres://u1:canary-secret@h1.example.com:5432/d1"


def addon(**fields):
    return AddonRow.model_validate_json(json.dumps(ADDON | fields))


def database(info, **fields):
    return database_of(addon(**fields), DatabaseInfo.model_validate_json(json.dumps(info)))


@pytest.mark.parametrize(
    "plan", ["heroku-postgresql:standard-2", {"id": "p", "name": "heroku-postgresql:standard-2"}]
)
def test_a_plan_comes_as_a_text_or_as_an_object(plan):
    assert addon(plan=plan).plan == "heroku-postgresql:standard-2"


@pytest.mark.parametrize(
    "plan", ["standard-2", "heroku-postgresql:standard-2", {"id": 7, "name": "standard-2"}]
)
def test_the_serving_plan_too(plan):
    assert database({"plan": plan}).serving_plan == "standard-2"


@pytest.mark.parametrize("plan", [None, 7, []])
def test_a_serving_plan_in_another_form_is_unknown(plan):
    assert database({"plan": plan}).serving_plan is None


@pytest.mark.parametrize("num", ["12", 12])
def test_the_number_of_a_transfer_comes_as_a_text_or_as_a_number(num):
    assert TransferRow.model_validate({"uuid": "t", "num": num}).num == "12"


def test_nothing_that_heroku_may_add_is_in_the_way():
    seen = database(
        {
            "plan": "standard-0",
            "brand_new": {"deep": [1]},
            "info": [
                {"name": "Brand New", "values": ["x", 1, None, {"y": 1}], "more": 1},
                {"name": "Status", "values": ["Unheard Of"]},
            ],
        },
        state="resting",
        brand_new=1,
    )

    assert (seen.state, seen.status) == ("resting", "Unheard Of")


def test_what_heroku_does_not_say_is_unknown():
    seen = database({})

    unknown = (
        seen.serving_plan,
        seen.version,
        seen.data_size_bytes,
        seen.table_count,
        seen.connection_count,
        seen.connection_limit,
        seen.credential_count,
        seen.created_on,
        seen.lag_commits,
        seen.follower_count,
        seen.maintenance,
        seen.price_cents_month,
    )
    assert set(unknown) == {None}


def test_numbers_in_another_form_are_unknown_and_rows_help_out():
    seen = database(
        {
            "num_bytes": "many",
            "num_tables": None,
            "num_connections": {"now": 1},
            "credentials": ["default"],
            "info": [
                {"name": "Data Size", "values": ["1.00 GB / 64 GB (1.5%)"]},
                {"name": "Tables", "values": [45]},
                {"name": "Connections", "values": ["12/200"]},
                {"name": "Credentials", "values": [2]},
                {"name": "PG Version", "values": ["17.5"]},
            ],
        }
    )

    assert (seen.data_size_bytes, seen.table_count) == (2**30, 45)
    assert (seen.connection_count, seen.connection_limit) == (12, 200)
    assert (seen.credential_count, seen.version) == (2, 17)


def test_a_follower_without_a_named_leader_still_follows():
    seen = database({"following": URL, "info": [{"name": "Behind By", "values": ["7 commits"]}]})

    assert (seen.is_following, seen.leader, seen.lag_commits) == (True, None, 7)


@pytest.mark.parametrize("following", [None, ""])
def test_whoever_follows_nobody_has_no_lag(following):
    seen = database(
        {"following": following, "info": [{"name": "Behind By", "values": ["7 commits"]}]}
    )

    assert (seen.is_following, seen.lag_commits) == (False, None)


def test_a_leader_as_a_text_is_not_taken_for_a_name():
    assert database({"following": URL, "leader": URL}).leader is None


def test_a_maintenance_that_is_not_required_is_none():
    rows = [
        {"name": "Maintenance", "values": ["not required"]},
        {"name": "Maintenance window", "values": ["Thursdays 21:30 to Fridays 01:30 UTC"]},
    ]

    assert database({"info": rows}).maintenance == ObservedMaintenance(
        "none", window="Thursdays 21:30 to Fridays 01:30 UTC"
    )


@pytest.mark.parametrize(
    ("price", "cents"),
    [
        ({"cents": 5000, "unit": "month", "contract": False}, 5000),
        ({"cents": 0, "unit": "month", "contract": False}, 0),
        ({"cents": 0, "unit": "month", "contract": True}, None),
        ({"cents": 7, "unit": "hour", "contract": False}, None),
        ({"cents": "a lot"}, None),
        (None, None),
    ],
)
def test_only_a_monthly_price_that_is_told_counts(price, cents):
    assert database({}, billed_price=price).price_cents_month == cents


@pytest.mark.parametrize(
    ("fields", "finished", "succeeded"),
    [
        ({"finished_at": None, "succeeded": None}, False, None),
        ({"finished_at": "2026-01-01 00:00:00 +0000", "succeeded": True}, True, True),
        ({"finished_at": "2026-01-01 00:00:00 +0000", "succeeded": False}, True, False),
        ({"finished_at": "2026-01-01 00:00:00 +0000", "succeeded": None}, True, False),
        ({"canceled_at": "2026-01-01 00:00:00 +0000", "succeeded": True}, True, False),
    ],
)
def test_the_outcome_of_a_transfer(fields, finished, succeeded):
    seen = transfer_of(TransferRow.model_validate({"uuid": "t", **fields}))

    assert (seen.is_finished, seen.has_succeeded) == (finished, succeeded)


def test_a_missing_namespace_is_the_default_credential():
    body = {"name": "DATABASE", "app": {"name": "shop"}, "addon": {"name": "db"}}

    assert AttachmentRow.model_validate(body).namespace == ""
    assert AttachmentRow.model_validate(body | {"namespace": None}).namespace == ""


def test_secrets_are_dropped_when_they_are_read():
    info = DatabaseInfo.model_validate(
        {
            "resource_url": URL,
            "database_password": "canary-secret",
            "following": URL,
            "info": [{"name": "Followers", "values": [URL, URL]}],
        }
    )
    credential = CredentialRow.model_validate(
        {"name": "default", "credentials": [{"user": "u1", "password": "canary-secret"}]}
    )

    assert "canary" not in repr(info) + info.model_dump_json() + repr(credential)
    assert info.row("Followers") == (HIDDEN, HIDDEN)


def test_an_error_about_a_body_does_not_quote_it():
    with pytest.raises(ValidationError) as caught:
        AppRow.model_validate({"name": ["canary-secret"], "maintenance": "canary-secret"})

    assert "canary" not in str(caught.value)


SCHEDULED = "upgrade is scheduled on 2025-04-17 20:30:00 UTC. Run `pg:upgrade:run` to begin."


@pytest.mark.parametrize(
    ("body", "status", "note"),
    [
        ({"waiting?": False, "message": "available"}, "none", "available"),
        ({"waiting?": False, "message": "no upgrade is scheduled"}, "none", None),
        ({"waiting?": False, "message": "You haven't scheduled an upgrade."}, "none", None),
        (
            {"waiting?": True, "message": "preparing", "step": "1/7"},
            "at-work",
            "step 1/7: preparing",
        ),
        (
            {"waiting?": False, "message": SCHEDULED},
            "scheduled",
            "prepared, Heroku's own window begins 2025-04-17 20:30:00 UTC",
        ),
        ({"waiting?": True, "message": SCHEDULED}, "at-work", None),
        ({"error?": True, "message": "out of memory", "step": "3/7"}, "failed", None),
        ({}, "none", ""),
    ],
)
def test_not_waiting_is_told_apart_from_prepared_by_herokus_words(body, status, note):
    seen = upgrade_of(UpgradeRow.model_validate_json(json.dumps(body)))

    assert isinstance(seen, ObservedUpgrade)
    assert seen.status == status
    assert note in {None, seen.note}


@pytest.mark.parametrize(
    ("values", "has_key"),
    [(None, False), ([], False), ([""], False), (["arn:aws:kms:us-east-1:1:key/2"], True)],
)
def test_a_key_of_the_customers_own_is_seen_and_not_kept(values, has_key):
    rows = [] if values is None else [{"name": "Customer Encryption Key", "values": values}]

    seen = database({"info": rows})

    assert seen.has_customer_key is has_key
    assert "arn:" not in repr(seen)
