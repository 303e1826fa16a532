"""Options of the whole suite."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


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
        "--update-golden",
        action="store_true",
        help="rewrite the golden files of tests/cases instead of comparing with them",
    )
