"""A small estate for tests of plan files: one database to change, one that was replaced, for commands in this process."""

from __future__ import annotations

from pathlib import Path

WORLD = """\
seed = 5

[clock]
start = 2026-11-22T20:00:00Z
speed = 60

[app.shop]
formation = { web = 2 }

[app.shop.database.orders]
name = "postgresql-solid-10001"
plan = "standard-2"
attachments = ["DATABASE"]

[app.shop.database.old]
name = "postgresql-old-10002"
plan = "standard-0"
attachments = ["ORDERS_REPLACED_9C1E77"]

[app.blog]
formation = { web = 1 }

[app.blog.database.posts]
name = "postgresql-cubed-10003"
plan = "essential-0"
attachments = ["DATABASE"]
"""
FLEET = '[heroku]\nendpoint = "sim:../world.toml"\n'
SHOP = """\
app = "shop"

[database.orders]
plan = "standard-2"
keep_old_primary = "KEEP"

[database.posts]
app = "blog"
plan = "essential-1"
"""
OLD = "postgresql-old-10002"


def lay_out(folder: Path, *, keep: str) -> None:
    """World and desired state; what was replaced is kept for so long."""
    (folder / "desired").mkdir()
    (folder / "world.toml").write_text(WORLD, encoding="utf-8")
    (folder / "desired/reconcile.toml").write_text(FLEET, encoding="utf-8")
    (folder / "desired/shop.toml").write_text(SHOP.replace("KEEP", keep), encoding="utf-8")


def wish(before: str, after: str, file: str = "shop") -> None:
    """Wish something else in the folder that is the current one."""
    path = Path(f"desired/{file}.toml")
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")
