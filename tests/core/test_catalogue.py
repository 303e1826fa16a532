from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reconciler.catalogue import load_catalogue

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue, ServicePlan


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def plan(catalogue: Catalogue, name: str) -> ServicePlan:
    found = catalogue.get(name)
    assert found is not None
    return found


def test_a_plan_is_found_with_and_without_the_service(catalogue: Catalogue) -> None:
    found = catalogue.get("heroku-postgresql:standard-0")

    assert found is catalogue.get("standard-0")
    assert found is not None
    assert found.full_name == "heroku-postgresql:standard-0"


@pytest.mark.parametrize("name", ["", "standard-1", "heroku-redis:mini-0", "STANDARD-0"])
def test_what_is_no_plan_is_not_found(catalogue: Catalogue, name: str) -> None:
    assert catalogue.get(name) is None


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("standrd-2", ("standard-2", "standard-0", "standard-3")),
        ("premium4", ("premium-4", "premium-0", "premium-2")),
        ("gold", ()),
        ("hobby-dev", ()),
    ],
)
def test_near_names_are_proposed_the_likeliest_first(
    catalogue: Catalogue, name: str, nearest: tuple[str, ...]
) -> None:
    assert catalogue.nearest(name) == nearest


def test_nothing_withdrawn_is_proposed(catalogue: Catalogue) -> None:
    assert "standard-tengu" not in catalogue.nearest("standard-tengu", count=50)


@pytest.mark.parametrize(
    ("leader", "least"),
    [
        ("standard-0", "standard-0"),
        ("premium-2", "premium-0"),
        ("standard-3", "standard-2"),
        ("premium-4", "premium-3"),
        ("private-7", "private-3"),
        ("shield-8", "shield-4"),
    ],
)
def test_the_least_follower_is_as_the_help_article_lists(
    catalogue: Catalogue, leader: str, least: str
) -> None:
    tier = least.split("-", maxsplit=1)[0]
    accepted = [
        each.name
        for each in catalogue.plans
        if each.tier == tier and catalogue.may_follow(each, plan(catalogue, leader))
    ]

    assert accepted[0] == least


def test_a_follower_may_be_of_another_tier(catalogue: Catalogue) -> None:
    assert catalogue.may_follow(plan(catalogue, "standard-3"), plan(catalogue, "premium-4")) is True
    assert (
        catalogue.may_follow(plan(catalogue, "premium-2"), plan(catalogue, "standard-4")) is False
    )


@pytest.mark.parametrize("leader", ["standard-9", "premium-10", "private-l-6"])
def test_for_sizes_that_no_source_lists_it_is_unknown(catalogue: Catalogue, leader: str) -> None:
    assert catalogue.may_follow(plan(catalogue, leader), plan(catalogue, leader)) is None


@pytest.mark.parametrize(
    ("follower", "leader"),
    [("essential-0", "standard-0"), ("standard-0", "essential-0"), ("advanced", "standard-0")],
)
def test_essential_and_advanced_neither_follow_nor_are_followed(
    catalogue: Catalogue, follower: str, leader: str
) -> None:
    assert catalogue.may_follow(plan(catalogue, follower), plan(catalogue, leader)) is False


def test_sizes_rank_from_small_to_large(catalogue: Catalogue) -> None:
    ranks = {
        name: catalogue.size_rank(plan(catalogue, name))
        for name in ("standard-0", "standard-2", "private-0", "private-xl-9", "essential-2", "mini")
    }

    assert ranks == {
        "standard-0": 0,
        "standard-2": 1,
        "private-0": 0,
        "private-xl-9": 12,
        "essential-2": 2,
        "mini": None,
    }


def test_versions_are_those_of_the_day(catalogue: Catalogue) -> None:
    deprecated = catalogue.version(15)

    assert catalogue.supported_versions == (18, 17, 16)
    assert catalogue.default_version == 18
    assert deprecated is not None
    assert (deprecated.status, str(deprecated.end_of_life)) == ("deprecated", "2027-02-28")
    assert catalogue.version(11) is None


def test_a_withdrawn_tier_has_no_facts(catalogue: Catalogue) -> None:
    assert catalogue.tier(plan(catalogue, "mini")) is None


def test_disk_counts_in_bytes(catalogue: Catalogue) -> None:
    assert plan(catalogue, "essential-1").storage_bytes == 10 * 2**30
    assert plan(catalogue, "advanced").storage_bytes is None
