"""Code hosts: exactly one comment on a pull request, exactly one open issue, on GitHub and on GitLab."""

from __future__ import annotations

import sys

# As in `adapters.heroku`: the command-line half of httpx is slow to import and never used.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is how the import system says "not there"
