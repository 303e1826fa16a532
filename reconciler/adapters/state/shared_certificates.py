"""Certificates in the shared state: whoever goes on with a database, on whichever machine, finds what was compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.core.contents import Certificate

if TYPE_CHECKING:
    from reconciler.adapters.state.impatient import Runs
    from reconciler.core.names import DatabaseName


class SharedCertificates:
    """Those of one plan; implements `apply.ports.Certificates`."""

    def __init__(self, state: Runs, plan: str) -> None:
        self._state = state
        self._plan = plan

    def keep(self, certificate: Certificate) -> None:
        """Keep it whole, in place of an earlier one of the same database.

        Raises:
            StateError: it could not be kept.
        """
        body = certificate.model_dump_json()
        self._state.run(
            lambda connection: connection.execute(
                "INSERT INTO certificates (plan, database, body) VALUES (%s, %s, %s) "
                "ON CONFLICT (plan, database) DO UPDATE SET body = excluded.body",
                [self._plan, certificate.database, body],
            )
        )

    def kept(self, database: DatabaseName) -> Certificate | None:
        """What was kept last, if this version can read it.

        Raises:
            StateError: the state cannot be reached.
        """
        row = self._state.run(
            lambda connection: connection.execute(
                "SELECT body FROM certificates WHERE plan = %s AND database = %s",
                [self._plan, database],
            ).fetchone()
        )
        try:
            return Certificate.model_validate_json(str(row[0])) if row else None
        except ValidationError:
            return None
