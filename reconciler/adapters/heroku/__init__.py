"""The Heroku client: the wire, what it shows, what it does."""

from __future__ import annotations

import sys

# The command-line half of httpx imports click and rich wherever they are installed, up to 90 ms at each start.
# An entry of None makes that import fail, which httpx expects; it has to be there before httpx is imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how the import system says "not there"
