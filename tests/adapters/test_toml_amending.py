from __future__ import annotations

import pytest

from reconciler.adapters.toml_amending import amended
from reconciler.core.amending import Amendment
from reconciler.core.desired import DesiredAttachment, DesiredFollower
from reconciler.core.desired_files import DesiredFile
from reconciler.errors import DesiredStateError, ReconcileError
from reconciler.toml_text import load

WRITTEN = """\
# The shop's databases. Ask Ada before touching.
app = "shop"

[database.orders]           # the one that matters
plan = "standard-0"         # was premium until May
labels = { team = "a" }

[[database.orders.follower]]  # for the reports
app = "reports"
attachment = "REPLICA"
plan = "standard-0"         # cheap

[[database.orders.attach]]
as = "OLD"

[database.other]
plan = "standard-0"  # leave me
"""
REPLICA = DesiredFollower(app="reports", attachment="REPLICA", service_plan="standard-2")
SECOND = DesiredFollower(app="shop", attachment="SECOND", service_plan="standard-3")
OLD = DesiredAttachment(app="shop", name="OLD")
ORDERS = DesiredAttachment(app="reports", name="ORDERS")
EVERYTHING = Amendment(
    name="orders",
    app="shop",
    keys=(("plan", "standard-2"), ("version", 16)),
    replan=(REPLICA,),
    add=(("follower", SECOND), ("attach", ORDERS)),
    remove=(("attach", OLD),),
)


def amend(text: str, *amendments: Amendment, additions: tuple[str, ...] = ()) -> str:
    return amended(text, file="desired/shop.toml", amendments=amendments, additions=additions)


def test_values_change_and_comments_stay() -> None:
    text = amend(WRITTEN, EVERYTHING)

    for comment in (
        "# The shop's databases. Ask Ada before touching.",
        "# the one that matters",
        "# was premium until May",
        "# for the reports",
        "# cheap",
        "# leave me",
    ):
        assert comment in text
    assert 'plan = "standard-2"         # was premium until May' in text
    assert 'plan = "standard-2"         # cheap' in text
    assert '"OLD"' not in text
    assert text.count("[[database.orders.follower]]") == 2
    assert text.endswith('[database.other]\nplan = "standard-0"  # leave me\n')


def test_without_amendments_the_text_is_the_same_byte_for_byte() -> None:
    assert amend(WRITTEN) == WRITTEN
    assert amend(WRITTEN, Amendment(name="orders", app="shop")) == WRITTEN


def test_new_tables_go_to_the_end() -> None:
    block = '[database.new]\nplan = "standard-0"\n'

    assert amend(WRITTEN, additions=(block,)) == f"{WRITTEN}\n{block}"


INLINE = """\
[database]
orders = { app = "shop", plan = "standard-0", attach = [{ as = "OLD" }], follower = [{ app = "reports", attachment = "REPLICA", plan = "standard-0" }] }
"""
DOTTED = """\
app = "shop"
[database]
orders.plan = "standard-0"
orders.attach = [
  { as = "OLD" },  # for the old reader
]
orders.follower = [{ app = "reports", attachment = "REPLICA", plan = "standard-0" }]
"""
QUOTED = WRITTEN.replace("[database.orders]", '["database"."orders"]')
APART = """\
app = "shop"
[[database.orders.attach]]
as = "OLD"
[[database.orders.follower]]
app = "reports"
attachment = "REPLICA"
plan = "standard-0"
[database.other]
plan = "standard-0"
[database.orders]
plan = "standard-0"
"""


@pytest.mark.parametrize(
    "text", [INLINE, DOTTED, QUOTED, APART], ids=["inline", "dotted", "quoted", "apart"]
)
def test_every_form_of_toml_is_amended(text: str) -> None:
    after = amend(text, EVERYTHING)

    read = load(after, file="shop.toml", model=DesiredFile, error=DesiredStateError)
    orders = read.database["orders"]
    assert (orders.plan, orders.version) == ("standard-2", 16)
    assert [(one.app, one.attachment, one.plan) for one in orders.followers] == [
        ("reports", "REPLICA", "standard-2"),
        (None, "SECOND", "standard-3"),
    ]
    assert [(one.app, one.name) for one in orders.attach] == [("reports", "ORDERS")]


def test_a_key_that_the_plan_does_not_allow_is_dropped() -> None:
    text = (
        'app = "shop"\n[database.orders]\nplan = "standard-0"\nmaintenance_window = "Sun 02:00"\n'
    )
    edits = Amendment(
        name="orders", app="shop", keys=(("plan", "essential-0"),), drop=("maintenance_window",)
    )

    assert amend(text, edits) == 'app = "shop"\n[database.orders]\nplan = "essential-0"\n'


def test_a_table_that_cannot_stand_at_the_end_is_refused() -> None:
    with pytest.raises(ReconcileError, match="cannot be amended as it is written") as caught:
        amend(INLINE, additions=('[database.new]\nplan = "standard-0"\n', "[database.orders.x]\n"))

    assert "--force" in caught.value.hint
