"""The certificates of one plan's run: what was found when old and new were compared, a JSON file for each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.adapters.plan_files import write_text
from reconciler.core.contents import Certificate

if TYPE_CHECKING:
    from pathlib import Path

    from reconciler.core.names import DatabaseName


class CertificateFolder:
    """Certificates below one folder; implements `apply.ports.Certificates`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path_of(self, database: DatabaseName) -> Path:
        """Where the certificate of `database` is."""
        return self._folder / f"certificate.{database}.json"

    def keep(self, certificate: Certificate) -> None:
        """Write it whole, in place of an earlier one of the same database.

        Raises:
            StateError: it cannot be written.
        """
        text = certificate.model_dump_json(indent=1) + "\n"
        write_text(text, self.path_of(certificate.database), mode=0o600)

    def kept(self, database: DatabaseName) -> Certificate | None:
        """What was kept last, if it can be read."""
        try:
            return Certificate.model_validate_json(self.path_of(database).read_bytes())
        except (OSError, ValidationError):
            return None
