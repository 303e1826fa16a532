"""Running benches by name: a process each, results to `results/NAME.json`, tables to docs/performance.md."""

from __future__ import annotations

import argparse
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.machine import ROOT, Others, machine, today, versions
from bench.tables import in_page, table

if TYPE_CHECKING:
    from collections.abc import Sequence

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = ROOT / "docs" / "performance.md"
ROUNDS = 5


def benches() -> list[str]:
    """The modules here that have a `run(rounds)`, by name."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in HERE.glob("*.py")}
    return sorted(name for name, text in sources.items() if "\ndef run(rounds: int)" in text)


def main(words: Sequence[str]) -> int:
    """Run what is named, or all; 1 when a bench failed or missed a goal."""
    known = benches()
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; default: all"
    )
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"default: {ROUNDS}")
    parser.add_argument(
        "--tables", action="store_true", help="only renew the page from the results"
    )
    asked = parser.parse_args(words)
    if wrong := sorted(set(asked.names) - set(known)):
        parser.error(f"there is no bench {', '.join(wrong)}; there are {', '.join(known)}")
    if asked.rounds < 1:
        parser.error("--rounds is at least 1")
    if asked.tables:
        return _renew_page()
    if len(asked.names) == 1:
        return _run(asked.names[0], asked.rounds)
    codes = [_alone(name, asked.rounds) for name in asked.names or known]
    return max(codes)


def _alone(name: str, rounds: int) -> int:
    """Run one in a process of its own, so that none pays for another one's memory."""
    command = [sys.executable, str(HERE / "run"), name, "--rounds", str(rounds)]
    return subprocess.run(command, check=False).returncode  # noqa: S603  # our own command


def _run(name: str, rounds: int) -> int:
    before, others = machine(), Others()
    module = importlib.import_module(f"bench.{name}")
    result = module.run(rounds).document()
    document = {
        "bench": name,
        "about": (module.__doc__ or "").partition("\n")[0],
        "measured_on": today(),
        "machine": before | {"used_by_others": others.share()},
        "versions": versions(),
        "rounds": rounds,
        **result,
    }
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    (RESULTS / f"{name}.json").write_text(text, encoding="utf-8")
    _renew_page()
    sys.stdout.write(table(document))
    return 1 if any(one["is_met"] is False for one in document["figures"]) else 0


def _renew_page() -> int:
    """Write every result's table between its markers, where the page has them."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    for path in sorted(RESULTS.glob("*.json")):
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        text = in_page(text, document)
    if text:
        PAGE.write_text(text, encoding="utf-8")
    return 0
