"""What two databases hold, side by side, and whether the new one holds everything that the old one does.

Only the names of objects and counts are looked at, never a value of the data. What is comparable depends on how the
new one came about, while nobody writes to either:

* A follower is a physical copy. Everything must be there: objects, grants, rows. A sequence may be ahead by what its
  leader had reserved, never behind. The rows of unlogged tables do not come along, by PostgreSQL's design.
* A copy restores everything as the new default credential's, so grants are not compared; extensions may have another
  version. Rows and sequences must be there.

More in the new one than in the old one is no loss and not a difference.
Sources: PostgreSQL documentation, CREATE TABLE (UNLOGGED) and src/backend/commands/sequence.c (SEQ_LOG_VALS), 17.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from reconciler.core.counting import counted
from reconciler.core.frozen import Frozen
from reconciler.core.names import AddonName, DatabaseName

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Way = Literal["follower-switch", "pg-copy"]
Result = Literal["same", "different", "not-compared", "told"]

FEW = 5
"""How many differences a sentence names; the certificate has all of them."""
MOST = 1_000
"""How many differences of one kind a certificate names."""


class SequenceFact(Frozen):
    """How far a sequence is."""

    name: str
    last: int | None
    """None: never used, or not to be seen."""
    is_readable: bool
    is_descending: bool = False


class TableFact(Frozen):
    """An ordinary table, partitions included."""

    schema_name: str
    table: str
    num_bytes: int
    is_unlogged: bool = False

    @property
    def name(self) -> str:
        """`public.orders`."""
        return f"{self.schema_name}.{self.table}"


class Held(Frozen):
    """What one database holds, but for its rows."""

    version: int
    """As PostgreSQL numbers itself: 170009."""
    num_bytes: int
    encoding: str
    extensions: tuple[str, ...]
    tables: tuple[TableFact, ...]
    objects: tuple[str, ...]
    """Everything else that has a name: `view public.open_orders`, `constraint a on public.b`."""
    invalid_indexes: tuple[str, ...]
    sequences: tuple[SequenceFact, ...]
    grants: tuple[str, ...]
    """`analyst may SELECT public.orders`; the default credential is called so, whatever its role's name."""


class Count(Frozen):
    """The rows of one table in both databases; None where they could not be counted, and why not."""

    table: str
    old: int | None = None
    new: int | None = None
    why_not: str = ""


class Check(Frozen):
    """One thing that was compared."""

    what: str
    result: Result
    text: str
    """Evidence in words, with figures."""
    differences: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()


class Certificate(Frozen):
    """What was found when old and new were compared; a file of its own, without values and addresses."""

    format_version: Literal["1.0"] = "1.0"
    plan: str
    database: DatabaseName
    method: Way
    old: AddonName
    new: AddonName
    compared_at: str
    """ISO 8601, UTC."""
    over: Literal["sql", "data-api"]
    why_not_sql: str = ""
    checks: tuple[Check, ...]
    rest: tuple[Check, ...] = ()
    """What was compared once the apps were open, as of the moment before."""
    rest_at: str = ""


def checks_of(old: Held, new: Held, way: Way) -> tuple[Check, ...]:
    """Everything but rows."""
    return (
        _versions(old, new, way),
        _missing("extensions", old.extensions, new.extensions),
        _missing("tables", [one.name for one in old.tables], [one.name for one in new.tables]),
        _missing("other objects", old.objects, new.objects),
        _indexes(old, new),
        _sequences(old.sequences, new.sequences),
        _grants(old, new, way),
        Check(
            what="size",
            result="told",
            text=f"{old.num_bytes:,} bytes in the old one, {new.num_bytes:,} in the new one",
        ),
    )


def rows_check(counts: Sequence[Count], *, left: Sequence[str] = ()) -> Check:
    """The counted tables; `left` are those that time did not suffice for."""
    in_both = [one for one in counts if one.old is not None and one.new is not None]
    differences = [_row_words(one) for one in in_both if one.old != one.new]
    failed = [f"{one.table}: {one.why_not}" for one in counts if one not in in_both]
    not_compared = (*failed, *(f"{name}: no time while the apps were closed" for name in left))
    rows = sum(one.old or 0 for one in in_both)
    text = f"{rows:,} rows of {counted(len(in_both), 'table')} counted in both"
    if not_compared:
        text += f", {counted(len(not_compared), 'table')} not"
    result: Result = (
        "different" if differences else "same" if in_both or not left else "not-compared"
    )
    return _check("rows", result, text, differences, not_compared)


def differences_of(checks: Iterable[Check]) -> tuple[str, ...]:
    """All differences, in words."""
    return tuple(text for one in checks for text in one.differences)


def differences_text(differences: Sequence[str]) -> str:
    """A few of them, and how many more there are."""
    more = f"; and {len(differences) - FEW} more" if len(differences) > FEW else ""
    return "; ".join(differences[:FEW]) + more


def evidence_text(checks: Iterable[Check]) -> str:
    """What was found, in one line."""
    return "; ".join(f"{one.what}: {one.text}" for one in checks)


def is_countable(table: TableFact, way: Way) -> bool:
    """Whether its rows must be the same: a follower never has those of an unlogged one."""
    return not (way == "follower-switch" and table.is_unlogged)


def _row_words(count: Count) -> str:
    return (
        f"table {count.table} has {count.old:,} rows in the old one, {count.new:,} in the new one"
    )


def _versions(old: Held, new: Held, way: Way) -> Check:
    text = f"PostgreSQL {_version(old.version)} and {_version(new.version)}, {old.encoding}"
    differences: list[str] = []
    same_major = old.version // 10_000 == new.version // 10_000
    if old.version // 10_000 > new.version // 10_000 or (
        way == "follower-switch" and not same_major
    ):
        differences.append(f"PostgreSQL {_version(old.version)} became {_version(new.version)}")
    if old.encoding != new.encoding:
        differences.append(f"encoding {old.encoding} became {new.encoding}")
    return _check("server", "different" if differences else "same", text, differences)


def _version(number: int) -> str:
    return f"{number // 10_000}.{number % 10_000}"


def _missing(what: str, old: Sequence[str], new: Sequence[str]) -> Check:
    there = set(new)
    gone = [f"{_one_of(what)}{name} is missing" for name in old if name not in there]
    text = f"{len(old) - len(gone)} of {len(old)} there"
    return _check(what, "different" if gone else "same", text, gone)


def _one_of(what: str) -> str:
    return {"extensions": "extension ", "tables": "table "}.get(what, "")


def _indexes(old: Held, new: Held) -> Check:
    before = set(old.invalid_indexes)
    worse = [f"index {name} is invalid" for name in new.invalid_indexes if name not in before]
    text = f"{len(new.invalid_indexes)} invalid"
    if before:
        text += f", {len(before)} in the old one"
    return _check("indexes", "different" if worse else "same", text, worse)


def _sequences(old: Sequence[SequenceFact], new: Sequence[SequenceFact]) -> Check:
    found: Mapping[str, SequenceFact] = {one.name: one for one in new}
    hidden: list[str] = []
    differences: list[str] = []
    for one in old:
        other = found.get(one.name)
        if other is None:
            differences.append(f"sequence {one.name} is missing")
        elif not (one.is_readable and other.is_readable):
            hidden.append(f"{one.name}: not to be read by this credential")
        elif one.last is not None and (behind := _behind(one, other)):
            differences.append(f"sequence {one.name} is {behind}")
    compared = len(old) - len(hidden)
    text = f"{compared - len(differences)} of {len(old)} not behind"
    return _check("sequences", "different" if differences else "same", text, differences, hidden)


def _behind(old: SequenceFact, new: SequenceFact) -> str:
    """By how much, in words; empty when it is not."""
    if new.last is None or old.last is None:
        return "behind: it was never used"
    by = new.last - old.last if old.is_descending else old.last - new.last
    return f"behind by {by:,}" if by > 0 else ""


def _grants(old: Held, new: Held, way: Way) -> Check:
    if way == "pg-copy":
        text = "not compared: a copy restores everything as the new default credential's"
        return Check(what="grants", result="not-compared", text=text)
    there = set(new.grants)
    gone = [f"{grant}: not in the new one" for grant in old.grants if grant not in there]
    text = f"{len(old.grants) - len(gone)} of {len(old.grants)} there"
    return _check("grants", "different" if gone else "same", text, gone)


def _check(
    what: str,
    result: Result,
    text: str,
    differences: Sequence[str],
    not_compared: Sequence[str] = (),
) -> Check:
    return Check(
        what=what,
        result=result,
        text=text,
        differences=_at_most(differences),
        not_compared=_at_most(not_compared),
    )


def _at_most(texts: Sequence[str]) -> tuple[str, ...]:
    more = (f"and {len(texts) - MOST:,} more",) if len(texts) > MOST else ()
    return (*texts[:MOST], *more)
