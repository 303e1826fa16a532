"""The Heroku client: the wire, what it shows, what it does."""

from __future__ import annotations

import importlib.util
import sys

# The command-line half of httpx imports click and rich wherever they are installed, up to 90 ms at each start.
# An entry of None makes that import fail, which httpx expects; it has to be there before httpx is imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how the import system says "not there"

# httpcore asks sniffio at each request, several times, which loop is running, and takes asyncio where there is none.
# Nothing needs sniffio any more, so it is mostly not there, and looking through every folder for it again and again
# was a third of what a request costs. Where it is installed, anyio may need it and it stays.
if "sniffio" not in sys.modules and importlib.util.find_spec("sniffio") is None:
    sys.modules["sniffio"] = None  # type: ignore[assignment]  # as above
