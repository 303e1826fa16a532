"""Valid files, damaged at random: whatever comes out is a desired state or problems with their places.

`--all-schedules` tries 20,000 damages, each by its own seed; usually it is a sample of them.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING

from reconciler.adapters.toml_files import FLEET_FILE, read_desired
from reconciler.catalogue import load_catalogue
from reconciler.errors import DesiredStateError, ReconcileError

if TYPE_CHECKING:
    import pytest

    from reconciler.core.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
ALL, SAMPLE, PART = 20_000, 1_000, 100
FILES = sorted(
    [
        *(ROOT / "desired").glob("*.toml"),
        *(ROOT / "tests" / "cases").glob("*/desired.toml"),
        *(ROOT / "tests" / "support" / "desired").glob("*.toml"),
    ]
)
WHOLE_FLEET = """\
[defaults]
max_downtime = "5m"
cutover_window = "Sun 02:00-06:00"
labels = { team = "orders" }

[limits]
most_changes = 20
most_percent = 10
most_downtime = "10m"

[[waiver]]
limit = "most_downtime"
database = "one"
until = 2026-12-31
reason = '''
agreed'''

[[freeze]]
from = 2026-11-27T18:00:00+01:00
until = 2026-11-28 06:00:00Z

[heroku]
endpoint = "sim:example"
concurrency = 0x10
"""
ONE = '[database.one]\napp = "one"\nplan = "standard-0"\n'
SNIPPETS = (
    *('"', "'", '"""', "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "#", "\\", "\n", "\r", "\t"),
    *("\x00", "\x7f", "\ufeff", "\u2028", "é", "😀", "\u202e", "inf", "-nan", "true", "1e400"),
    *("1979-05-27", "07:32:00", "0x_f", "1__0", "'''", "\\u12", '\\U0010FFFF"', "9" * 400),
    *("[" * 300, "{a=" * 150, "a." * 300, " = ", "plan", "database", "[database.orders]"),
    *('plan = "standard-0"', "[[database.orders.follower]]", 'app = ""', "attachment = 3"),
)


def damaged(text: str, chance: random.Random) -> bytes:
    """One to four damages, of the text or of its bytes."""
    for _ in range(chance.randint(1, 4)):
        text = chance.choice(DAMAGES)(text, chance)
    raw = text.encode("utf-8", errors="surrogatepass")
    if chance.random() < 0.1:
        at = chance.randrange(len(raw) + 1)
        raw = raw[:at] + bytes([chance.randrange(256)]) + raw[at + chance.randint(0, 1) :]
    return raw


def without_a_piece(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + text[at + chance.randint(1, 12) :]


def with_a_snippet(text: str, chance: random.Random) -> str:
    at = chance.randrange(len(text) + 1)
    return text[:at] + chance.choice(SNIPPETS) + text[at + chance.randint(0, 2) :]


def with_lines_moved(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    line = lines.pop(chance.randrange(len(lines)))
    for _ in range(chance.randint(0, 2)):
        lines.insert(chance.randrange(len(lines) + 1), line)
    return "".join(lines)


def with_a_value_of_another_kind(text: str, chance: random.Random) -> str:
    lines = text.splitlines(keepends=True) or [""]
    number = chance.randrange(len(lines))
    key, equals, _ = lines[number].partition("=")
    kinds = (
        "1",
        "-0.0",
        "true",
        '"x"',
        "[]",
        "[1, [2]]",
        "{}",
        "2026-01-01",
        '"é' + "x" * 90 + '"',
    )
    if equals:
        lines[number] = f"{key}= {chance.choice(kinds)}\n"
    return "".join(lines)


def with_a_key_renamed(text: str, chance: random.Random) -> str:
    words = [
        word for word in ("plan", "app", "attachment", "as", "method", "version") if word in text
    ]
    if not words:
        return text
    word = chance.choice(words)
    return text.replace(word, chance.choice(["plam", "", '"a b"', "a.b", "Plan", word * 2]), 1)


def cut_off(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(len(text) + 1)]


DAMAGES = (
    without_a_piece,
    with_a_snippet,
    with_a_snippet,
    with_lines_moved,
    with_a_value_of_another_kind,
    with_a_key_renamed,
    cut_off,
)


def texts() -> list[tuple[str, str]]:
    found = [(file.name, file.read_text(encoding="utf-8")) for file in FILES]
    return [*found, (FLEET_FILE, WHOLE_FLEET)]


def parts(config: pytest.Config) -> list[int]:
    return list(range(0, ALL if config.getoption("--all-schedules") else SAMPLE, PART))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "first" in metafunc.fixturenames:
        metafunc.parametrize("first", parts(metafunc.config))


def test_a_damaged_file_is_read_or_refused_with_places(
    first: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desired").mkdir()
    originals = texts()
    catalogue = load_catalogue()

    for seed in range(first, first + PART):
        name, text = originals[seed % len(originals)]
        raw = damaged(text, random.Random(seed))  # noqa: S311  # a schedule, not a secret
        file = Path("desired", "x.toml" if name != FLEET_FILE else FLEET_FILE)
        file.write_bytes(raw)
        if name == FLEET_FILE:
            Path("desired", "one.toml").write_text(ONE)
        refused = refusal(catalogue)
        if isinstance(refused, DesiredStateError):
            check_places(refused, raw, seed)
        elif refused is not None:
            assert str(refused) == "No database is listed under desired.", seed
        for each in Path("desired").iterdir():
            each.unlink()


def refusal(catalogue: Catalogue) -> ReconcileError | None:
    try:
        read_desired([Path("desired")], catalogue=catalogue)
    except ReconcileError as refused:
        return refused
    return None


def check_places(refused: DesiredStateError, raw: bytes, seed: int) -> None:
    lines = raw.decode("utf-8", errors="replace").split("\n")
    assert refused.problems, seed
    for problem in refused.problems:
        assert problem.file.startswith("desired/"), seed
        assert 1 <= problem.line <= len(lines), (seed, problem)
        assert 1 <= problem.column <= len(lines[problem.line - 1]) + 1, (seed, problem)
        assert problem.message.endswith("."), (seed, problem)
        assert len(str(problem)) < 1_000, (seed, problem)


def test_the_files_are_right_before_they_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for number, (name, text) in enumerate(texts()):
        folder = Path(f"f{number}")
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        if name == FLEET_FILE:
            (folder / "one.toml").write_text(ONE)

        assert read_desired([folder], catalogue=load_catalogue()).databases


def test_most_damages_do_harm() -> None:
    originals = texts()
    same = sum(
        damaged(text, random.Random(seed)) == text.encode()  # noqa: S311  # as above
        for seed in range(500)
        for _, text in [originals[seed % len(originals)]]
    )

    assert same < 50
