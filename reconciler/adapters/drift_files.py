"""Drift as `reconcile drift --format json` has written it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from reconciler.core.drift import Drift
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 256 * 1024 * 1024
AROUND = ("format_version", "kind", "is_stand_in", "totals")
"""Keys of the document that are worked out from the others."""
HINT = "Write one: reconcile drift --format json > drift.json"


def read_drift(path: Path) -> Drift:
    """The findings in `path`.

    Raises:
        UsageError: it cannot be read, or is no such document.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise UsageError(f"{path} is too large for a list of drift.", hint=HINT)
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.", hint=HINT) from error
    except (ValueError, RecursionError):
        raise UsageError(f"{path} is no JSON.", hint=HINT) from None
    if not isinstance(document, dict) or document.get("kind") != "drift":
        raise UsageError(f"{path} does not hold drift.", hint=HINT)
    found = {key: value for key, value in document.items() if key not in AROUND}
    try:
        return Drift.model_validate_json(json.dumps(found))
    except ValidationError:
        raise UsageError(f"{path} was written by another version.", hint=HINT) from None
