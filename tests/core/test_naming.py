from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.core.naming import (
    ADDON_NAME,
    LONGEST,
    attachment_stem,
    is_mark,
    is_next_mark,
    is_replaced_alias,
    new_names,
)

ORDERS = {
    "app": "shop",
    "name": "orders",
    "replaces": "postgresql-curved-1",
    "service_plan": "standard-2",
    "version": None,
}


def test_names_say_what_they_are_for() -> None:
    names = new_names(**ORDERS)

    assert re.fullmatch(r"shop-orders-standard-2-[0-9a-f]{6}", names.addon)
    mark = names.addon[-6:].upper()
    assert names.next_attachment == f"ORDERS_NEXT_{mark}"
    assert names.replaced_alias == f"ORDERS_REPLACED_{mark}"


def test_the_same_intent_has_the_same_names() -> None:
    assert new_names(**ORDERS) == new_names(**ORDERS)


@pytest.mark.parametrize(
    "other",
    [
        {"app": "shop-eu"},
        {"name": "users"},
        {"replaces": "postgresql-curved-2"},
        {"service_plan": "standard-3"},
        {"version": 18},
        {"attempt": 2},
    ],
)
def test_another_intent_has_other_names(other: dict[str, object]) -> None:
    assert new_names(**ORDERS | other).addon[-6:] != new_names(**ORDERS).addon[-6:]


apps = st.from_regex(r"[a-z][a-z0-9-]{1,28}[a-z0-9]", fullmatch=True)
logical = st.text(st.characters(min_codepoint=33, max_codepoint=0x17F), min_size=1, max_size=50)


@given(apps, logical)
def test_names_are_what_heroku_accepts(app: str, name: str) -> None:
    names = new_names(**ORDERS | {"app": app, "name": name, "service_plan": "premium-xl-9"})

    assert ADDON_NAME.fullmatch(names.addon)
    assert len(names.addon) <= LONGEST
    assert re.fullmatch(r"[A-Z][A-Z0-9_]*", names.next_attachment)
    assert is_mark(names.next_attachment)
    assert is_replaced_alias(names.replaced_alias, stem=attachment_stem(name))


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("orders", "ORDERS"),
        ("orders-eu", "ORDERS_EU"),
        ("2nd", "DB_2ND"),
        ("Ünïque", "N_QUE"),
        ("_", "DB"),
    ],
)
def test_stems_are_attachment_names(name: str, stem: str) -> None:
    assert attachment_stem(name) == stem


def test_marks_are_told_from_names_that_apps_read() -> None:
    names = [
        "DATABASE",
        "NEXT_9C1E77",
        "ORDERS_NEXT_9C1E7",
        "ORDERS_NEXT_9c1e77",
        "ORDERS_REPLACED",
    ]

    assert [one for one in names if is_mark(one)] == []
    assert is_mark("ORDERS_NEXT_9C1E77")
    assert is_next_mark("ORDERS_NEXT_9C1E77", stem="ORDERS")
    assert not is_next_mark("ORDERS_REPLACED_9C1E77", stem="ORDERS")
    assert not is_replaced_alias("ORDERS_EU_REPLACED_9C1E77", stem="ORDERS")
