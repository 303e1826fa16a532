from __future__ import annotations

import datetime as dt

import pytest
from deepdiff import DeepDiff
from hypothesis import given
from hypothesis import strategies as st
from support.live import snapshot_of
from support.planning import POOL, backup, follower, live, name, wanted

from reconciler.core.desired import Origin
from reconciler.core.diff import _differing, canonical_window, diff
from reconciler.core.durations import parse_weekly_time
from reconciler.core.plan import (
    AppChange,
    AttachmentMissing,
    BackupChange,
    FollowerMissing,
    MaintenanceWindowChange,
    Refresh,
    ServicePlanChange,
    VersionChange,
)

REPLICA = {"app": "reports", "plan": "standard-0", "attachments": ["reports::REPLICA"]}
SUNDAY = parse_weekly_time("Sunday 02:00")


def changes(desired: object, world: dict[str, object]) -> tuple[object, ...]:
    return diff(desired, snapshot_of(world))


def test_what_is_as_wanted_does_not_differ() -> None:
    desired = wanted("standard-0", version=17, not_older_than=dt.date(2026, 1, 1))

    assert changes(desired, live(created_on="2026-01-01")) == ()


def test_another_service_plan() -> None:
    assert changes(wanted("standard-2"), live()) == (
        ServicePlanChange(before="standard-0", after="standard-2"),
    )


def test_a_plan_that_was_asked_for_is_no_change_before_it_serves() -> None:
    assert changes(wanted("standard-2"), live("standard-2", serving="standard-0")) == ()


def test_a_pending_change_to_another_plan_is_one() -> None:
    world = live("standard-3", serving="standard-2")

    assert changes(wanted("standard-2"), world) == (
        ServicePlanChange(before="standard-3", after="standard-2"),
    )


@pytest.mark.parametrize(("before", "after"), [(17, 18), (17, 16)])
def test_another_version(before: int, after: int) -> None:
    assert changes(wanted("standard-0", version=after), live(version=before)) == (
        VersionChange(before=before, after=after),
    )


def test_no_version_wanted_keeps_what_there_is() -> None:
    assert changes(wanted("standard-0"), live(version=15)) == ()


def test_a_database_that_is_too_old() -> None:
    desired = wanted("standard-0", not_older_than=dt.date(2026, 6, 1))

    assert changes(desired, live(created_on="2026-05-31")) == (
        Refresh(created_on="2026-05-31", not_older_than="2026-06-01"),
    )


@pytest.mark.parametrize(
    ("replica", "instead_of"),
    [
        (None, None),
        (REPLICA | {"leader": "old", "plan": "standard-2"}, "replica"),
        (REPLICA | {"leader": "another"}, "replica"),
        (REPLICA, "replica"),
    ],
    ids=["missing", "wrong plan", "follows another", "follows nobody"],
)
def test_a_follower_that_is_not_as_wanted(
    replica: dict[str, object] | None, instead_of: str | None
) -> None:
    desired = wanted("standard-0", followers=(follower("reports", "REPLICA", "standard-0"),))

    assert changes(desired, live(others={"replica": replica} if replica else {})) == (
        FollowerMissing(
            app="reports",
            attachment="REPLICA",
            service_plan="standard-0",
            instead_of=instead_of,
        ),
    )


def test_a_follower_whose_plan_change_is_pending_is_as_wanted() -> None:
    desired = wanted("standard-0", followers=(follower("reports", "REPLICA", "standard-2"),))
    replica = REPLICA | {"leader": "old", "plan": "standard-2", "serving": "standard-0"}

    assert changes(desired, live(others={"replica": replica})) == ()


def test_names_that_are_missing_or_lead_elsewhere() -> None:
    desired = wanted(
        "standard-0",
        attach=(name("reports", "ORDERS"), name("web", "ORDERS")),
        poolers=(name("shop", "POOL"),),
    )
    other = {"app": "web", "plan": "standard-0", "attachments": ["web::ORDERS"]}

    assert changes(desired, live(others={"other": other})) == (
        AttachmentMissing(app="reports", attachment="ORDERS"),
        AttachmentMissing(app="shop", attachment="POOL", namespace=POOL),
        AttachmentMissing(app="web", attachment="ORDERS", instead_of="other"),
    )


def test_a_pooler_that_leads_to_the_server_itself() -> None:
    desired = wanted("standard-0", poolers=(name("shop", "POOL"),))

    assert changes(desired, live(attachments=["shop::DATABASE", "shop::POOL"])) == (
        AttachmentMissing(app="shop", attachment="POOL", namespace=POOL, instead_of="old"),
    )


@pytest.mark.parametrize(
    ("seen", "before"),
    [
        ({"status": "none", "window": "Tuesdays 14:30 to 18:30 UTC"}, "Tuesday 14:30"),
        (None, ""),
    ],
)
def test_another_maintenance_window(seen: dict[str, str] | None, before: str) -> None:
    desired = wanted("standard-0", maintenance_window=SUNDAY)

    assert changes(desired, live(maintenance=seen)) == (
        MaintenanceWindowChange(before=before, after="Sunday 02:00"),
    )


def test_the_wanted_maintenance_window_does_not_differ() -> None:
    seen = {"status": "none", "window": "Sundays 02:00 to 06:00 UTC"}

    assert changes(wanted("standard-0", maintenance_window=SUNDAY), live(maintenance=seen)) == ()


def test_changes_are_sorted_by_kind_app_and_name() -> None:
    desired = wanted(
        "standard-2",
        version=18,
        not_older_than=dt.date(2026, 6, 1),
        maintenance_window=SUNDAY,
        followers=(follower("b", "TWO", "standard-2"), follower("a", "ONE", "standard-2")),
        attach=(name("z", "LAST"), name("a", "FIRST")),
    )

    found = changes(desired, live(created_on="2024-01-01"))

    assert [(one.kind, getattr(one, "attachment", "")) for one in found] == [
        ("service-plan", ""),
        ("version", ""),
        ("refresh", ""),
        ("follower", "ONE"),
        ("follower", "TWO"),
        ("attachment", "FIRST"),
        ("attachment", "LAST"),
        ("maintenance-window", ""),
    ]


def test_a_database_that_was_not_seen_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="shop::OTHER was not observed"):
        changes(wanted(attachment="OTHER"), live())


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("Thursdays 21:30 to Fridays 01:30 UTC", "Thursday 21:30"),
        ("Sunday 02:00", "Sunday 02:00"),
        ("", ""),
        ("not set", ""),
    ],
)
def test_windows_have_one_form(text: str, window: str) -> None:
    assert canonical_window(text) == window


PARIS = backup("DATABASE_URL", 5, "Europe/Paris")
NIGHT = backup("HUB_URL", 0, "UTC")


@pytest.mark.parametrize(
    ("scheduled", "before"),
    [([], ""), ([["DATABASE_URL", 3, "UTC"]], "03:00 UTC"), ([["OTHER_URL", 5, "UTC"]], "")],
)
def test_a_backup_that_is_not_scheduled_as_wanted(scheduled: list[object], before: str) -> None:
    desired = wanted("standard-0", backups=(PARIS,))

    assert changes(desired, live(schedules=scheduled)) == (
        BackupChange(name="DATABASE_URL", before=before, after="05:00 Europe/Paris"),
    )


def test_only_the_backup_that_differs_is_a_change() -> None:
    desired = wanted("standard-0", backups=(PARIS, NIGHT))
    world = live(schedules=[["DATABASE_URL", 5, "Europe/Paris"], ["HUB_URL", 1, "UTC"]])

    assert changes(desired, world) == (
        BackupChange(name="HUB_URL", before="01:00 UTC", after="00:00 UTC"),
    )


def test_schedules_are_nobodys_wish_where_none_is_listed() -> None:
    assert changes(wanted("standard-0"), live(schedules=[["DATABASE_URL", 3, "UTC"]])) == ()


def test_a_schedule_of_another_name_is_left_alone() -> None:
    world = live(schedules=[["DATABASE_URL", 5, "Europe/Paris"], ["OTHER_URL", 1, "UTC"]])

    assert changes(wanted("standard-0", backups=(PARIS,)), world) == ()


HERE = Origin(app="shop", attachment="DATABASE")


def test_a_database_that_is_to_move_is_found_where_it_is() -> None:
    desired = wanted("standard-0", app="vault", moved_from=HERE)

    assert changes(desired, live()) == (
        AppChange(before="shop", after="vault"),
        AttachmentMissing(app="vault", attachment="DATABASE"),
    )


def test_a_database_that_its_new_app_reads_already_is_still_the_old_apps() -> None:
    desired = wanted("standard-0", app="vault", moved_from=HERE)
    world = live(attachments=["shop::DATABASE", "vault::DATABASE"])

    assert changes(desired, world) == (AppChange(before="shop", after="vault"),)


def test_a_database_that_has_moved_does_not_differ() -> None:
    desired = wanted("standard-0", app="vault", moved_from=HERE)
    moved = {"app": "vault", "plan": "standard-0", "attachments": ["vault::DATABASE"]}
    world = live(
        others={"new": moved}, attachments=["shop::DATABASE", "shop::ORDERS_REPLACED_0A1B2C"]
    )

    assert changes(desired, world) == ()


INSIDE = st.dictionaries(
    st.sampled_from(["a::A", "b::B"]),
    st.fixed_dictionaries(
        {"addon": st.sampled_from("xy"), "namespace": st.sampled_from(["", "n"])}
    ),
)


def shapes(*versions: int | None) -> st.SearchStrategy[dict[str, object]]:
    return st.fixed_dictionaries(
        {"service-plan": st.sampled_from("xy"), "attachment": INSIDE, "follower": INSIDE},
        optional={
            "version": st.sampled_from(versions),
            "is-fresh": st.booleans(),
            "maintenance-window": st.sampled_from(["", "Sunday 02:00"]),
            "backup": st.dictionaries(st.sampled_from("AB"), st.sampled_from("xy")),
        },
    )


@given(seen=shapes(16, 17, None), wanted=shapes(16, 17))
def test_the_places_are_those_that_deepdiff_names_over_the_whole(
    seen: dict[str, object], wanted: dict[str, object]
) -> None:
    seen = {key: seen.get(key) for key in wanted if key in seen}

    whole = DeepDiff(seen, wanted, threshold_to_diff_deeper=0, view="tree")

    levels = (level.path(output_format="list") for kind in whole.values() for level in kind)
    assert _differing(seen, wanted) == {tuple(path[:2]) for path in levels}
