from __future__ import annotations

import pytest
from support.planning import backup

from reconciler.adapters.toml_amending import amended
from reconciler.adapters.toml_comments import comments, tied, untied
from reconciler.core.amending import Amendment
from reconciler.core.desired import DesiredAttachment, DesiredFollower
from reconciler.core.desired_files import DesiredFile
from reconciler.core.names import DatabaseName
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
    blocks = {DatabaseName(f"new-{number}"): block for number, block in enumerate(additions, 1)}
    return amended(text, file="desired/shop.toml", amendments=amendments, additions=blocks)


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
    with pytest.raises(
        ReconcileError, match=r"written: new-1, new-2 cannot stand at its end\.$"
    ) as caught:
        amend(INLINE, additions=('[database.new]\nplan = "standard-0"\n', "[database.orders.x]\n"))

    assert "--force" in caught.value.hint


def test_backups_are_moved_added_and_taken_away_by_the_name_that_they_are_for() -> None:
    text = (
        'app = "shop"\n[database.orders]\nplan = "standard-0"\n'
        "[[database.orders.backup]]\nhour = 3  # before the office opens\n"
        '[[database.orders.backup]]\nhour = 4\nattachment = "GONE"\n'
    )
    edits = Amendment(
        name="orders",
        app="shop",
        reschedule=(backup("DATABASE_URL", 5, "Europe/Paris"),),
        add=(("backup", backup("ORDERS_URL", 6, "UTC")),),
        remove=(("backup", backup("GONE_URL", 4, "UTC")),),
    )

    after = amend(text, edits)

    read = load(after, file="shop.toml", model=DesiredFile, error=DesiredStateError)
    backups = read.database["orders"].backups
    assert [(one.hour, one.timezone, one.attachment) for one in backups] == [
        (5, "Europe/Paris", None),
        (6, "UTC", "ORDERS"),
    ]
    assert "# before the office opens" in after


REMOVED = """\
app = "three"
[database.three]
plan = "standard-0"

# --- who else reads it ---

# ask payments before touching
[[database.three.attach]]
as = "NOPE"  # {gone}

# owned by team two, see RUNBOOK
[[database.three.attach]]
as = "ONE"
"""
NOPE = DesiredAttachment(app="three", name="NOPE")
ONE = DesiredAttachment(app="three", name="ONE")


def test_a_removed_entry_takes_its_own_comments_along_and_no_other() -> None:
    edits = Amendment(name="three", app="three", remove=(("attach", NOPE),))

    assert amend(REMOVED, edits) == (
        'app = "three"\n[database.three]\nplan = "standard-0"\n\n# --- who else reads it ---\n\n\n'
        '# owned by team two, see RUNBOOK\n[[database.three.attach]]\nas = "ONE"\n'
    )


def test_the_last_entries_are_removed_with_what_stands_below_them_kept() -> None:
    text = f"{REMOVED}\n# the end\n"
    edits = Amendment(name="three", app="three", remove=(("attach", NOPE), ("attach", ONE)))

    assert amend(text, edits) == (
        'app = "three"\n[database.three]\nplan = "standard-0"\n\n# --- who else reads it ---\n\n\n'
        "\n# the end\n"
    )


NEXT = """\
app = "shop"
[database.orders]
plan = "standard-0"
# version = 17, when payments agree

# ask payments first
[database.other]
plan = "standard-0"
"""


def test_what_is_new_does_not_come_below_the_comment_of_the_next_table() -> None:
    edits = Amendment(name="orders", app="shop", keys=(("version", 16),), add=(("attach", ORDERS),))

    assert amend(NEXT, edits) == (
        'app = "shop"\n[database.orders]\nplan = "standard-0"\n'
        "# version = 17, when payments agree\nversion = 16\n"
        '[[database.orders.attach]]\napp = "reports"\nas = "ORDERS"\n'
        '\n# ask payments first\n[database.other]\nplan = "standard-0"\n'
    )


@pytest.mark.parametrize("text", [WRITTEN, REMOVED, NEXT, APART, INLINE, DOTTED, "# only\n", ""])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_what_is_tied_to_a_header_comes_back_to_where_it_was(text: str, line_end: str) -> None:
    written = text.replace("\n", line_end)

    assert untied(tied(written)) == written


def test_comments_are_told_from_texts_that_look_like_them() -> None:
    text = 'a = "# no"  # yes\nb = \'# no\'\nc = """\n# no\n"""\n# "and yes\n'

    assert comments(text) == {"# yes": 1, '# "and yes': 1}


def test_line_ends_stay_as_they_are() -> None:
    block = '[database.new]\nplan = "standard-0"\n'

    after = amend(WRITTEN.replace("\n", "\r\n"), EVERYTHING, additions=(block,))

    assert after == amend(WRITTEN, EVERYTHING, additions=(block,)).replace("\n", "\r\n")


AT_THE_TOP = """\
app = "shop"
database.orders.plan = "standard-0"  # soon
database.orders.version = 15
# leave me
database.other.plan = "standard-0"
"""


@pytest.mark.parametrize(
    "text",
    [AT_THE_TOP, AT_THE_TOP.replace("database.", "").replace("orders", "[database]\norders", 1)],
    ids=["at the top", "in a table"],
)
def test_dotted_keys_are_amended_with_names_that_are_new(text: str) -> None:
    edits = Amendment(
        name="orders",
        app="shop",
        keys=(("plan", "standard-2"), ("version", 16)),
        add=(("follower", SECOND), ("attach", ORDERS)),
    )

    after = amend(text, edits, additions=('[database.new]\nplan = "standard-0"\n',))

    read = load(after, file="shop.toml", model=DesiredFile, error=DesiredStateError)
    orders = read.database["orders"]
    assert (orders.plan, orders.version) == ("standard-2", 16)
    assert [(one.attachment, one.plan) for one in orders.followers] == [("SECOND", "standard-3")]
    assert [(one.app, one.name) for one in orders.attach] == [("reports", "ORDERS")]
    assert 'plan = "standard-2"  # soon\n' in after
    assert "\n# leave me\n" in after


def test_comments_in_an_array_in_brackets_outlive_its_last_entry() -> None:
    text = DOTTED.replace("orders.attach = [", "orders.attach = [\n  # ask payments")
    edits = Amendment(name="orders", app="shop", remove=(("attach", OLD),))

    after = amend(text, edits)

    assert "# ask payments" in after
    assert "OLD" not in after
