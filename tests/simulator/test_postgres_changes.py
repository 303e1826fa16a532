"""What Heroku does to databases, done to real ones and seen with SQL."""

from __future__ import annotations

import psycopg
import pytest
from support.real_world import real_world, sql

HEAD = """
[clock]
start = 2026-11-22T20:00:00Z
speed = 600
[databases]
bytes_per_gb = "1900KB"
"""
SHOP = """
[app.shop]
dynos = {}
[app.shop.database.orders]
name = "orders-old"
plan = "standard-0"
version = "16.10"
size = "2GB"
tables = 5
attachments = ["DATABASE"]
"""
REPLICA = """
[app.shop.database.replica]
name = "orders-replica"
plan = "standard-0"
follows = "orders"
attachments = ["REPLICA"]
"""
ROW = "insert into writes (app, dyno, n) values ('shop', 'psql', %s)"
COUNT = "select count(*) from writes"
OLD, NEW = "/client/v11/databases/orders-old", "/client/v11/databases/orders-new"

pytestmark = pytest.mark.slow


@pytest.fixture
def make(speak, tmp_path):
    def of(text):
        return real_world(HEAD + text, speak, tmp_path)

    return of


def follow(heroku, name="orders-new", plan="standard-2"):
    body = {
        "plan": f"heroku-postgresql:{plan}",
        "config": {"follow": "DATABASE_URL"},
        "name": name,
        "attachment": {"name": "NEXT"},
    }
    heroku.do("POST", "/apps/shop/addons", body)
    heroku.wait(300)


def test_a_scenario_becomes_servers_that_hold_what_it_says(make):
    with make(SHOP + REPLICA) as heroku:
        url = heroku.url("shop")
        info, replica = heroku.info("orders-old"), heroku.info("orders-replica")
        tables = sql(url, "select count(*) from pg_tables where schemaname = 'public'")
        held = sql(
            url,
            "select sum(pg_relation_size(tablename::regclass)) from pg_tables where schemaname = 'public'",
        )

        assert (info["num_tables"], tables) == (5, [(5,)])
        assert info["num_bytes"] == pytest.approx(2 * 2**30, rel=0.02)
        assert int(held[0][0]) == pytest.approx(2 * 1900 * 2**10, rel=0.02)
        assert sql(url, "show server_version_num")[0][0].startswith("16")
        assert (replica["num_tables"], replica["num_bytes"]) == (5, info["num_bytes"])
        assert info["resource_url"] == url


def test_only_the_right_password_opens_a_database(make):
    with make(SHOP) as heroku:
        url = heroku.url("shop")
        user = psycopg.conninfo.conninfo_to_dict(url)["user"]
        database = url.rpartition("/")[2]

        for wrong in (
            url.replace("canary-", "wrong-"),
            url.replace(user, "postgres"),
            url.replace(f"/{database}", "/postgres").replace("canary-", "wrong-"),
        ):
            with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
                sql(wrong, "select 1")
        assert sql(url, "select current_user, current_database()") == [(user, database)]


def test_a_follower_streams_after_its_catch_up_and_is_read_only(make):
    with make(SHOP) as heroku:
        old = heroku.url("shop")
        follow(heroku)
        next_url = heroku.url("shop", "NEXT_URL")
        for number in range(30):
            sql(old, ROW, number)

        assert sql(next_url, COUNT) == [(0,)]
        assert heroku.behind("orders-new") == 30
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            sql(next_url, ROW, 99)

        heroku.wait(1200)
        heroku.eventually(lambda: heroku.behind("orders-new") == 0)
        info = heroku.info("orders-new")
        assert sql(next_url, COUNT) == [(30,)]
        assert info["is_in_recovery"] is True
        assert info["target_transaction"] == str(heroku.info("orders-old")["current_transaction"])


def test_a_follower_that_cannot_replay_is_behind_though_it_has_everything(make):
    with make(SHOP + REPLICA) as heroku:
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)
        replica = heroku.engine.server_of(heroku.id_of("orders-replica"))
        with replica.connect() as connection:
            connection.execute("select pg_wal_replay_pause()")
        for number in range(7):
            sql(heroku.url("shop"), ROW, number)

        assert heroku.behind("orders-replica") == 7

        with replica.connect() as connection:
            connection.execute("select pg_wal_replay_resume()")
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)


def test_unfollow_is_a_promotion_and_gives_the_slot_back(make):
    with make(SHOP + REPLICA) as heroku:
        replica = heroku.url("shop", "REPLICA_URL")
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)
        heroku.do("PUT", "/client/v11/databases/orders-replica/unfollow")
        heroku.wait(8)

        sql(replica, ROW, 1)
        leader = heroku.engine.server_of(heroku.id_of("orders-old"))
        assert sql(replica, "select pg_is_in_recovery()") == [(False,)]
        assert leader.ask("select count(*) from pg_replication_slots") == (0,)
        assert heroku.url("shop", "REPLICA_URL") == replica
        assert sql(heroku.url("shop"), COUNT) == [(0,)]
        state = heroku.get("/sim/state")["databases"]["orders-replica"]
        assert (state["follows"], state["missing_commits"]) == (None, 0)


def test_unfollow_too_early_leaves_commits_behind_for_good(make):
    with make(SHOP) as heroku:
        follow(heroku)
        for number in range(12):
            sql(heroku.url("shop"), ROW, number)
        heroku.do("PUT", f"{NEW}/unfollow")
        heroku.wait(8)

        state = heroku.get("/sim/state")["databases"]["orders-new"]
        assert state["missing_commits"] == 12
        assert sql(heroku.url("shop", "NEXT_URL"), COUNT) == [(0,)]


def test_a_fork_holds_what_its_source_held_and_has_its_own_password(make):
    with make(SHOP) as heroku:
        sql(heroku.url("shop"), ROW, 1)
        body = {"plan": "standard-0", "config": {"fork": "orders-old"}, "name": "orders-fork"}
        heroku.do("POST", "/apps/shop/addons", {**body, "attachment": {"name": "FORK"}})
        heroku.wait(300)
        fork, source = heroku.url("shop", "FORK_URL"), heroku.url("shop")
        sql(source, ROW, 2)
        sql(fork, ROW, 3)

        assert sql(fork, "select n from writes order by n") == [(1,), (3,)]
        assert sql(source, "select n from writes order by n") == [(1,), (2,)]
        assert fork.partition("@")[0] != source.partition("@")[0]


TWO = (
    SHOP
    + """
[app.shop.database.target]
name = "target"
plan = "standard-0"
version = "VERSION"
size = "1GB"
tables = 3
attachments = ["TARGET"]
credentials = { analyst = ["TARGET_ANALYST"] }
"""
)


CANNOT_BE_RESTORED = (
    "create table a (id int)",
    "insert into a values (1)",
    (
        "create function is_in_a(int) returns bool language sql"
        " as 'select exists (select from a where id = $1)'"
    ),
    "create table b (id int check (is_in_a(id)))",
    "insert into b values (1)",
)
"""A check that looks into another table holds where it was made, but not while a dump is restored."""


def copy(heroku, source, target):
    body = {"from_url": source, "to_url": target, "from_name": "A", "to_name": "B"}
    made = heroku.do("POST", "/client/v11/databases/target/transfers", body)
    heroku.wait(600)
    return heroku.get(f"/client/v11/apps/shop/transfers/{made['uuid']}?verbose=true")


@pytest.mark.parametrize(("version", "major"), [("16.10", "16"), ("18.1", "18")])
def test_a_copy_replaces_everything_also_across_major_versions(make, version, major):
    with make(TWO.replace("VERSION", version)) as heroku:
        source, target = heroku.url("shop"), heroku.url("shop", "TARGET_URL")
        sql(target, "create table old_stuff (id int)")
        sql(source, ROW, 41)
        done = copy(heroku, source, target)

        owner = psycopg.conninfo.conninfo_to_dict(target)["user"]
        assert done["succeeded"] is True
        assert sql(target, "show server_version_num")[0][0].startswith(major)
        assert sql(target, "select n from writes") == [(41,)]
        assert sql(
            target, "select distinct tableowner from pg_tables where schemaname = 'public'"
        ) == [(owner,)]
        assert sql(target, "select to_regclass('old_stuff')") == [(None,)]
        assert heroku.info("target")["num_tables"] == 5
        size = heroku.info("orders-old")["num_bytes"]
        assert heroku.info("target")["num_bytes"] == pytest.approx(size, rel=0.1)
        assert sql(heroku.url("shop", "TARGET_ANALYST_URL"), "select 1") == [(1,)]


def test_a_copy_that_postgresql_refuses_fails_with_its_words(make):
    with make(TWO.replace("VERSION", "16.10")) as heroku:
        source, target = heroku.url("shop"), heroku.url("shop", "TARGET_URL")
        for statement in CANNOT_BE_RESTORED:
            sql(source, statement)
        done = copy(heroku, source, target)

        assert done["succeeded"] is False
        assert 'relation "a" does not exist' in str(done["logs"])
        assert "canary-" not in str(done)


def test_credentials_are_roles(make):
    with make(SHOP + REPLICA) as heroku:
        credentials = "/postgres/v0/databases/orders-old/credentials"
        heroku.do("POST", credentials, {"name": "analyst"})
        heroku.wait(30)
        body = {"addon": "orders-old", "app": "shop", "namespace": "credential:analyst"}
        heroku.do("POST", "/addon-attachments", {**body, "name": "ANALYST"})
        url = heroku.url("shop", "ANALYST_URL")
        owner = heroku.url("shop")

        assert sql(url, "select 1") == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            sql(url, COUNT)
        sql(owner, f'grant select on writes to "{psycopg.conninfo.conninfo_to_dict(url)["user"]}"')
        assert sql(url, COUNT) == [(0,)]

        heroku.do("POST", f"{credentials}/default/credentials_rotation")
        new = heroku.url("shop")
        assert new != owner
        sql(new, ROW, 1)
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)
        assert sql(heroku.url("shop", "REPLICA_URL"), COUNT) == [(1,)]
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            sql(owner, "select 1")

        heroku.do("DELETE", f"{credentials}/analyst")
        heroku.wait(30)
        with pytest.raises(psycopg.OperationalError, match="authentication failed"):
            sql(url, "select 1")


ESSENTIAL = SHOP.replace("standard-0", "essential-1")


def test_an_essential_plan_change_is_read_only_meanwhile_and_moves_the_data(make):
    with make(ESSENTIAL) as heroku:
        old = heroku.url("shop")
        sql(old, ROW, 1)
        session = psycopg.connect(old, autocommit=True)
        heroku.do("PATCH", "/apps/shop/addons/orders-old", {"plan": "essential-2"})

        with pytest.raises(psycopg.OperationalError, match="terminating connection"):
            session.execute(ROW, (2,))
        session.close()
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            sql(old, ROW, 2)
        assert sql(old, COUNT) == [(1,)]

        heroku.wait(180)
        new = heroku.url("shop")
        sql(new, ROW, 3)
        assert new != old
        assert sql(new, "select n from writes order by n") == [(1,), (3,)]
        assert heroku.info("orders-old")["plan"] == "essential-2"
        with pytest.raises(psycopg.OperationalError):
            sql(old, "select 1")


def test_a_standard_plan_change_switches_to_a_replacement_with_its_followers(make):
    with make(SHOP + REPLICA) as heroku:
        old, replica = heroku.url("shop"), heroku.url("shop", "REPLICA_URL")
        heroku.do("PATCH", "/apps/shop/addons/orders-old", {"plan": "standard-2"})
        heroku.wait(7200)
        sql(old, ROW, 1)
        heroku.do("POST", "/data/maintenances/v1/orders-old/run")
        with pytest.raises(psycopg.OperationalError, match="too many connections"):
            sql(old, COUNT)

        heroku.wait(60)
        new = heroku.url("shop")
        sql(new, ROW, 2)
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)
        assert heroku.info("orders-old")["plan"] == "standard-2"
        assert sql(new, "select n from writes order by n") == [(1,), (2,)]
        assert heroku.url("shop", "REPLICA_URL") == replica
        assert sql(replica, COUNT) == [(2,)]
        with pytest.raises(psycopg.OperationalError):
            sql(old, "select 1")
        assert len(heroku.engine.workshop.running) == 2


def test_a_follower_gets_another_plan_by_another_standby(make):
    with make(SHOP + REPLICA) as heroku:
        before = heroku.url("shop", "REPLICA_URL")
        heroku.do("PATCH", "/apps/shop/addons/orders-replica", {"plan": "standard-2"})
        heroku.wait(7200)
        heroku.do("POST", "/data/maintenances/v1/orders-replica/run")
        heroku.wait(60)
        after = heroku.url("shop", "REPLICA_URL")
        sql(heroku.url("shop"), ROW, 1)
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)

        leader = heroku.engine.server_of(heroku.id_of("orders-old"))
        assert after != before
        assert sql(after, COUNT) == [(1,)]
        assert leader.ask("select count(*) from pg_replication_slots") == (1,)


def test_a_version_upgrade_moves_leader_and_follower_to_the_new_major(make):
    with make(SHOP + REPLICA) as heroku:
        sql(heroku.url("shop"), ROW, 1)
        heroku.do("POST", f"{OLD}/upgrade/prepare", {"version": "18"})
        heroku.wait(7200)
        heroku.do("POST", f"{OLD}/upgrade/run", {"version": "18"})
        heroku.wait(60)
        sql(heroku.url("shop"), ROW, 2)
        heroku.eventually(lambda: heroku.behind("orders-replica") == 0)

        for name in ("DATABASE_URL", "REPLICA_URL"):
            url = heroku.url("shop", name)
            assert sql(url, "show server_version_num")[0][0].startswith("18")
            assert sql(url, COUNT) == [(2,)]
        assert heroku.info("orders-replica")["postgres_version"].startswith("18")


def test_a_destroyed_database_leaves_no_process_and_no_folder(make):
    with make(SHOP + REPLICA) as heroku:
        heroku.do("DELETE", "/apps/shop/addons/orders-replica")
        heroku.wait(30)

        (left,) = heroku.engine.workshop.running
        names = {path.name for path in heroku.engine.workshop.folder.iterdir()}
        assert left.ask("select count(*) from pg_replication_slots") == (0,)
        assert names == {"lock", left.name, f"{left.name}.log"}


def test_a_database_that_is_still_being_made_can_be_destroyed(make):
    with make(SHOP) as heroku:
        heroku.do("POST", "/apps/shop/addons", {"plan": "standard-0", "name": "brief"})
        heroku.speaker.wait(240)
        made = heroku.get("/addons/brief")
        heroku.do("DELETE", "/apps/shop/addons/brief")
        heroku.wait(30)

        assert made["state"] == "provisioning"
        assert heroku.ask("GET", "/addons/brief").status_code == 404
        assert len(heroku.engine.workshop.running) == 1


def test_real_work_takes_as_long_as_it_takes(make):
    with make(SHOP) as heroku:
        heroku.do("POST", "/apps/shop/addons", {"plan": "standard-0", "name": "late"})
        heroku.speaker.wait(240)
        status = heroku.get("/client/v11/databases/late/wait_status")
        state = heroku.get("/addons/late")["state"]
        heroku.settle()

        assert (state, status["waiting?"]) == ("provisioning", True)
        assert heroku.get("/addons/late")["state"] == "provisioned"
        assert heroku.get("/client/v11/databases/late/wait_status")["waiting?"] is False
