"""What a run may use beside Heroku: the operator's commands, SQL, a place for certificates.

Each has a default that does nothing and says so, so that whoever has no use for it need not bring it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from reconciler.apply.ports import Comparison, HookEnd

if TYPE_CHECKING:
    from pydantic import SecretStr

    from reconciler.apply.ports import Certificates, Contents, HookCall, Hooks, Pair
    from reconciler.core.contents import Certificate
    from reconciler.core.names import DatabaseName


class NoHooks:
    """Refuses every hook: nobody has brought a way to run them."""

    async def run(self, call: HookCall) -> HookEnd:
        """Say that it can not be run."""
        del call
        return HookEnd(is_well=False, words="no hooks can be run here")


class NoContents:
    """Looks into no database: nobody has brought SQL."""

    async def compare(
        self, pair: Pair, *, old_url: SecretStr, new_url: SecretStr, within_s: float
    ) -> Comparison:
        """Say that there is no SQL."""
        del pair, old_url, new_url, within_s
        return Comparison(why_not="there is no SQL here")

    async def open(
        self, pair: Pair, *, old_url: SecretStr, new_url: SecretStr, within_s: float
    ) -> None:
        """Have nothing to connect."""
        del pair, old_url, new_url, within_s

    async def rest(self, pair: Pair) -> Comparison | None:
        """Say that there is no SQL."""
        del pair
        return Comparison(why_not="there is no SQL here")


class CertificatesInMemory:
    """Keeps the newest certificate of each database for as long as it lives."""

    def __init__(self) -> None:
        self._kept: dict[DatabaseName, Certificate] = {}

    def keep(self, certificate: Certificate) -> None:
        """Keep it."""
        self._kept[certificate.database] = certificate

    def kept(self, database: DatabaseName) -> Certificate | None:
        """What was kept last."""
        return self._kept.get(database)


@dataclass(frozen=True, slots=True)
class Tools:
    """What a run may use beside Heroku."""

    hooks: Hooks = field(default_factory=NoHooks)
    contents: Contents = field(default_factory=NoContents)
    certificates: Certificates = field(default_factory=CertificatesInMemory)
