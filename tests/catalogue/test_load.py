from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reconciler.catalogue import load_catalogue
from reconciler.catalogue.load import SIZED_TIERS, parse_catalogue
from reconciler.errors import TextProblemsError

if TYPE_CHECKING:
    from reconciler.core.catalogue import Catalogue


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_what_the_articles_name_is_there(catalogue: Catalogue) -> None:
    facts = {
        name: (plan.tier, plan.storage_gb, plan.connection_limit, plan.price_cents_month)
        for name in ("essential-0", "essential-1", "standard-0", "standard-2", "premium-4")
        if (plan := catalogue.get(name))
    }

    assert facts == {
        "essential-0": ("essential", 1, 20, 500),
        "essential-1": ("essential", 10, 20, 900),
        "standard-0": ("standard", 64, 120, 5_000),
        "standard-2": ("standard", 256, 400, 20_000),
        "premium-4": ("premium", 768, 500, 120_000),
    }


def test_what_no_source_states_is_none_and_never_zero(catalogue: Catalogue) -> None:
    shield = catalogue.get("shield-10")
    essential = catalogue.get("essential-0")

    assert shield is not None
    assert essential is not None
    assert (shield.price_cents_month, shield.connection_limit) == (None, None)
    assert (essential.vcpu, essential.ram_gb) == (None, None)


def test_zero_stands_only_where_a_source_says_zero(catalogue: Catalogue) -> None:
    zeros = [
        (plan.name, field)
        for plan in catalogue.plans
        for field, value in plan
        if value == 0 and not isinstance(value, bool)
    ]

    assert zeros == [("hobby-dev", "price_cents_month")]
    assert [name for name, tier in catalogue.tiers.items() if tier.rollback_days == 0] == [
        "essential"
    ]


def test_names_are_unique_and_made_of_tier_and_size(catalogue: Catalogue) -> None:
    names = [plan.name for plan in catalogue.plans]

    assert len(set(names)) == len(names)
    for plan in catalogue.plans:
        if plan.tier in (*SIZED_TIERS, "essential"):
            assert plan.name == f"{plan.tier}-{plan.size}"


def test_every_plan_of_a_size_has_the_same_hardware(catalogue: Catalogue) -> None:
    for size in catalogue.sizes:
        hardware = {
            (plan.vcpu, plan.ram_gb, plan.storage_gb, plan.connection_limit)
            for plan in catalogue.plans
            if plan.tier in SIZED_TIERS and plan.size == size
        }
        assert len(hardware) == 1


def test_every_cited_source_is_listed(catalogue: Catalogue) -> None:
    facts = (
        *catalogue.plans,
        *catalogue.tiers.values(),
        *catalogue.versions,
        *catalogue.pseudo_plans.values(),
    )

    assert all(each.source for each in facts)
    assert {key for each in facts for key in each.source} <= catalogue.sources.keys()
    assert all(source.title and source.address for source in catalogue.sources.values())
    assert all(
        source.date is None or re.fullmatch(r"\d{4}-\d\d(-\d\d)?", source.date)
        for source in catalogue.sources.values()
    )


def test_successors_are_on_sale(catalogue: Catalogue) -> None:
    withdrawn = {
        plan.name: catalogue.get(plan.successor) for plan in catalogue.plans if plan.successor
    }

    assert sorted(withdrawn) == ["basic", "dev", "hobby-basic", "hobby-dev", "mini"]
    assert all(successor and successor.is_sold for successor in withdrawn.values())


def test_a_price_always_says_how_sure_it_is(catalogue: Catalogue) -> None:
    for plan in catalogue.plans:
        assert (plan.price_cents_month is None) == (plan.price_confidence is None)


def test_reading_twice_gives_the_same_value() -> None:
    assert load_catalogue() == load_catalogue()


def test_a_wrong_key_in_the_file_is_named_with_its_place() -> None:
    with pytest.raises(TextProblemsError) as caught:
        parse_catalogue("as_of = 2026-11-22\nplam = []\n")

    first, *_ = caught.value.problems
    assert (first.file, first.line, first.column) == ("plans.toml", 1, 1)
