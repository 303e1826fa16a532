"""A server for shared state that all tests of one worker use, each with a database of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from support.machines import estate_of
from support.state_server import StateDatabase, StateServer, state_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs the server is slow."""
    for item in items:
        if not item.path.is_relative_to(Path(__file__).parent):
            continue
        values = getattr(item, "callspec", None)
        is_shared = values is not None and "shared" in values.params.values()
        if is_shared or {"database", "server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def server() -> Iterator[StateServer]:
    with state_server() as made:
        yield made


@pytest.fixture
def database(server: StateServer) -> StateDatabase:
    return server.fresh()


@pytest.fixture
def estate(tmp_path: Path, database: StateDatabase) -> Callable[..., AbstractContextManager[Any]]:
    """An estate with so many apps, and machines that share the state."""
    return lambda apps, **times: estate_of(apps, tmp_path, database, **times)
