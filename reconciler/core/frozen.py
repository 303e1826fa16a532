"""The base of every value that crosses a file or the wire."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Immutable, closed and strict: a key that nobody declared is an error, not a no-op."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)
