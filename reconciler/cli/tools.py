"""What apply and abort use on this machine beside Heroku and the state: hooks, SQL."""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from reconciler.apply.ports import Certificates
    from reconciler.apply.tools import Tools
    from reconciler.cli.connecting import Connection


@asynccontextmanager
async def tools_of(connection: Connection, certificates: Certificates) -> AsyncIterator[Tools]:
    """For carrying out a plan whose `certificates` are kept there; hooks run in the current folder.

    Databases are looked into from here; those of a stand-in only on this machine.
    """
    from reconciler.adapters.hooks import ProcessHooks
    from reconciler.adapters.sql import SqlContents
    from reconciler.apply.tools import Tools

    secrets = (connection.token.get_secret_value(), os.environ.get("HEROKU_API_KEY", ""))
    contents = SqlContents(is_stand_in=connection.is_stand_in)
    try:
        yield Tools(
            hooks=ProcessHooks(Path.cwd(), environment=os.environ, secrets=secrets),
            contents=contents,
            certificates=certificates,
        )
    finally:
        await contents.close()
