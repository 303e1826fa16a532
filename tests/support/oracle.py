"""What the sources say of every change, written down by hand and apart from the product: nothing of it is imported.

A cell names, for `addons:upgrade`, the follower switch and `pg:copy`, the rules that forbid it; `+` is allowed.
Sources: Dev Center updating-heroku-postgres-databases (2025-02-26), upgrading-heroku-postgres-databases (2025-10-22),
heroku-postgres-follower-databases (2026-03-31), migrating-heroku-postgres-databases-to-private-spaces (2024-08-16),
heroku-postgres-and-private-spaces (2026-03-31), pgbackups (2024-05-29); help.heroku.com JRN5S7V6 for sizes of followers.
What none of them settles is forbidden by a rule that names the open question.
"""

from __future__ import annotations

from typing import NamedTuple

UPGRADE, SWITCH, COPY, VERSION = METHODS = (
    "addons-upgrade",
    "follower-switch",
    "pg-copy",
    "pg-upgrade",
)

MATRIX = """
# E Essential, S Standard and Premium, V Private, H Shield, A Advanced,
# L the forerunners of Essential, O other withdrawn plans
E E   +              R021            +
E S   R020           R021            +
E V   R020 R022      R021            +
E H   R020 R017      R021 R017       R030
E A   R020 R010      R021 R010       R010
E L   R020 R008      R021 R008       R008
E O   R020 R008      R021 R008       R008
S E   R020           R021            +
S S   +              +               +
S V   R022           +               +
S H   R017           R017            R030
S A   R010           R010            R010
S L   R008           R008 R021       R008
S O   R008           R008            R008
V E   R020           R021            +
V S   R022           +               +
V V   +              +               +
V H   R017           R017            R030
V A   R010           R010            R010
V L   R022 R008      R008 R021       R008
V O   R022 R008      R008            R008
H E   R020 R018      R021 R018       R030
H S   R018           R018            R030
H V   R018 R013      R018 R013       R030 R013
H H   +              +               R030
H A   R018 R010      R018 R010       R030 R010
H L   R018 R008      R018 R008 R021  R030 R008
H O   R018 R008      R018 R008       R030 R008
A E   R020 R011      R021 R011       R011
A S   R011           R011            R011
A V   R011           R011            R011
A H   R017 R011      R017 R011       R030 R011
A A   R012           R012            R012
A L   R008 R011      R008 R011 R021  R008 R011
A O   R008 R011      R008 R011       R008 R011
L E   R009 R020      R009 R021       +
L S   R009           R009 R021       R009
L V   R009 R022      R009 R021       R009
L H   R009 R017      R009 R021 R017  R009 R030
L A   R009 R010      R009 R021 R010  R009 R010
L L   R009 R008      R009 R021 R008  R009 R008
L O   R009 R008      R009 R021 R008  R009 R008
O E   R009 R020      R009 R021       R009
O S   R009           R009            R009
O V   R009 R022      +               R009
O H   R009 R017      R009 R017       R009 R030
O A   R009 R010      R009 R010       R009 R010
O L   R009 R008      R009 R021 R008  R009 R008
O O   R009 R008      R009 R008       R009 R008
"""

SIZES = ("0", "2", "3", "4", "5", "6", "l-6", "xl-6", "7", "8", "9", "l-9", "xl-9", "10")
LEAST = {"0": "0", "2": "0", "3": "2", "4": "3", "5": "3", "6": "3", "7": "3", "8": "4"}
"""Leader's size to the smallest that may follow it; of the others no source says."""
DISK_GB = {
    "0": 64,
    "2": 256,
    "3": 512,
    "4": 768,
    "5": 1000,
    "6": 1500,
    "l-6": 2000,
    "xl-6": 3000,
    "7": 2000,
    "8": 3000,
    "9": 4000,
    "l-9": 5000,
    "xl-9": 6000,
    "10": 8000,
}
ESSENTIAL_GB = {"0": 1, "1": 10, "2": 32}
OLD_DISK_GB = {"yanari": 64, "tengu": 256, "ika": 512}
"""Of `standard-` and `premium-` plans of 2014; all other production plans of then had 1,000 GB."""
FORERUNNERS = ("mini", "basic", "dev", "hobby-dev", "hobby-basic")
PILOTS = ("advanced-beta",)
"""Known, and not to be had."""


class Case(NamedTuple):
    """One change, as the planner is asked about it."""

    before: str
    after: str
    size_gb: float | None = 0.5
    is_outside: bool = False
    """The app runs in the Common Runtime, whatever the plan."""
    is_far: bool = False
    """The space is where Heroku has no Essential databases: not in Virginia or Dublin."""
    is_pending: bool = False
    is_worked_on: bool = False
    is_follower: bool = False
    is_young_fork: bool = False
    has_credentials: bool = False
    has_key: bool = False
    """It is encrypted with a key of the customer's own; only where that is possible."""
    has_pool: bool = False
    has_follower: bool = False
    """On the smallest plan of its tier; only where that can be followed."""
    is_follower_raised: bool = False
    """It is listed on the plan that the database is to have; only within one kind of plan."""
    is_read_elsewhere: bool = False
    version: int | None = 17
    wanted_version: int | None = None
    is_moved: bool = False
    """To an app of its own, from one in the same kind of place as the plan that it has."""
    is_renewed: bool = True
    """Where the plan stays: it is to be on new infrastructure."""
    method: str = "auto"


def kind(plan: str) -> str:
    """Which row and column of the matrix."""
    tier, _, size = plan.partition("-")
    if plan in FORERUNNERS:
        return "L"
    if tier == "advanced":
        return "A"
    letters = {"essential": "E", "standard": "S", "premium": "S", "private": "V", "shield": "H"}
    is_sold = size in (ESSENTIAL_GB if tier == "essential" else DISK_GB)
    return letters[tier] if tier in letters and is_sold else "O"


def disk_gb(plan: str) -> int | None:
    """How much it holds; None: not known."""
    size = plan.partition("-")[2]
    match kind(plan):
        case "E":
            return ESSENTIAL_GB[size]
        case "S" | "V" | "H":
            return DISK_GB[size]
        case "O":
            return OLD_DISK_GB.get(size, 1000)
        case _:
            return None


def space(case: Case) -> str:
    """Where the app runs."""
    kinds = {kind(case.before), kind(case.after)}
    if case.is_outside or not kinds & {"V", "H"}:
        return "common"
    return "shield" if "H" in kinds else "private"


def expected(case: Case) -> dict[str, frozenset[str]]:
    """By method, every rule that forbids it; none: it is allowed."""
    if _takes_two_plans(case):
        case = case._replace(wanted_version=None)
    cell = _cells()[kind(case.before), kind(case.after)]
    found = {method: set(rules) for method, rules in cell}
    if _wants_version(case):
        found[VERSION] = _of_version(case)
    for rules in (
        _of_place,
        _of_moving,
        _of_sizes,
        _of_state,
        _of_belongings,
        _of_copy,
        _of_wishes,
    ):
        for method, more in rules(case).items():
            if method in found:
                found[method] |= more
    if _is_for_another_method(case, found):
        found[COPY].add("R033")
    return {method: frozenset(rules) for method, rules in found.items()}


def _wants_version(case: Case) -> bool:
    """A version that could not be read cannot be told to differ."""
    return None not in (case.wanted_version, case.version) and case.wanted_version != case.version


def _cells() -> dict[tuple[str, str], list[tuple[str, list[str]]]]:
    cells = {}
    for line in MATRIX.strip().splitlines():
        if not line.startswith("#"):
            columns = (line[6:21], line[21:37], line[37:])
            rules = [column.replace("+", "").split() for column in columns]
            cells[line[0], line[2]] = list(zip(METHODS, rules, strict=False))
    return cells


def _every(*rules: str) -> dict[str, set[str]]:
    return {method: set(rules) for method in METHODS}


VERSION_FROM = {"A": {"R044"}, "L": {"R009"}, "O": {"R009"}}
VERSION_TO = {"L": {"R008"}, "O": {"R008"}}


def _of_version(case: Case) -> set[str]:
    """What forbids `pg:upgrade` by the plans, beside what forbids every method."""
    before, after = kind(case.before), kind(case.after)
    rules = VERSION_FROM.get(before, set()) | VERSION_TO.get(after, set())
    if case.before != case.after or case.is_renewed or case.is_moved:
        rules = rules | {"R043"}
    if before != "A" and after == "A":
        rules = rules | {"R010"}
    if before == "A" and after != "A":
        rules = rules | {"R011"}
    if (before, after) == ("H", "V"):
        rules = rules | {"R013"}
    return rules


def _of_place(case: Case) -> dict[str, set[str]]:
    """Private and Shield plans exist in such a space only, Essential ones near two places only."""
    is_missing = case.is_outside and kind(case.after) in "VH"
    found = _every(*(["R013"] if is_missing else []))
    if case.is_far and kind(case.after) == "E" and space(case) != "common":
        found[SWITCH].add("R019")
        found[COPY].add("R019")
    return found


def _of_moving(case: Case) -> dict[str, set[str]]:
    """To another app by a follower or a copy only; into a space only what nobody outside of it reads."""
    found = _every()
    kinds = (kind(case.before), kind(case.after))
    if case.is_moved:
        found[UPGRADE].add("R046")
        found[VERSION].add("R046")
    is_entering = kinds[1] in "VH" and kinds[0] not in "VH"
    rules = ["R047"] if is_entering and case.is_read_elsewhere else []
    rules += ["R048"] if case.is_moved and kinds == ("H", "H") else []
    found[SWITCH] |= set(rules)
    found[COPY] |= set(rules)
    return found


def _of_sizes(case: Case) -> dict[str, set[str]]:
    found = _every()
    before, after = disk_gb(case.before), disk_gb(case.after)
    if case.size_gb is not None and after is not None and case.size_gb > after:
        found = _every("R014")
        if case.before == case.after and not case.is_pending:
            found[VERSION].discard("R014")
    elif case.size_gb is None:
        is_known = before is not None and after is not None
        is_less = after < before if is_known else case.before != case.after
        found = _every(*(["R015"] if is_less else []))
    if {kind(case.before), kind(case.after)} <= {"S", "V", "H"}:
        found[SWITCH] |= _too_small(follower=case.after, leader=case.before)
    return found


def _too_small(*, follower: str, leader: str) -> set[str]:
    ranks = [SIZES.index(plan.partition("-")[2]) for plan in (follower, leader)]
    if ranks[0] >= ranks[1]:
        return set()
    least = LEAST.get(leader.partition("-")[2])
    if least is None:
        return {"R027"}
    return {"R026"} if ranks[0] < SIZES.index(least) else set()


def _of_state(case: Case) -> dict[str, set[str]]:
    rules = set()
    if case.is_pending:
        rules.add("R004")
    if case.is_worked_on:
        rules.add("R005")
    if case.is_follower:
        rules.add("R006")
    found = _every(*rules)
    is_followable = not {kind(case.before), kind(case.after)} & {"E", "L"}
    if case.is_young_fork and is_followable:
        found[SWITCH].add("R025")
    return found


def _of_belongings(case: Case) -> dict[str, set[str]]:
    found = _every()
    has_follower = case.has_follower and kind(case.before) in "SVH"
    is_used = case.has_credentials or case.has_pool or has_follower
    if is_used and kind(case.after) == "E" and kind(case.before) != "E":
        found = _every("R016")
    if case.has_credentials:
        found[COPY].add("R031")
    if case.has_key and kind(case.before) in "VH":
        found[SWITCH].add("R055")
        found[COPY].add("R055")
    if has_follower and kind(case.after) in "SVH":
        least = LEAST.get(case.after.partition("-")[2])
        is_smallest_enough = case.after.endswith("-0") or least == "0"
        is_first = case.is_follower_raised and kind(case.before) == kind(case.after)
        found[UPGRADE] |= set() if is_smallest_enough or is_first else {"R024"}
    return found


def _of_copy(case: Case) -> dict[str, set[str]]:
    rules = set()
    if (case.size_gb or 0) > 20 and case.method != "pg-copy":
        rules.add("R032")
    version = case.wanted_version or case.version
    if version is None:
        rules.add("R035")
    elif version < 16:
        rules.add("R034")
    return {COPY: rules}


def _is_for_another_method(case: Case, found: dict[str, set[str]]) -> bool:
    """A very large copy is made where no other method leads."""
    is_shield = "H" in {kind(case.before), kind(case.after)}
    is_possible = any(not rules for method, rules in found.items() if method != COPY)
    return (case.size_gb or 0) > 64 and is_possible and not is_shield


def _copy_alone_leads(kinds: tuple[str, str]) -> bool:
    small = {"E", "L"}
    return (kinds[0] in small) != (kinds[1] in small) or kinds[0] == "L"


def _of_wishes(case: Case) -> dict[str, set[str]]:
    found = _every(*(["R008"] if case.after in PILOTS else []))
    if case.before == case.after and case.is_renewed:
        found[UPGRADE].add("R023")
    if not _wants_version(case) or case.wanted_version is None or case.version is None:
        return found
    if case.wanted_version < case.version:
        return _more(found, "R001")
    found[UPGRADE].add("R002")
    found[SWITCH].add("R002")
    kinds = (kind(case.before), kind(case.after))
    if not _copy_alone_leads(kinds) and case.method != "pg-copy":
        found[COPY].add("R003")
    return found


def _takes_two_plans(case: Case) -> bool:
    """A newer version waits for everything else, but where one copy does both."""
    if not _wants_version(case) or (case.wanted_version or 0) < (case.version or 0):
        return False
    is_more = case.before != case.after or case.is_renewed or case.is_moved
    is_one_copy = _copy_alone_leads((kind(case.before), kind(case.after)))
    return is_more and not is_one_copy and case.method != "pg-copy"


def _more(found: dict[str, set[str]], rule: str) -> dict[str, set[str]]:
    return {method: rules | {rule} for method, rules in found.items()}
