"""The hidden first line by which a comment or an issue is found again."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/ -]{0,59}")


def is_marker_name(name: str) -> bool:
    """Whether a comment can be known by that name; two dashes would end what hosts hide."""
    return _NAME.fullmatch(name) is not None and "--" not in name


def marker_of(name: str, *, kind: str = "plan") -> str:
    """`<!-- reconcile:plan:production -->`."""
    return f"<!-- reconcile:{kind}:{name} -->"
