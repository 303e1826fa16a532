"""Options of the whole suite."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import settings

if TYPE_CHECKING:
    import pytest

settings.register_profile("whatever else the machine does", deadline=None)
settings.load_profile("whatever else the machine does")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-schedules",
        action="store_true",
        help="run every schedule of the kill and fault matrices instead of a sample",
    )
    parser.addoption(
        "--real-runs",
        type=int,
        default=2,
        help="how many runs on real PostgreSQL under write load are killed at random moments",
    )
    parser.addoption(
        "--all-tools",
        action="store_true",
        help="fail where a browser or a shell that a test drives is missing, instead of skipping it",
    )
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="rewrite the golden files of tests/cases instead of comparing with them",
    )


def pytest_configure() -> None:
    """Hear every signal, also under `nohup` or in the background: what is ignored here, all that tests start ignores."""
    for sent in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        if signal.getsignal(sent) is signal.SIG_IGN:
            usual = signal.default_int_handler if sent == signal.SIGINT else signal.SIG_DFL
            signal.signal(sent, usual)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What mostly waits for leases to end begins first: with several workers the rest fills the time."""
    waiting = Path(__file__).with_name("state")
    items.sort(key=lambda item: waiting not in item.path.parents)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Print what tests have recorded: commands of the vendor's CLI that were driven, and figures."""
    commands: dict[str, int] = {}
    figures: list[str] = []
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") != "call":
                continue
            for name, value in report.user_properties:
                if name == "figure":
                    figures.append(value)
                if name == "heroku":
                    command = value.partition(" ")[0]
                    commands[command] = commands.get(command, 0) + 1
    if commands:
        terminalreporter.section(f"commands of the vendor's CLI driven: {len(commands)}")
        for command, count in sorted(commands.items()):
            terminalreporter.write_line(f"{count:3}  heroku {command}")
    for figure in figures:
        terminalreporter.write_line(figure)
