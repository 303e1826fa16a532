from __future__ import annotations

import pytest

LEGACY = "postgresql-cubed-88041"
ORDERS = "postgresql-curved-53302"
MINUTE = 60


@pytest.fixture
def two(heroku):
    """The Essential database of blog, and an empty Standard one beside it."""
    body = {
        "plan": "heroku-postgresql:standard-0",
        "name": "target",
        "attachment": {"name": "TARGET"},
        "config": {"version": "17"},
    }
    heroku.do("POST", "/apps/blog/addons", body)
    heroku.wait(300)
    return heroku


def begin(heroku, **other):
    found = heroku.get("/apps/blog/config-vars")
    body = {
        "from_url": found["DATABASE_URL"],
        "from_name": "DATABASE",
        "to_url": found["TARGET_URL"],
        "to_name": "TARGET",
        **other,
    }
    answer = heroku.ask("POST", "/client/v11/databases/target/transfers", body)
    assert answer.status_code == 201, answer.text
    return answer.json()


def read(heroku, transfer):
    return heroku.get(f"/client/v11/apps/blog/transfers/{transfer['uuid']}")


def test_a_copy_takes_three_minutes_a_gigabyte_and_shows_how_far_it_is(two):
    transfer = begin(two)
    two.wait(6.3 * MINUTE)
    half = read(two, transfer)
    two.wait(6.2 * MINUTE)
    nearly = read(two, transfer)
    two.wait(0.2 * MINUTE)
    done = read(two, transfer)

    assert half["processed_bytes"] == pytest.approx(half["source_bytes"] / 2)
    assert (nearly["finished_at"], nearly["succeeded"]) == (None, None)
    assert done["succeeded"] is True
    assert done["processed_bytes"] == done["source_bytes"] == int(4.2 * 2**30)


def test_afterwards_the_target_holds_what_the_source_holds(two):
    begin(two)
    before = two.info("target")["num_tables"]
    two.wait(13 * MINUTE)
    source, target = two.info(LEGACY), two.info("target")

    assert before == 0
    assert (target["num_bytes"], target["num_tables"]) == (
        source["num_bytes"],
        source["num_tables"],
    )
    assert target["plan"] == "standard-0"


def test_a_transfer_is_listed_and_found_by_number_and_id(two):
    transfer = begin(two)

    (listed,) = two.get("/client/v11/apps/blog/transfers")
    by_number = two.get(f"/client/v11/apps/blog/transfers/{transfer['num']}")
    assert listed["uuid"] == by_number["uuid"] == transfer["uuid"]
    assert (listed["from_type"], listed["to_type"]) == ("pg_dump", "pg_restore")
    app = two.get("/apps/blog")["id"]
    assert two.get(f"/client/v11/apps/{app}/transfers")[0]["uuid"] == transfer["uuid"]


def test_logs_come_only_when_asked_for_and_hold_no_password(two):
    transfer = begin(two)
    two.wait(13 * MINUTE)
    path = f"/client/v11/apps/blog/transfers/{transfer['uuid']}"

    assert two.get(path)["logs"] == []
    assert len(two.get(f"{path}?verbose=true")["logs"]) == 2
    assert "canary" not in two.ask("GET", f"{path}?verbose=true").text


def test_a_canceled_copy_changes_nothing_any_more(two):
    transfer = begin(two)
    two.wait(60)
    path = f"/client/v11/apps/blog/transfers/{transfer['uuid']}/actions/cancel"
    two.do("POST", path)
    two.wait(60 * MINUTE)
    after = read(two, transfer)

    assert (after["succeeded"], after["canceled_at"] is not None) == (False, True)
    assert after["processed_bytes"] < after["source_bytes"]
    assert two.info("target")["num_tables"] == 0
    assert two.refused("POST", path) == (422, "unprocessable_entity")


def test_a_wrong_password_makes_it_fail(two):
    url = two.get("/apps/blog/config-vars")["DATABASE_URL"].replace("canary-", "wrong-")
    transfer = begin(two, from_url=url)
    two.wait(13 * MINUTE)

    assert read(two, transfer)["succeeded"] is False


def test_a_follower_cannot_be_copied_over(two):
    url = two.get("/apps/reports/config-vars")["ORDERS_REPLICA_URL"]
    transfer = begin(two, to_url=url)
    two.wait(13 * MINUTE)

    assert read(two, transfer)["succeeded"] is False


def test_a_database_cannot_be_copied_onto_itself(two):
    url = two.get("/apps/blog/config-vars")["TARGET_URL"]
    body = {"from_url": url, "to_url": url}
    path = "/client/v11/databases/target/transfers"

    assert two.refused("POST", path, body) == (422, "unprocessable_entity")


def test_what_does_not_fit_fails(heroku):
    found = heroku.get("/apps/shop/config-vars") | heroku.get("/apps/sandbox/config-vars")
    body = {
        "from_url": heroku.get("/apps/shop/config-vars")["DATABASE_URL"],
        "to_url": found["DATABASE_URL"],
        "from_name": "A",
        "to_name": "B",
    }
    heroku.do("POST", "/client/v11/databases/postgresql-flat-31337/transfers", body)
    heroku.wait(60 * MINUTE)

    (transfer,) = heroku.get("/client/v11/apps/sandbox/transfers")
    assert transfer["succeeded"] is False
    assert heroku.info("postgresql-flat-31337")["num_tables"] == 7


def test_a_backup_is_a_transfer_too(heroku):
    made = heroku.do("POST", f"/client/v11/databases/{ORDERS}/backups")
    heroku.wait(30 * MINUTE)

    (transfer,) = heroku.get("/client/v11/apps/shop/transfers")
    assert (transfer["uuid"], transfer["to_type"], transfer["succeeded"]) == (
        made["uuid"],
        "gof3r",
        True,
    )


def test_schedules_are_made_changed_and_removed(heroku):
    path = f"/client/v11/databases/{ORDERS}/transfer-schedules"
    (first,) = heroku.get(path)
    body = {"hour": "06", "timezone": "UTC", "schedule_name": "DATABASE_URL"}
    changed = heroku.do("POST", path, body)
    heroku.do("POST", path, {**body, "hour": 7, "schedule_name": "OTHER_URL"})
    heroku.do("DELETE", f"{path}/{first['uuid']}")

    assert (first["hour"], first["timezone"]) == (3, "America/New_York")
    assert (changed["uuid"], changed["hour"]) == (first["uuid"], 6)
    assert [each["name"] for each in heroku.get(path)] == ["OTHER_URL"]


@pytest.mark.parametrize("wrong", [{"hour": "24"}, {"hour": None}, {"timezone": "Mars/Olympus"}])
def test_a_schedule_that_cannot_be_is_refused(heroku, wrong):
    path = f"/client/v11/databases/{ORDERS}/transfer-schedules"

    assert heroku.refused("POST", path, {"hour": "6", **wrong}) == (400, "bad_request")
